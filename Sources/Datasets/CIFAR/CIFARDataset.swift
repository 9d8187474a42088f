/// The binary version of CIFAR-10 and CIFAR-100: records of one size one after another, without a header. A record has one
/// label byte (CIFAR-100: the coarse one, then the fine one) and 3 · 32 · 32 pixels, the red plane first, each row by row.
///
/// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and the page of the data sets.
package enum CIFARFiles {
    /// Which of the two sets, and which of its labels.
    package enum Labels: Sendable {
        /// CIFAR-10: 10 classes.
        case ten
        /// CIFAR-100: 100 classes.
        case fine
        /// CIFAR-100: its 20 superclasses.
        case coarse
    }

    static let sampleShape = [3, 32, 32]
    static let pixelCount = 3 * 32 * 32
    static let fullScale = 255.0

    /// Training and test samples. All files are opened before the first is read: that one is missing must not be found
    /// out after many seconds of decompression.
    ///
    /// - Parameter classNames: nil for the published names of CIFAR-10, none for CIFAR-100.
    static func load(
        train: [String], test: [String], labels: Labels, classNames: [String]?, from root: DataRoot
    ) throws(DatasetError) -> DataParts<ByteDataset> {
        if let classNames, classNames.count != labels.classCount {
            throw DatasetError(
                .invalidOption, "class names", expected: "\(labels.classCount) of them", found: "\(classNames.count)",
                remedy: "name every class of \(labels.setName) once")
        }
        let trainInputs = try open(train, "training", root)
        let testInputs = try open(test, "test", root)
        let names = classNames ?? labels.classNames
        return DataParts(
            train: try read(trainInputs, labels: labels).named(names),
            test: try read(testInputs, labels: labels).named(names))
    }

    private static func open(
        _ files: [String], _ purpose: String, _ root: DataRoot
    ) throws(DatasetError) -> [ByteInput] {
        if files.isEmpty {
            throw DatasetError(
                .empty, "\(purpose) files", expected: "at least one", found: "none",
                remedy: "name the files of the binary version")
        }
        var inputs: [ByteInput] = []
        for file in files { inputs.append(try ByteInput(path: try root.path(file))) }
        return inputs
    }

    /// The samples of some files, not standardised, without names.
    ///
    /// The pixels are read straight into the block that the set keeps.
    package static func read(_ inputs: [ByteInput], labels kind: Labels) throws(DatasetError) -> ByteDataset {
        var labels: [Int32] = []
        var records = inputs.map { CIFARRecords($0, kind) }[...]
        let storage = try ByteStorage(pieceCount: pixelCount, for: inputs.first?.path ?? "") {
            (pixels) throws(DatasetError) in
            while !records.isEmpty {
                if let label = try records[records.startIndex].next(into: pixels) {
                    labels.append(Int32(label))
                    return true
                }
                records.removeFirst()
            }
            return false
        }
        return ByteDataset(
            storage: storage, sampleShape: sampleShape, labels: ByteStorage(copying: labels),
            classCount: kind.classCount, classNames: nil, fullScale: fullScale)
    }
}

extension CIFARFiles.Labels {
    package var classCount: Int { labelBounds[labelPlace] }

    var classNames: [String]? {
        guard self == .ten else { return nil }
        return ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    }

    var setName: String { self == .ten ? "CIFAR-10" : "CIFAR-100" }

    /// What each label byte of a record must be below.
    fileprivate var labelBounds: [Int] { self == .ten ? [10] : [20, 100] }

    /// Which label byte of a record is the class.
    fileprivate var labelPlace: Int { self == .fine ? 1 : 0 }
}

/// The records of one file, one after another.
struct CIFARRecords {
    private let input: ByteInput
    private let kind: CIFARFiles.Labels
    private let bounds: [Int]
    private var count = 0
    private var labels: [UInt8]

    init(_ input: ByteInput, _ kind: CIFARFiles.Labels) {
        self.input = input
        self.kind = kind
        bounds = kind.labelBounds
        labels = bounds.map { _ in 0 }
    }

    /// Writes the pixels of the next record and gives its class; nil at the end of the file.
    mutating func next(into pixels: UnsafeMutableRawBufferPointer) throws(DatasetError) -> UInt8? {
        let input = input
        let labelCount = try labels.withUnsafeMutableBufferPointer { (labels) throws(DatasetError) in
            try input.read(into: UnsafeMutableRawBufferPointer(labels))
        }
        if labelCount == 0 {
            guard count > 0 else {
                throw DatasetError(
                    .empty, input.path, expected: "at least one record of \(recordCount(pixels)) bytes",
                    found: "an empty file", remedy: "download it again")
            }
            return nil
        }
        let pixelCount = labelCount < bounds.count ? 0 : try input.read(into: pixels)
        count += 1
        for (label, bound) in zip(labels[..<labelCount], bounds) where label >= bound {
            let beginning = labels[..<labelCount] + pixels.prefix(pixelCount)
            if count == 1, let kind = FileKind.name(of: Array(beginning.prefix(FileKind.length))) {
                throw DatasetError(
                    .wrongFormat, input.path, expected: "a file of the binary version of \(self.kind.setName)",
                    found: kind,
                    remedy: "unpack it, or give a file of the binary version")
            }
            throw DatasetError(
                .labelOutOfRange, input.path,
                expected: "records of \(recordCount(pixels)) bytes that begin with a label below \(bound)",
                found: "\(label) in record \(count)", remedy: "give files of the binary version of \(kind.setName)")
        }
        guard pixelCount == pixels.count else {
            throw DatasetError(
                .truncated, input.path, expected: "whole records of \(recordCount(pixels)) bytes",
                found: "\(labelCount + pixelCount) bytes of record \(count)",
                remedy: "download it again, or give files of the binary version of \(kind.setName)")
        }
        return labels[kind.labelPlace]
    }

    private func recordCount(_ pixels: UnsafeMutableRawBufferPointer) -> Int { bounds.count + pixels.count }
}
