/// Where training and test samples come from, as a configuration says it. Paths are relative to the data root.
public enum DataSource: Sendable, Equatable {
    /// The embedded 8 × 8 digits.
    case digits
    case idx(IDXFiles)
    case cifar(CIFARFiles)
    case csv(CSVFiles)
    case npy(NPYFiles)
    case synthetic(SyntheticSet)
}

/// The four files of an IDX data set, each plain or compressed with gzip or xz.
public struct IDXFiles: Sendable, Equatable {
    public var trainImages: String
    public var trainLabels: String
    public var testImages: String
    public var testLabels: String
    /// What the classes are called, in the order of the labels; also their number. Nil: one more than the largest label
    /// of the training file.
    public var classNames: [String]?

    public init(
        trainImages: String, trainLabels: String, testImages: String, testLabels: String, classNames: [String]? = nil
    ) {
        self.trainImages = trainImages
        self.trainLabels = trainLabels
        self.testImages = testImages
        self.testLabels = testLabels
        self.classNames = classNames
    }
}

/// The files of CIFAR-10 or CIFAR-100 in their binary version, each plain or compressed with gzip or xz.
public struct CIFARFiles: Sendable, Equatable {
    /// Which of the two sets, and which of its labels.
    public enum Labels: Sendable, Equatable {
        /// CIFAR-10: 10 classes.
        case ten
        /// CIFAR-100: 100 classes.
        case fine
        /// CIFAR-100: its 20 superclasses.
        case coarse
    }

    public var labels: Labels
    /// One after another, as the training set of CIFAR-10 is published.
    public var train: [String]
    public var test: [String]
    /// What the classes are called, in the order of the labels and as many. Nil: the published names of CIFAR-10, none
    /// for CIFAR-100.
    public var classNames: [String]?

    public init(labels: Labels, train: [String], test: [String], classNames: [String]? = nil) {
        self.labels = labels
        self.train = train
        self.test = test
        self.classNames = classNames
    }
}

/// One or two tables of text.
public struct CSVFiles: Sendable, Equatable {
    /// Where the test samples come from.
    public enum Test: Sendable, Equatable {
        /// A file of the same columns.
        case file(String)
        /// The rows after the first `trainingRows` ones.
        case after(trainingRows: Int)
        /// This share of the rows, of every class alike, chosen by `seed`.
        case fraction(Double, seed: UInt64)
    }

    public var train: String
    public var test: Test
    public var format: CSVFormat

    public init(train: String, test: Test, format: CSVFormat) {
        self.train = train
        self.test = test
        self.format = format
    }
}

/// The four files of a data set of NumPy arrays, each plain or compressed with gzip or xz.
public struct NPYFiles: Sendable, Equatable {
    public var trainFeatures: String
    public var trainLabels: String
    public var testFeatures: String
    public var testLabels: String
    /// What the classes are called, in the order of the labels; also their number. Nil: one more than the largest label
    /// of the training file.
    public var classNames: [String]?

    public init(
        trainFeatures: String, trainLabels: String, testFeatures: String, testLabels: String,
        classNames: [String]? = nil
    ) {
        self.trainFeatures = trainFeatures
        self.trainLabels = trainLabels
        self.testFeatures = testFeatures
        self.testLabels = testLabels
        self.classNames = classNames
    }
}

/// What ``DataSource/load(root:options:)`` gives.
public struct LoadedData: Sendable {
    public let train: any Dataset
    public let test: any Dataset
    /// The part of the training samples held out, when asked for.
    public let validation: (any Dataset)?
    /// What all three apply; to be kept with the weights.
    public let standardization: Standardization?
    /// What the columns of a table are called; nil where there is no header, or no table.
    public var columns: TableColumns?
    /// Digests of the file that training and test samples are both taken from; nil for other data.
    public internal(set) var split: SplitRows?
    /// Which rows of such a file are the test samples, for weights that exist.
    public internal(set) var evaluated: EvaluatedRows?
    /// What looks otherwise than it was taken.
    public var warnings: [DataWarning] = []

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

/// How the samples of a source are presented.
public struct LoadOptions: Sendable, Equatable {
    public var standardization: Standardization.Choice
    /// Share of the training samples to hold out for validation, 0 ..< 1; 0 for none.
    public var validationFraction: Double
    /// Chooses the samples held out.
    public var seed: UInt64
    /// What the samples have to mean, as kept with weights: columns and classes are found by name. Nil for what the training
    /// files say.
    public var meaning: DataMeaning?

    public init(
        standardization: Standardization.Choice = .fromTraining, validationFraction: Double = 0, seed: UInt64 = 0,
        meaning: DataMeaning? = nil
    ) {
        self.meaning = meaning
        self.standardization = standardization
        self.validationFraction = validationFraction
        self.seed = seed
    }
}
