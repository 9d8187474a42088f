/// The header of an IDX file. The elements lie behind it and are read once.
struct IDXHeader {
    let path: String
    let dimensions: [Int]
    /// Product of ``dimensions``, bytes.
    let count: Int

    /// Reads the header and holds the sizes against the bytes that there can be.
    init(_ input: ByteInput, expecting content: IDXFile.Content) throws(DatasetError) {
        path = input.path
        dimensions = try Self.readHeader(input, expecting: content)
        count = try ArrayShape.elementCount(dimensions, path, remedy: "download it again")
        let headerCount = 4 * (1 + dimensions.count)
        if count > input.largestCount - headerCount {
            throw truncated(found: "a file of \(input.storedCount) stored bytes")
        }
    }

    /// [features] or [C, H, W].
    var sampleShape: [Int] {
        let sizes = Array(dimensions.dropFirst())
        return sizes.count == 2 ? [1] + sizes : sizes
    }

    /// The byte that is presented as 1.
    var fullScale: Double { dimensions.count == 2 ? 1 : 255 }

    /// The next elements, `range` of all.
    func read(_ range: Range<Int>, of input: ByteInput) throws(DatasetError) -> ByteStorage {
        try ByteStorage(count: range.count, for: path) { (destination) throws(DatasetError) in
            let written = try input.read(into: destination)
            if written < range.count { throw truncated(found: "\(range.lowerBound + written)") }
        }
    }

    /// Reading past the end is also what verifies the checksum of a compressed file.
    func checkEnd(_ input: ByteInput) throws(DatasetError) {
        var extra: UInt8 = 0
        if try withUnsafeMutableBytes(of: &extra, { (bytes) throws(DatasetError) in try input.read(into: bytes) }) > 0 {
            throw DatasetError(
                .trailingBytes, path, expected: "the end of the file after \(count) elements",
                found: "further bytes", remedy: "download it again, or correct the sizes in its header")
        }
    }

    private func truncated(found: String) -> DatasetError {
        DatasetError(
            .truncated, path, expected: "\(count) elements (\(IDXFile.shape(dimensions)))", found: found,
            remedy: "download it again")
    }
}

extension IDXHeader {
    private static func readHeader(_ input: ByteInput, expecting content: IDXFile.Content) throws(DatasetError) -> [Int]
    {
        let words = try readWords(input, 1)
        guard let magic = words.first else {
            throw DatasetError(
                .empty, input.path, expected: "an IDX file", found: "fewer than the 4 bytes of its magic number",
                remedy: "download it again")
        }
        let (type, rank) = (magic >> 8, Int(magic & 0xFF))
        if type != 0x08 {
            let beginning = withUnsafeBytes(of: magic.bigEndian, Array.init) + (try input.read(upTo: FileKind.length))
            let found =
                FileKind.name(of: beginning) ?? typeNames[type].map { "IDX elements of type \($0)" }
                ?? "magic number \(hexadecimal(magic))"
            throw DatasetError(
                .wrongFormat, input.path, expected: "an IDX file of unsigned bytes (magic number 0x0000080N)",
                found: found, remedy: "give an IDX file, plain or compressed with gzip, xz or zstd")
        }
        // Labels of two dimensions are looked at first.
        if content == .images || rank != 2 { try checkRank(rank, input.path, content) }
        let sizes = try readWords(input, rank)
        if sizes.count < rank {
            throw DatasetError(
                .truncated, input.path, expected: "the sizes of \(rank) dimensions", found: "\(sizes.count)",
                remedy: "download it again")
        }
        return sizes.map(Int.init)
    }

    static func checkRank(_ rank: Int, _ path: String, _ content: IDXFile.Content) throws(DatasetError) {
        switch content {
        case .images where rank == 1:
            throw DatasetError(
                .swapped, path, expected: "images (2 to 4 dimensions)", found: "a file of labels (1 dimension)",
                remedy: "exchange the files of images and labels")
        case .labels where (2...4).contains(rank):
            throw DatasetError(
                .swapped, path, expected: "labels (1 dimension)", found: "a file of images (\(rank) dimensions)",
                remedy: "exchange the files of images and labels")
        case .images where (2...4).contains(rank), .labels where rank == 1:
            return
        default:
            throw DatasetError(
                .wrongShape, path, expected: content == .images ? "2 to 4 dimensions" : "1 dimension",
                found: "\(rank)", remedy: "give a file of [N, features], [N, H, W] or [N, C, H, W], and of [N] labels")
        }
    }

    /// Up to `count` big-endian words; fewer where the file ends.
    private static func readWords(_ input: ByteInput, _ count: Int) throws(DatasetError) -> [UInt32] {
        var words: [UInt32] = []
        for _ in 0..<count {
            var word: UInt32 = 0
            let read = try withUnsafeMutableBytes(of: &word) { (bytes) throws(DatasetError) in
                try input.read(into: bytes)
            }
            if read < 4 { break }
            words.append(UInt32(bigEndian: word))
        }
        return words
    }

    private static let typeNames: [UInt32: String] = [
        0x09: "signed byte", 0x0B: "16-bit integer", 0x0C: "32-bit integer", 0x0D: "32-bit float",
        0x0E: "64-bit float",
    ]

    private static func hexadecimal(_ word: UInt32) -> String {
        let digits = String(word, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
