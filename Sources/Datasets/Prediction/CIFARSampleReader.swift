/// The images of a file of CIFAR's binary version, whose labels are passed over.
struct CIFARSampleReader: SampleReader {
    private var records: CIFARRecords
    private let path: String
    private let options: LoadOptions
    private let meaning: DataMeaning

    init(_ input: ByteInput, _ labels: CIFARFiles.Labels, _ options: LoadOptions) throws(DatasetError) {
        records = CIFARRecords(input, labels)
        path = input.path
        self.options = options
        meaning = options.meaningOfWeights()
        try meaning.check(sampleShape: CIFARFiles.sampleShape, fullScale: CIFARFiles.fullScale, in: path)
    }

    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        var (records, read) = (records, 0)
        let bytes = try ByteStorage(pieceCount: CIFARFiles.pixelCount, for: path) { (pixels) throws(DatasetError) in
            guard read < count, try records.next(into: pixels) != nil else { return false }
            read += 1
            return true
        }
        self.records = records
        return read == 0 ? nil : try options.present(bytes, fullScale: CIFARFiles.fullScale, of: meaning)
    }
}
