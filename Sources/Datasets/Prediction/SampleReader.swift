/// Samples without labels, read in their order and some at a time, so that a file may be larger than memory.
public protocol SampleReader {
    /// Reads the next samples, as they are presented to a network: `count` of them, fewer only at the end; nil when there are no
    /// more. Their labels mean nothing.
    ///
    /// - Throws: what is wrong with them.
    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)?

    /// Names of the samples of the last piece where each is a file of its own. Default nil.
    var names: [String]? { get }

    /// Warnings about a file that looks otherwise than it was taken, of what has been read; new ones come behind the others. Default
    /// none.
    var warnings: [DataWarning] { get }
}

extension SampleReader {
    public var names: [String]? { nil }
    public var warnings: [DataWarning] { [] }
}

extension DataFormat {
    /// Opens a file of samples to be predicted: an NPY file of features, or one in an NPZ archive, whatever the weights were trained on, or a file of this
    /// format.
    ///
    /// - Parameters:
    ///   - file: its path.
    ///   - options: the meaning and the standardization that are kept with the weights.
    /// - Throws: what is wrong with the file, or why it does not go with the weights.
    public func reader(of file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        // Looked at in what is decompressed, and then read from the beginning.
        // The format refuses a place that cannot be read, such as a folder.
        let beginning = try? ByteInput(path: file).read(upTo: NPYHeader.magic.count)
        guard beginning == NPYHeader.magic || ByteInput.fileOfArray(file).hasSuffix(".npz") else {
            return try samples(in: file, options)
        }
        return try NPYSampleReader(try ByteInput.array(path: file), layout: arrayLayout, options)
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        _ = try ByteInput(path: file)
        throw DatasetError(
            .wrongFormat, file, expected: "an NPY file: data.format \(Self.name) has no other files to predict",
            found: "another file", remedy: "save the samples by numpy.save")
    }
}

extension LoadOptions {
    /// The meaning that samples to be predicted must have.
    func meaningOfWeights() -> DataMeaning {
        guard let meaning else { preconditionFailure("samples are predicted by weights, which keep their meaning") }
        return meaning
    }

    /// A piece of a file as it is presented to the network.
    func present<Samples: StandardizableSamples>(_ piece: Samples) throws(DatasetError) -> Samples.Presented {
        precondition(standardization != .fromTraining, "weights keep the statistics of their training samples")
        return try piece.presented(by: try statistics(piece, .range(0..<piece.count)))
    }

    /// The same of bytes.
    func present(
        _ bytes: ByteStorage, fullScale: Double, of meaning: DataMeaning
    ) throws(DatasetError) -> any Dataset {
        let count = bytes.bytes.count / meaning.sampleShape.reduce(1, *)
        return try present(
            ByteDataset(
                storage: bytes, sampleShape: meaning.sampleShape,
                labels: ByteStorage(copying: [Int32](repeating: 0, count: count)), classCount: meaning.classCount,
                classNames: meaning.classNames, fullScale: fullScale))
    }

    /// The same of numbers.
    ///
    /// - Parameter first: place in its file of the first sample.
    func present(
        _ numbers: RealNumbers, of meaning: DataMeaning, first: Int, subject: String
    ) throws(DatasetError) -> any Dataset {
        let count = numbers.count / meaning.sampleShape.reduce(1, *)
        return try present(
            RealSamples(
                numbers, sampleShape: meaning.sampleShape, labels: [Int32](repeating: 0, count: count),
                classCount: meaning.classCount, classNames: meaning.classNames,
                featureNames: meaning.featureNames, subject: subject, first: first))
    }
}
