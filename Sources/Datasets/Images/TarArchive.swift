/// The files of a tar archive, one after another; plain or compressed with gzip, xz or zstd.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar's manual for long names.
struct TarArchive {
    struct Entry {
        let name: String
        /// Where its contents begin, in those of the archive.
        let offset: Int
        let byteCount: Int
    }

    let path: String
    /// Bytes of the file, and whether they are compressed.
    var storedCount: Int { input.storedCount }
    var isCompressed: Bool { input.isCompressed }
    private let input: ByteInput
    /// Bytes of the current file that have not been read, and those that fill up its last block.
    private var rest = 0
    private var padding = 0
    private var isAtEnd = false

    private static let blockSize = 512
    /// Bytes of a record of long names or other properties.
    private static let largestRecord = 1 << 20

    /// True where a file looks like one, by its ending.
    static func isOne(_ path: String) -> Bool {
        [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst"].contains { path.lowercased().hasSuffix($0) }
    }

    init(_ input: ByteInput) {
        path = input.path
        self.input = input
    }

    /// Goes to the next regular file; nil at the end of the archive.
    mutating func next() throws(DatasetError) -> Entry? {
        var longName: String?
        var longSize: Int?
        while let header = try nextHeader() {
            rest = header.byteCount
            padding = (Self.blockSize - header.byteCount % Self.blockSize) % Self.blockSize
            switch header.kind {
            case UInt8(ascii: "L"):
                longName = String(decoding: try readRecord().prefix { $0 != 0 }, as: UTF8.self)
            case UInt8(ascii: "x"):
                let properties = TarProperties(try readRecord())
                longName = properties.path ?? longName
                longSize = properties.byteCount ?? longSize
            case UInt8(ascii: "0"), 0, UInt8(ascii: "7"):
                if let longSize {
                    rest = longSize
                    padding = (Self.blockSize - longSize % Self.blockSize) % Self.blockSize
                }
                return Entry(name: longName ?? header.name, offset: input.position, byteCount: rest)
            case UInt8(ascii: "S"):
                throw DatasetError(
                    .wrongFormat, path, expected: "whole files in the archive", found: "\(header.name), a sparse one",
                    remedy: "write the archive without --sparse")
            // Folders, links, properties of the whole archive.
            default: (longName, longSize) = (nil, nil)
            }
        }
        return nil
    }

    /// The contents of the current file; once.
    mutating func read() throws(DatasetError) -> [UInt8] {
        let count = rest
        rest = 0
        let bytes = try input.read(atMost: count)
        guard bytes.count == count else { throw truncated(found: "\(bytes.count) of \(count) bytes of a file") }
        return bytes
    }

    private mutating func readRecord() throws(DatasetError) -> [UInt8] {
        guard rest <= Self.largestRecord else { throw noHeader("a name of \(rest) bytes") }
        return try read()
    }

    /// Skips what is left of the current file.
    private mutating func skip() throws(DatasetError) {
        let count = rest + padding
        (rest, padding) = (0, 0)
        if try input.skip(count) < count { throw truncated(found: "its end in a file") }
    }

    private mutating func nextHeader() throws(DatasetError) -> TarHeader? {
        if isAtEnd { return nil }
        try skip()
        let block = try input.read(upTo: Self.blockSize)
        guard block.count == Self.blockSize else {
            throw block.isEmpty
                ? truncated(found: "no block of zeros at its end") : truncated(found: "its end in a header")
        }
        if block.allSatisfy({ $0 == 0 }) {
            isAtEnd = true
            try checkEnd()
            return nil
        }
        guard let header = TarHeader(block) else {
            let isDamaged = block[257..<262].elementsEqual("ustar".utf8)
            throw noHeader(
                isDamaged
                    ? "one with a damaged header, whose checksum is another" : FileKind.name(of: block) ?? "other bytes"
            )
        }
        return header
    }

    /// Reading to the end is also what verifies the checksum of a compressed file.
    private func checkEnd() throws(DatasetError) {
        while true {
            let piece = try input.read(upTo: 1 << 16)
            if piece.isEmpty { return }
            guard piece.allSatisfy({ $0 == 0 }) else {
                throw DatasetError(
                    .trailingBytes, path, expected: "zeros behind the end of the archive", found: "other bytes",
                    remedy: "give archives that were joined as shards of their own")
            }
        }
    }

    private func truncated(found: String) -> DatasetError {
        DatasetError(
            .truncated, path, expected: "a whole tar archive", found: found, remedy: "write or download it again")
    }

    private func noHeader(_ found: String) -> DatasetError {
        DatasetError(
            .wrongFormat, path, expected: "a tar archive", found: found,
            remedy: "give an archive of tar, plain or compressed with gzip, xz or zstd, or write it again")
    }
}

/// The block before each file of an archive.
private struct TarHeader {
    let name: String
    let byteCount: Int
    let kind: UInt8

    /// Nil for what is none: its checksum is wrong, or a number in it.
    init?(_ block: [UInt8]) {
        guard let sum = Self.number(block[148..<156]), let count = Self.number(block[124..<136]), count >= 0,
            count <= Int.max / 4
        else { return nil }
        // The field of the checksum counts as spaces.
        let bytes = block[..<148].reduce(0) { $0 + Int($1) } + block[156...].reduce(0) { $0 + Int($1) } + 8 * 0x20
        guard bytes == sum else { return nil }
        byteCount = count
        kind = block[156]
        func text(_ field: Range<Int>) -> String {
            String(decoding: block[field].prefix { $0 != 0 }, as: UTF8.self)
        }
        let prefix = block[257..<262].elementsEqual("ustar".utf8) && block[262] == 0 ? text(345..<500) : ""
        name = prefix.isEmpty ? text(0..<100) : "\(prefix)/\(text(0..<100))"
    }

    /// Octal digits, or in GNU's extension, whose first bit is 1, bytes.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if field.first! & 0x80 != 0 {
            var value = 0
            for byte in [field.first! & 0x7F] + field.dropFirst() {
                guard value < 1 << 54 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
            return field.allSatisfy { $0 == 0 || $0 == 0x20 } ? 0 : nil
        }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}

/// The records "LENGTH KEY=VALUE\n" that stand before a file.
private struct TarProperties {
    private(set) var path: String?
    private(set) var byteCount: Int?

    /// Takes the records up to the first damaged one.
    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let space = rest.firstIndex(of: 0x20),
            let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > 0, length <= rest.count
        {
            let end = rest.startIndex + length
            guard space + 1 < end else { return }
            let record = rest[(space + 1)..<(end - 1)]
            rest = rest[end...]
            guard let sign = record.firstIndex(of: UInt8(ascii: "=")) else { return }
            let value = String(decoding: record[(sign + 1)...], as: UTF8.self)
            switch String(decoding: record[..<sign], as: UTF8.self) {
            case "path": path = value
            case "size": byteCount = Int(value).flatMap { (0...Int.max / 4).contains($0) ? $0 : nil }
            default: break
            }
        }
    }
}
