extension Configuration.Data {
    /// `cifar10` or `cifar100`: the files of the binary version, plain or compressed with gzip or xz. Relative paths are
    /// relative to the data directory (`--data`).
    public struct CIFAR: Equatable, Sendable {
        /// Key `format`.
        public enum Variant: Equatable, Sendable {
            /// `cifar10`.
            case ten
            /// `cifar100`, with key `labels`.
            case hundred(Labels)
        }

        /// Key `labels` of `cifar100`, default `fine`.
        public enum Labels: String, CaseIterable, Sendable {
            /// 100 classes.
            case fine
            /// The 20 superclasses.
            case coarse
        }

        public var variant: Variant
        /// Key `train: {files: […]}`, required: at least one file; several are read one after another.
        public var train: [String]
        /// Key `test: {files: […]}`, required: at least one file.
        public var test: [String]
        /// Key `classNames`: what the classes are called, one name a class in the order of the labels. Default null: the
        /// published names of CIFAR-10, none for CIFAR-100.
        public var classNames: [String]?

        public init(_ variant: Variant, train: [String], test: [String]) {
            self.variant = variant
            self.train = train
            self.test = test
        }
    }
}

extension Configuration.Data.CIFAR {
    /// Classes of the labels chosen.
    var classCount: Int {
        switch variant {
        case .ten: 10
        case .hundred(.fine): 100
        case .hundred(.coarse): 20
        }
    }

    /// Key `format`.
    var format: String { variant == .ten ? "cifar10" : "cifar100" }
}
