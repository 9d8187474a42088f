extension Configuration {
    /// Section `data`: where samples and labels come from, and what is done to them before training.
    public struct Data: Equatable, Sendable {
        /// Keys `format`, `train`, `test`, `classNames`, `labels`, `csv`, `synthetic` and `split`.
        public var source: Source
        /// Whether each feature is shifted and scaled to mean 0 and variance 1 by the statistics of the training set.
        /// Key `standardize`, default true.
        public var standardize = true
        /// The fraction of the training set, in [0, 1), held out for validation; 0 holds out none. Key `validation`,
        /// default 0.
        public var validation = 0.0
        /// Key `sharedMemory`: whether one rank of a node reads the files and the others present samples from its memory;
        /// default true. Otherwise each rank is like a node of its own. Of no effect on formats without files.
        public var sharedMemory = true
        /// Key `broadcast`: whether the first rank of all alone reads the files and sends the samples to the other nodes, which
        /// then need no files; default false. The others wait for it: where it takes longer than `--stall-limit`, ranks of
        /// other nodes take it for lost. Of no effect on formats without files.
        public var broadcast = false
        /// Key `warnings`: `show` or `error`: what checks, trains, compares or evaluates tells what looks otherwise in the data
        /// than it was taken and goes on, or ends with it; default `show`.
        public var warnings = Warnings.show
        /// Key `augmentation`; default none.
        public var augmentation = Augmentation()

        public init(source: Source) {
            self.source = source
        }
    }
}

extension Configuration.Data {
    public enum Warnings: String, CaseIterable, Sendable {
        case show, error
    }

    /// Key `format`, required, with the keys that go with each format.
    public enum Source: Equatable, Sendable {
        /// `digits`: the embedded 1,797 images of 8×8 pixels, with the test set they come with.
        case digits
        case idx(PairedFiles)
        case cifar(CIFAR)
        case csv(CSV)
        case npy(PairedFiles)
        case synthetic(Synthetic)
    }

    /// `idx` and `npy`: keys `train` and `test`, both required.
    public struct PairedFiles: Equatable, Sendable {
        public var train: FilePair
        public var test: FilePair
        /// Key `classNames`: what the classes are called, in the order of the labels; also says how many there are.
        /// Default null: one class more than the largest label of the training file.
        public var classNames: [String]?

        public init(train: FilePair, test: FilePair) {
            self.train = train
            self.test = test
        }
    }

    /// A file of samples and one of their labels, plain or compressed with gzip or xz. Relative paths are relative to the data
    /// directory (`--data`).
    public struct FilePair: Equatable, Sendable {
        /// Key `images` of `idx`; key `features` of `npy`: [N, features], [N, H, W] or [N, C, H, W] of numbers, of which
        /// unsigned bytes are scaled to 0 … 1.
        public var samples: String
        /// Key `labels`: [N] of integers from 0.
        public var labels: String

        public init(samples: String, labels: String) {
            self.samples = samples
            self.labels = labels
        }
    }

    /// `csv`: a text table with one sample a row.
    public struct CSV: Equatable, Sendable {
        public enum Header: String, CaseIterable, Sendable {
            /// The first row is a header when a feature's field in it is no number.
            case auto
            case yes
            case no
        }

        /// A column by position, from 0, or from the end with −1 for the last; or by its name in the header.
        public enum Column: Equatable, Sendable {
            case index(Int)
            case name(String)
        }

        /// Where the test samples come from.
        public enum Test: Equatable, Sendable {
            /// `test: {file: …}`: a file of the same columns.
            case file(String)
            /// `split: {trainingRows: N}`: the rows after the first N.
            case after(trainingRows: Int)
            /// `split: {testFraction: f}`: this share in (0, 1) of the rows, chosen by the seed.
            case fraction(Double)
        }

        /// Key `train: {file: …}`, required.
        public var train: String
        /// Key `test` or `split`, not both; default `split: {testFraction: 0.2}`.
        public var test = Test.fraction(0.2)
        /// Key `csv.header`: `auto`, `yes` or `no`, default `auto`.
        public var header = Header.auto
        /// Key `csv.separator`: one ASCII character, default a comma.
        public var separator: Character = ","
        /// Key `csv.encoding`: what the text is encoded in, such as latin1 or windows-1251, by a name that the system's iconv
        /// knows; default null, UTF-8.
        public var encoding: String?
        /// Key `csv.label`: the column with the class, default −1, the last.
        public var label = Column.index(-1)
        /// Key `csv.ignore`: columns that are neither feature nor label, default none.
        public var ignore: [Column] = []

        public init(train: String) {
            self.train = train
        }
    }

    /// `synthetic`: noise around one pattern a class; for scaling studies.
    public struct Synthetic: Equatable, Sendable {
        /// Key `synthetic.samples`, default 60,000.
        public var samples = 60_000
        /// Key `synthetic.testSamples`, default 10,000.
        public var testSamples = 10_000
        /// Key `synthetic.shape`: the shape of a sample, without the batch, default [1, 28, 28].
        public var shape = [1, 28, 28]
        /// Key `synthetic.classes`, at least 2, default 10.
        public var classes = 10
        /// Key `synthetic.noise`: two classes are confused with probability Φ(−1/noise), never at 0; at least 0,
        /// default 0.4.
        public var noise = 0.4

        public init() {}
    }
}
