import Datasets

extension Configuration {
    /// The data that the configuration names.
    ///
    /// - Parameters:
    ///   - root: the directory that relative paths start from; nil where none was given.
    ///   - standardization: values measured before, as kept with weights; nil to measure them if the configuration says so.
    ///   - meaning: what the data have to mean, as kept with weights; nil for what the training files say.
    /// - Throws: `DatasetError`.
    public func loadData(
        root: String?, standardization: Standardization? = nil, meaning: DataMeaning? = nil
    ) throws(DatasetError) -> LoadedData {
        let choice: Standardization.Choice =
            if !standardizes { .off } else if let standardization { .given(standardization) } else { .fromTraining }
        let loaded = try data.source.load(
            root: root,
            options: LoadOptions(
                standardization: choice, validationFraction: data.validation, seed: seed, meaning: meaning,
                task: task.ofData))
        if let obstacle = data.augmentation.obstacle(
            forSamplesOf: loaded.train.sampleShape, fullScale: loaded.train.fullScale)
        {
            let key = ["data", "augmentation", obstacle.key].filter { !$0.isEmpty }.joined(separator: ".")
            throw DatasetError(
                .invalidOption, key, expected: obstacle.expected, found: obstacle.found,
                remedy: "correct the configuration")
        }
        return loaded
    }

    /// Whether samples are presented by their statistics, where the format has any: numbers of tokens are not.
    var standardizes: Bool { data.standardize && model.architecture.tokenCount == nil }

    /// Changes of training images; nil for none. They are images that allow it, once they are loaded.
    public var augmentation: Augmentation? {
        if data.augmentation.isNone { return nil }
        var augmentation = data.augmentation
        augmentation.seed = seed
        return augmentation
    }
}
