/// Samples and labels that a ``DataFormat`` loads.
public struct LoadedData: Sendable {
    public let train: any Dataset
    public let test: any Dataset
    /// The part of the training samples held out, when asked for.
    public let validation: (any Dataset)?
    /// Statistics that all three apply; to be kept with the weights.
    public let standardization: Standardization?
    /// Names of a table's columns; nil where there is no header, or no table.
    public var columns: TableColumns?
    /// How the columns of a table became features; nil where each is one as it stands.
    public internal(set) var encoding: TableEncoding?
    /// Fields without a value in all rows that were read, by feature column of a table that has an encoding.
    public internal(set) var missing: [Int] = []
    /// Digests of the file that training and test samples are both taken from; nil for other data.
    public internal(set) var split: SplitRows?
    /// Which rows of such a file are the test samples, for weights that exist.
    public internal(set) var evaluated: EvaluatedRows?
    /// Warnings about data that look otherwise than they were taken.
    public var warnings: [DataWarning] = []
    /// Lines about the files, of what was understood.
    public internal(set) var notes: [String] = []

    /// Samples of a format that is not one of Entrain's, as they are: neither standardized nor in memory that ranks share.
    ///
    /// - Parameter validation: nil where the configuration's share of the training samples is to be held out.
    public init(train: any Dataset, test: any Dataset, validation: (any Dataset)? = nil) {
        self.init(train: train, test: test, validation: validation, standardization: nil)
    }

    init(
        train: any Dataset, test: any Dataset, validation: (any Dataset)?, standardization: Standardization?,
        columns: TableColumns? = nil, warnings: [DataWarning] = []
    ) {
        self.train = train
        self.test = test
        self.validation = validation
        self.standardization = standardization
        self.columns = columns
        self.warnings = warnings
    }
}

extension LoadedData {
    /// The same with a part of the training samples held out where that was asked for and the format has not done it.
    func holdingOut(_ options: LoadOptions) throws(DatasetError) -> LoadedData {
        guard options.validationFraction != 0, validation == nil, split == nil, evaluated == nil else { return self }
        let (rest, held) = try train.holdingOut(options.validationFraction, seed: options.seed)
        return LoadedData(
            train: rest, test: test, validation: held, standardization: standardization, columns: columns,
            warnings: warnings)
    }
}

/// How the samples of a source are presented.
public struct LoadOptions: Sendable, Equatable {
    public var standardization: Standardization.Choice
    /// Share of the training samples to hold out for validation, 0 ..< 1; 0 for none.
    public var validationFraction: Double
    /// Chooses the samples held out, those of a split, and synthetic ones.
    public var seed: UInt64
    /// The task: a class or a real number for each sample.
    public var task: DataTask
    /// The meaning that the samples have to have, as kept with weights: columns and classes are found by name. Nil for what the training
    /// files say.
    public var meaning: DataMeaning?

    public init(
        standardization: Standardization.Choice = .fromTraining, validationFraction: Double = 0, seed: UInt64 = 0,
        meaning: DataMeaning? = nil, task: DataTask = .classification
    ) {
        self.task = task
        self.meaning = meaning
        self.standardization = standardization
        self.validationFraction = validationFraction
        self.seed = seed
    }
}

/// The prediction made for a sample: its class, real numbers, or labels.
public enum DataTask: Sendable, Equatable {
    case classification
    /// - Parameter bins: the most bins that targets are counted in; nil for as many as the samples are enough for.
    case regression(bins: Int? = nil)
    /// Several labels, each of which a sample has, 1, or has not, 0.
    case multiLabel

    /// True where a sample has numbers in place of a class.
    public var hasTargets: Bool { self != .classification }

    /// As a message tells it.
    var remark: String { self == .multiLabel ? "(task: multi-label)" : "(task: regression)" }

    /// Nil where none are asked for.
    var bins: Int? {
        if case .regression(let bins) = self { return bins }
        return nil
    }
}
