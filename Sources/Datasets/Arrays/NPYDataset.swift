/// One part of a set of NPY files: features and labels with the shapes and the numbers of both checked.
package struct NPYPart {
    private let features: NPYArray
    private let labels: [Int32]
    /// Real targets, [N, T], of a regression; labels then are all 0.
    let targets: [Double]?
    /// Targets of a sample, T.
    let targetCount: Int
    let sampleShape: [Int]
    /// What looks otherwise in the shape of the file than it was taken.
    let warnings: [DataWarning]
    package let classCount: Int

    /// What labels are below, so that a damaged one does not make a set of billions of classes.
    static let largestClassCount = 1 << 20

    /// Reads the labels, and of the features the header.
    ///
    /// - Parameters:
    ///   - classCount: what labels must be below; nil to take one more than the largest label.
    ///   - task: for a regression the file of the labels has numbers of any type.
    package init(
        features featureInput: ByteInput, labels labelInput: ByteInput, classCount: Int?,
        task: DataTask = .classification
    ) throws(DatasetError) {
        try self.init(
            features: { () throws(DatasetError) in try NPYArray([featureInput]) },
            labels: try NPYArray([labelInput]), classCount: classCount, task: task)
    }

    /// - Parameter open: opens the array of the features.
    init(
        features open: () throws(DatasetError) -> NPYArray, labels labelFile: NPYArray, classCount: Int?,
        task: DataTask
    ) throws(DatasetError) {
        // The labels first: they are small, and their file is where a swap shows at once.
        if task.hasTargets {
            try labelFile.checkTargets()
        } else {
            try labelFile.checkLabels(beside: open)
        }
        features = try open()
        try features.checkFeatures()
        try features.checkCount(of: labelFile)
        (sampleShape, warnings) = features.sampleShape
        if task.hasTargets {
            let numbers = try labelFile.readReals()
            targets = (0..<numbers.count).map { numbers[$0] }
            labels = [Int32](repeating: 0, count: labelFile.header.shape[0])
            targetCount = labelFile.header.shape.count == 2 ? labelFile.header.shape[1] : 1
            self.classCount = 1
            return
        }
        (targets, targetCount) = (nil, 0)
        let values = try labelFile.readIntegers()
        let bound = classCount ?? Self.largestClassCount
        if let index = values.firstIndex(where: { $0 < 0 || $0 >= bound }) {
            throw DatasetError(
                .labelOutOfRange, labelFile.path, expected: "labels in 0 ..< \(bound)",
                found: values[index] < 0
                    ? "a negative or too large one of sample \(index)" : "\(values[index]) of sample \(index)",
                remedy: "give the labels of the same data set, counted from 0, or name all its classes")
        }
        labels = values.map { Int32($0) }
        self.classCount = classCount ?? (values.max() ?? 0) + 1
    }

    var isOfBytes: Bool { features.header.element.isByte }

    /// Bytes of memory that the features take while they are read.
    var byteCount: Int { features.count * (isOfBytes ? 1 : features.header.element.width.byteCount) }
    /// The file of the features.
    var path: String { features.path }

    /// Throws where samples have another shape or type than those of the training set, whose array is called `name`.
    func check(isLike train: NPYPart, named name: String) throws(DatasetError) {
        if sampleShape != train.sampleShape {
            throw DatasetError(
                .wrongShape, path,
                expected: "samples of \(IDXFile.shape(train.sampleShape)) like those of \(name)",
                found: IDXFile.shape(sampleShape), remedy: "give training and test files of one data set")
        }
        if targetCount != train.targetCount {
            throw DatasetError(
                .wrongShape, path, expected: "\(train.targetCount) targets of a sample like those of \(name)",
                found: "\(targetCount)", remedy: "give training and test files of one data set")
        }
        if isOfBytes != train.isOfBytes {
            func kind(_ part: NPYPart) -> String { part.isOfBytes ? "unsigned bytes" : "other numbers" }
            throw DatasetError(
                .wrongFormat, path, expected: "\(kind(train)) like those of \(name)",
                found: kind(self), remedy: "give training and test features of one type")
        }
    }

    /// The features in their file; nil where they have to be read.
    func mapped() throws(DatasetError) -> MappedFile? { try features.mapped() }

    /// Features that are bytes and stay in their file.
    func bytes(in file: MappedFile, _ names: [String]?) -> ByteDataset { bytes(ByteStorage(file), names) }

    /// Features of any type that stay in their file.
    func reals(in file: MappedFile, _ names: [String]?) throws(DatasetError) -> MappedSamples {
        try MappedSamples(
            file, of: features.header.element, sampleShape: sampleShape, labels: labels, classCount: classCount,
            classNames: names)
    }

    private func bytes(_ storage: ByteStorage, _ names: [String]?) -> ByteDataset {
        ByteDataset(
            storage: storage, sampleShape: sampleShape, labels: ByteStorage(copying: labels), classCount: classCount,
            classNames: names, fullScale: sampleShape.count == 1 ? 1 : 255)
    }

    /// Features that are bytes: of images scaled to 0 … 1, of tables as they stand.
    func readBytes(_ names: [String]?) throws(DatasetError) -> ByteDataset {
        bytes(try features.readBytes(), names)
    }

    /// Features of any type, as they stand.
    func readReals(_ names: [String]?) throws(DatasetError) -> RealSamples {
        RealSamples(
            try features.readReals(), sampleShape: sampleShape, labels: labels, classCount: classCount,
            classNames: names, subject: features.path)
    }

    /// The part as a set by itself, not standardised, without names.
    package func dataset() throws(DatasetError) -> any Dataset {
        isOfBytes ? try readBytes(nil) : try readReals(nil).presented(by: nil)
    }
}

extension NPYArray {
    private static let mostTargets = 4096

    /// - Parameter features: looked into where the labels have several dimensions, after which nothing is read.
    fileprivate func checkLabels(beside features: () throws(DatasetError) -> NPYArray) throws(DatasetError) {
        if header.shape.count == 2 {
            try checkMatrix(besideFeaturesOf: (try? features())?.header.shape)
        }
        if (2...5).contains(header.shape.count) {
            throw DatasetError(
                .swapped, path, expected: "labels (1 dimension)",
                found: "a file of features (\(header.shape.count) dimensions)",
                remedy: "exchange the files of features and labels")
        }
        guard header.shape.count == 1 else { throw header.wrongRank("1 dimension", path) }
        if header.element.kind == .float {
            let numbers = try readReals()
            let matrix = MatrixOfLabels(rows: count, columns: 1) { numbers[$0] }
            if let refusal = matrix.refusalOfDecimals(path) { throw refusal }
            throw DatasetError(
                .wrongFormat, path, expected: "labels that are integers", found: "floats",
                remedy: "convert the labels with astype before they are saved")
        }
    }

    /// Throws where there are not [N] or [N, T] targets.
    fileprivate func checkTargets() throws(DatasetError) {
        let shape = header.shape
        if shape.count == 1 || shape.count == 2 && (1...Self.mostTargets).contains(shape[1]) { return }
        throw DatasetError(
            shape.count > 2 ? .swapped : .wrongShape, path,
            expected: "targets of the samples, [N] or [N, targets] with at most \(Self.mostTargets) (task: regression)",
            found: IDXFile.shape(shape),
            remedy: shape.count > 2
                ? "exchange the files of features and labels" : "save the targets that are to be predicted alone")
    }

    /// Says what labels of two dimensions are, unless the files look exchanged.
    ///
    /// - Parameter shape: nil for what is no such file.
    private func checkMatrix(besideFeaturesOf shape: [Int]?) throws(DatasetError) {
        if shape?.count == 1 { return }
        let numbers = try readReals()
        let matrix = MatrixOfLabels(rows: header.shape[0], columns: header.shape[1]) { numbers[$0] }
        if let refusal = matrix.refusal(path) { throw refusal }
        guard shape?.first == header.shape[0] else { return }
        throw DatasetError(
            .wrongShape, path, expected: "labels that are integers, [N]",
            found: "\(header.shape[1]) numbers for each sample",
            remedy: "give one class label for each sample, or set task to multi-label or regression")
    }

    /// Throws where there are not as many labels as samples: with the samples in another dimension where that has as many.
    fileprivate func checkCount(of labels: NPYArray) throws(DatasetError) {
        let (shape, count) = (header.shape, labels.header.shape[0])
        guard count != shape[0] else { return }
        let expected = "\(shape[0]) labels, one for each sample of \(path)"
        guard let place = shape.lastIndex(of: count), count > 1 else {
            throw DatasetError(
                .countMismatch, labels.path, expected: expected, found: "\(count)",
                remedy: "give features and labels of one part of one data set")
        }
        let isLast = place == shape.count - 1
        throw DatasetError(
            .countMismatch, labels.path, expected: expected,
            found: "\(count): the array of \(path), \(IDXFile.shape(shape)), looks transposed, with its samples "
                + (isLast ? "in the last dimension" : "in dimension \(place)"),
            remedy: "write it with the samples first (in NumPy: numpy.ascontiguousarray("
                + (shape.count == 2 ? "a.T" : "numpy.moveaxis(a, \(isLast ? -1 : place), 0)") + "))")
    }
}

extension NPYFile {
    /// The shape of a sample, [features], [C, H, W] or [C, D, H, W], and what looks otherwise in it than it is taken.
    var sampleShape: (shape: [Int], warnings: [DataWarning]) {
        let sizes = Array(header.shape.dropFirst())
        if let layout { return (layout.sampleShape(of: sizes), []) }
        return (sizes.count == 2 ? [1] + sizes : sizes, SampleLayout.warnings(of: sizes, path: path, hasKey: true))
    }

    func checkFeatures() throws(DatasetError) {
        if header.shape.count == 1 {
            throw DatasetError(
                .swapped, path, expected: "features (2 to 5 dimensions)", found: "a file of labels (1 dimension)",
                remedy: "exchange the files of features and labels")
        }
        if let layout { return try header.check(layout, path) }
        guard (2...5).contains(header.shape.count) else { throw header.wrongRank("2 to 5 dimensions", path) }
    }
}

extension NPYHeader {
    fileprivate func wrongRank(_ expected: String, _ path: String) -> DatasetError {
        DatasetError(
            .wrongShape, path, expected: expected, found: "\(shape.count)",
            remedy: "give a file of [N, features], [N, H, W], [N, C, H, W] or [N, C, D, H, W], and of [N] labels")
    }
}
