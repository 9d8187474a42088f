/// An array that lies in one file, or in several one after another, its first dimension in pieces.
struct NPYArray {
    private let files: [NPYFile]
    /// The first file.
    var path: String { files[0].path }
    /// Header of the whole array.
    let header: NPYHeader
    /// Elements.
    let count: Int

    /// - Parameter layout: what the dimensions are; nil to tell by their number.
    init(_ inputs: [ByteInput], layout: ArrayLayout? = nil) throws(DatasetError) {
        var files: [NPYFile] = []
        for input in inputs { files.append(try NPYFile(input, layout: layout)) }
        try self.init(files)
    }

    /// - Throws: where another file than the first has samples of another shape or type.
    init(_ files: [NPYFile]) throws(DatasetError) {
        precondition(!files.isEmpty, "an array without a file")
        self.files = files
        var header = files[0].header
        for file in files.dropFirst() {
            let (own, other) = (header.shape.dropFirst(), file.header.shape.dropFirst())
            guard own == other, file.header.element == header.element else {
                func kind(_ header: NPYHeader) -> String { "\(IDXFile.shape(Array(header.shape.dropFirst())))" }
                throw DatasetError(
                    .wrongShape, file.path,
                    expected:
                        "samples like those of \(files[0].path)\(own == other ? ", of one type" : ", \(kind(header))")",
                    found: own == other ? "another type" : kind(file.header), remedy: "give the files of one array")
            }
            header.shape[0] += file.header.shape[0]
        }
        self.header = header
        count = files.reduce(0) { $0 + $1.count }
    }

    var sampleShape: (shape: [Int], warnings: [DataWarning]) { files[0].sampleShape }

    func checkFeatures() throws(DatasetError) {
        for file in files { try file.checkFeatures() }
    }

    /// The array in its file, in the order that samples are presented in; nil where it has to be read.
    func mapped() throws(DatasetError) -> MappedFile? { files.count == 1 ? try files[0].mapped() : nil }

    /// All elements, which are unsigned bytes, in the order that they are presented in.
    func readBytes() throws(DatasetError) -> ByteStorage {
        try ByteStorage(count: count, for: path) { (destination) throws(DatasetError) in
            var start = 0
            for file in files {
                try file.readBytes(
                    0..<file.count,
                    into: UnsafeMutableRawBufferPointer(rebasing: destination[start..<start + file.count]))
                try file.checkEnd()
                start += file.count
            }
        }
    }

    /// All elements, in 32 bits where these hold every number of their type, else in 64, in the order that they are presented in.
    ///
    /// - Throws: code `invalidNumber` where one is not finite in 32 bits.
    func readReals() throws(DatasetError) -> RealNumbers {
        let isSizeKnown = files.allSatisfy { !$0.isCompressed }
        let numbers = try RealNumbers(header.element.width, capacity: isSizeKnown ? count : 0, for: path)
        for file in files {
            try file.appendReals(0..<file.count, to: numbers)
            try file.checkEnd()
        }
        return numbers
    }

    /// All elements, which are integers; −1 for those above 2⁶³ − 1.
    func readIntegers() throws(DatasetError) -> [Int] {
        var values: [Int] = []
        for file in files { values += try file.readIntegers() }
        return values
    }
}
