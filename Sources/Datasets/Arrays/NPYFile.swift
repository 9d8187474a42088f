/// The bytes of an array's elements, one after another.
protocol ElementStream: AnyObject {
    /// The file.
    var path: String { get }
    /// True where the size of the file does not tell how many bytes there are.
    var isCompressed: Bool { get }

    /// Fills `destination`; gives the number of bytes written, fewer than asked for only at the end.
    func read(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int
}

extension ByteInput: ElementStream {}

/// An NPY file of numbers, or another one with such a header, which has been read; its elements are read once.
struct NPYFile {
    let path: String
    let header: NPYHeader
    /// Product of the shape.
    let count: Int
    /// Order of the dimensions; nil to tell by their number.
    var layout: ArrayLayout?
    private let input: any ElementStream
    /// Where the elements lie in a file that is neither compressed nor in an archive.
    private let place: MappedFile.Place?

    var isCompressed: Bool { input.isCompressed }

    /// Reads the header and holds the size of the elements against the bytes that there can be.
    init(_ input: ByteInput, layout: ArrayLayout? = nil) throws(DatasetError) {
        self.input = input
        self.layout = layout
        path = input.path
        let (header, headerCount) = try Self.readHeader(input)
        self.header = header
        count = try ArrayShape.elementCount(header.shape, path, remedy: "write or download it again")
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: header.element.size)
        place =
            input.isPlainFile
            ? MappedFile.Place(path: path, offset: headerCount, count: byteCount, fileCount: input.storedCount) : nil
        if overflow || byteCount > input.largestCount - headerCount {
            throw truncated(found: "a file of \(input.storedCount) stored bytes")
        }
    }

    /// The elements of a file of another format.
    ///
    /// - Parameter header: what they are.
    init(_ elements: any ElementStream, _ header: NPYHeader, layout: ArrayLayout? = nil) throws(DatasetError) {
        input = elements
        place = nil
        path = elements.path
        self.header = header
        self.layout = layout
        count = try ArrayShape.elementCount(header.shape, path, remedy: "write or download it again")
    }

    /// The elements in the file, in the order that they are presented in; nil where they have to be read.
    func mapped() throws(DatasetError) -> MappedFile? {
        guard let place, layout?.isChannelsLast != true || header.shape.last == 1 else { return nil }
        if place.offset + place.count < place.fileCount { throw trailingBytes }
        return try MappedFile(place)
    }

    /// The next elements, `range` of all, which are unsigned bytes, of whole samples.
    func readBytes(_ range: Range<Int>) throws(DatasetError) -> ByteStorage {
        try ByteStorage(count: range.count, for: path) { (destination) throws(DatasetError) in
            try readBytes(range, into: destination)
        }
    }

    /// Writes the next elements, `range` of all, which are unsigned bytes, of whole samples, in the order that they are presented in.
    func readBytes(
        _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws(DatasetError) {
        let written = try input.read(into: destination)
        if written < range.count { throw truncated(found: "\(range.lowerBound + written)") }
        layout?.arrange(destination.bindMemory(to: UInt8.self), sizes: Array(header.shape.dropFirst()))
    }

    /// The next elements, `range` of all, of whole samples.
    func readReals(_ range: Range<Int>) throws(DatasetError) -> RealNumbers {
        // A plain file is known to be long enough.
        let numbers = try RealNumbers(header.element.width, capacity: input.isCompressed ? 0 : range.count, for: path)
        try appendReals(range, to: numbers)
        return numbers
    }

    /// Puts the next elements, `range` of all, of whole samples, behind other numbers, in the order that they are presented in.
    ///
    /// - Throws: code `invalidNumber` where one is not finite in 32 bits.
    func appendReals(_ range: Range<Int>, to numbers: RealNumbers) throws(DatasetError) {
        let start = numbers.count
        try readPieces(of: range) { (elements, pieceCount) throws(DatasetError) in
            try numbers.reserve(pieceCount)
            header.element.append(elements, to: numbers)
        }
        for place in 0..<range.count where !Float(numbers[start + place]).isFinite {
            let (sample, feature) = (range.lowerBound + place).quotientAndRemainder(
                dividingBy: count / header.shape[0])
            throw DatasetError(
                .invalidNumber, path, expected: "numbers that are finite in 32 bits",
                found: "\(numbers[start + place]) as feature \(feature) of sample \(sample)",
                remedy: "correct the number, or leave the sample out")
        }
        if let layout { numbers.arrange(from: start, as: layout, sizes: Array(header.shape.dropFirst())) }
    }

    /// All elements, which are integers; −1 for those above 2⁶³ − 1.
    func readIntegers() throws(DatasetError) -> [Int] {
        var values: [Int] = []
        if !input.isCompressed { values.reserveCapacity(count) }
        try readPieces(of: 0..<count) { (elements, _) throws(DatasetError) in
            header.element.appendIntegers(elements, to: &values)
        }
        try checkEnd()
        return values
    }

    /// Calls `body` with the bytes and the number of elements of one piece of `range` after another, so that memory is taken only
    /// for elements that are there.
    private func readPieces(
        of range: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws(DatasetError) -> Void
    ) throws(DatasetError) {
        let size = header.element.size
        var done = range.lowerBound
        var piece = [UInt8](repeating: 0, count: min(range.count, 1 << 15) * size)
        while done < range.upperBound {
            let asked = min(range.upperBound - done, 1 << 15)
            let written = try piece.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in
                try input.read(
                    into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[..<(asked * size)])))
            }
            if written < asked * size { throw truncated(found: "\(done + written / size)") }
            try piece.withUnsafeBufferPointer { (bytes) throws(DatasetError) in
                try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<(asked * size)])), asked)
            }
            done += asked
        }
    }

    /// Reading past the end is also what verifies the checksum of a compressed file.
    func checkEnd() throws(DatasetError) {
        var extra: UInt8 = 0
        if try withUnsafeMutableBytes(of: &extra, { (bytes) throws(DatasetError) in try input.read(into: bytes) }) > 0 {
            throw trailingBytes
        }
    }

    private var trailingBytes: DatasetError {
        DatasetError(
            .trailingBytes, path, expected: "the end of the file after \(count) elements",
            found: "further bytes", remedy: "give a file of one array")
    }

    private func truncated(found: String) -> DatasetError {
        DatasetError(
            .truncated, path,
            expected: "\(count) elements (\(IDXFile.shape(header.shape))) of \(header.element.size) bytes",
            found: found, remedy: "write or download it again")
    }
}

extension NPYFile {
    private static func readHeader(
        _ input: ByteInput
    ) throws(DatasetError) -> (header: NPYHeader, byteCount: Int) {
        let beginning = try input.read(upTo: 8)
        guard !beginning.isEmpty else {
            throw DatasetError(
                .empty, input.path, expected: "an NPY file", found: "no bytes", remedy: "write or download it again")
        }
        guard beginning.prefix(6).elementsEqual(NPYHeader.magic) else {
            throw DatasetError(
                .wrongFormat, input.path, expected: "an NPY file (beginning with \\x93NUMPY)",
                found: FileKind.name(of: beginning + (try input.read(upTo: FileKind.length))) ?? "other bytes",
                remedy: "give a file of numpy.save, plain or compressed with gzip, xz or zstd")
        }
        guard beginning.count == 8 else { throw withoutHeader(input) }
        guard (1...3).contains(beginning[6]), beginning[7] == 0 else {
            throw DatasetError(
                .wrongFormat, input.path, expected: "version 1.0, 2.0 or 3.0 of the NPY format",
                found: "\(beginning[6]).\(beginning[7])", remedy: "write it again with numpy.save")
        }
        let lengthCount = beginning[6] == 1 ? 2 : 4
        let lengthBytes = try input.read(upTo: lengthCount)
        guard lengthBytes.count == lengthCount else { throw withoutHeader(input) }
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= NPYHeader.largestLength else {
            throw DatasetError(
                .wrongFormat, input.path, expected: "a header of at most \(NPYHeader.largestLength) bytes",
                found: "\(length)", remedy: "write it again with numpy.save")
        }
        let text = try input.read(upTo: length)
        guard text.count == length else { throw withoutHeader(input) }
        return (try NPYHeader(parsing: text, path: input.path), 8 + lengthCount + length)
    }

    private static func withoutHeader(_ input: ByteInput) -> DatasetError {
        DatasetError(
            .truncated, input.path, expected: "a whole header", found: "the end of the file in it",
            remedy: "write or download it again")
    }
}
