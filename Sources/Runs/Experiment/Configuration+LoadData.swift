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
        try checked(
            source(for: data.broadcast).load(root: root, options: loadOptions(standardization, meaning)))
    }

    /// The source of the data; of a broadcast none that stays in its files.
    private func source(for broadcast: Bool) -> any DataFormat {
        guard broadcast, var images = data.source as? ImageFiles else { return data.source }
        images.form.memory = .read
        return images
    }

    /// How the source is to present samples.
    func loadOptions(_ standardization: Standardization?, _ meaning: DataMeaning?) -> LoadOptions {
        let choice: Standardization.Choice =
            if !standardizes { .off } else if let standardization { .given(standardization) } else { .fromTraining }
        return LoadOptions(
            standardization: choice, validationFraction: data.validation, seed: seed, meaning: meaning,
            task: task.ofData)
    }

    /// The data themselves, where they suit the augmentation.
    func checked(_ loaded: LoadedData) throws(DatasetError) -> LoadedData {
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
