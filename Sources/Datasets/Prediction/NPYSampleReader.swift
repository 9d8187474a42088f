/// The samples of an NPY file, which are not labelled.
struct NPYSampleReader: SampleReader {
    private let file: NPYFile
    private let options: LoadOptions
    private let meaning: DataMeaning
    private let fullScale: Double
    private let count: Int
    private var done = 0

    init(_ input: ByteInput, layout: ArrayLayout?, _ options: LoadOptions) throws(DatasetError) {
        try self.init(try NPYFile(input, layout: layout), options)
    }

    init(_ file: NPYFile, _ options: LoadOptions) throws(DatasetError) {
        self.options = options
        meaning = options.meaningOfWeights()
        var file = file
        // Where the data that was trained on came without a layout, such as synthetic signals.
        if file.layout == nil, meaning.sampleShape.count == 2,
            Array(file.header.shape.dropFirst()) == meaning.sampleShape
        {
            file.layout = .ncl
        }
        self.file = file
        try file.checkFeatures()
        count = file.header.shape[0]
        let shape = file.sampleShape.shape
        let isByte = file.header.element.isByte
        // Bytes of images are of the weights' own scale: those of the embedded digits end at 16.
        let scaleOfBytes = meaning.fullScale.map { $0 == 1 ? 255 : $0 } ?? 255
        fullScale = isByte && shape.count > 1 ? scaleOfBytes : 1
        try meaning.check(
            sampleShape: shape, fullScale: fullScale, in: file.path,
            remedy: isByte || shape != meaning.sampleShape
                ? nil : "save the bytes, in NumPy a.astype(numpy.uint8)")
    }

    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        let samples = min(count, self.count - done)
        guard samples > 0 else { return nil }
        defer { done += samples }
        let size = file.count / self.count
        let elements = done * size..<(done + samples) * size
        if file.header.element.isByte {
            let bytes = try file.readBytes(elements)
            if done + samples == self.count { try file.checkEnd() }
            return try options.present(bytes, fullScale: fullScale, of: meaning)
        }
        let numbers = try file.readReals(elements)
        if done + samples == self.count { try file.checkEnd() }
        return try options.present(numbers, of: meaning, first: done, subject: file.path)
    }
}
