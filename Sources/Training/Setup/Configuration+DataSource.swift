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
            if !data.standardize { .off } else if let standardization { .given(standardization) } else { .fromTraining }
        let loaded = try dataSource.load(
            root: root,
            options: LoadOptions(
                standardization: choice, validationFraction: data.validation, seed: seed, meaning: meaning))
        if let obstacle = data.augmentation.obstacle(forSamplesOf: loaded.train.sampleShape) {
            throw DatasetError(
                .invalidOption, obstacle.keyPath, expected: obstacle.expected, found: obstacle.found,
                remedy: "correct the configuration")
        }
        return loaded
    }

    /// What is done to training images; nil for nothing. They are images that allow it, once they are loaded.
    public var augmentation: Augmentation? {
        let settings = data.augmentation
        if settings.isNone { return nil }
        return Augmentation(crop: settings.crop, flip: settings.flip, cutout: settings.cutout, seed: seed)
    }

    private var dataSource: DataSource {
        switch data.source {
        case .digits:
            .digits
        case .idx(let files):
            .idx(
                IDXFiles(
                    trainImages: files.train.samples, trainLabels: files.train.labels, testImages: files.test.samples,
                    testLabels: files.test.labels, classNames: files.classNames))
        case .cifar(let files):
            .cifar(
                CIFARFiles(
                    labels: files.variant.labels, train: files.train, test: files.test, classNames: files.classNames))
        case .csv(let table):
            .csv(CSVFiles(train: table.train, test: table.test.source(seed: seed), format: table.format))
        case .npy(let files):
            .npy(
                NPYFiles(
                    trainFeatures: files.train.samples, trainLabels: files.train.labels,
                    testFeatures: files.test.samples, testLabels: files.test.labels, classNames: files.classNames))
        case .synthetic(let set):
            .synthetic(
                SyntheticSet(
                    sampleShape: set.shape, classCount: set.classes, trainCount: set.samples,
                    testCount: set.testSamples, noise: set.noise, seed: seed))
        }
    }
}

extension Configuration.Data.CIFAR.Variant {
    fileprivate var labels: CIFARFiles.Labels {
        switch self {
        case .ten: .ten
        case .hundred(.fine): .fine
        case .hundred(.coarse): .coarse
        }
    }
}

extension Configuration.Data.CSV {
    fileprivate var format: CSVFormat {
        CSVFormat(
            label: label.place, ignored: ignore.map(\.place), header: header.presence, separator: separator,
            encoding: encoding)
    }
}

extension Configuration.Data.CSV.Test {
    fileprivate func source(seed: UInt64) -> CSVFiles.Test {
        switch self {
        case .file(let path): .file(path)
        case .after(let trainingRows): .after(trainingRows: trainingRows)
        case .fraction(let fraction): .fraction(fraction, seed: seed)
        }
    }
}

extension Configuration.Data.CSV.Column {
    fileprivate var place: CSVFormat.Column {
        switch self {
        case .index(let index): .index(index)
        case .name(let name): .name(name)
        }
    }
}

extension Configuration.Data.CSV.Header {
    fileprivate var presence: CSVFormat.Header {
        switch self {
        case .auto: .automatic
        case .yes: .present
        case .no: .absent
        }
    }
}
