/// The images of an IDX file, whose labels would lie in another.
struct IDXSampleReader: SampleReader {
    private let input: ByteInput
    private let header: IDXHeader
    private let options: LoadOptions
    private let meaning: DataMeaning
    private var done = 0

    init(_ input: ByteInput, _ options: LoadOptions) throws(DatasetError) {
        self.input = input
        self.options = options
        meaning = options.meaningOfWeights()
        header = try IDXHeader(input, expecting: .images)
        try meaning.check(sampleShape: header.sampleShape, fullScale: header.fullScale, in: input.path)
    }

    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        let samples = min(count, header.dimensions[0] - done)
        guard samples > 0 else { return nil }
        defer { done += samples }
        let size = header.count / header.dimensions[0]
        let bytes = try header.read(done * size..<(done + samples) * size, of: input)
        if done + samples == header.dimensions[0] { try header.checkEnd(input) }
        return try options.present(bytes, fullScale: header.fullScale, of: meaning)
    }
}
