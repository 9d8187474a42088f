extension Configuration.Data.Source {
    /// Shape of a sample where it is known without a look at the files.
    var sampleShape: [Int]? {
        switch self {
        case .digits: [1, 8, 8]
        case .cifar: [3, 32, 32]
        case .synthetic(let synthetic): synthetic.shape
        case .idx, .csv, .npy: nil
        }
    }

    /// Whether samples are read from files, whose folder differs from machine to machine; the others are computed or come with
    /// the program.
    package var hasFiles: Bool {
        switch self {
        case .idx, .cifar, .csv, .npy: true
        case .digits, .synthetic: false
        }
    }

    /// Number of classes where it is known without a look at the files.
    var classCount: Int? {
        switch self {
        case .digits: 10
        case .cifar(let cifar): cifar.classCount
        case .synthetic(let synthetic): synthetic.classes
        case .idx(let files), .npy(let files): files.classNames?.count
        case .csv: nil
        }
    }
}

extension Configuration.Data {
    /// Whether another seed makes other samples, or another choice of them.
    package var dependsOnSeed: Bool {
        if validation > 0 { return true }
        switch source {
        case .synthetic: return true
        case .csv(let csv):
            if case .fraction = csv.test { return true }
            return false
        case .digits, .idx, .cifar, .npy: return false
        }
    }
}
