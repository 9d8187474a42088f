#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The members of a zip archive as `numpy.savez` and `savez_compressed` write it, found by its directory at the end.
///
/// Source: PKWARE, "APPNOTE.TXT – .ZIP file format specification", 6.3.10, sections 4.3 (structure), 4.5.3 (sizes of 64 bits).
struct ZipArchive {
    struct Member {
        var name: String
        var method: Int
        var check: UInt32
        var storedCount: Int
        var count: Int
        var headerPlace: Int
    }

    let path: String
    let members: [Member]
    private let contents: Contents

    private static let largestDirectory = 1 << 24

    init(path: String) throws(DatasetError) { try self.init(Contents(path: path), path) }

    /// The contents given, read like those of a file called `name`.
    init(bytes: [UInt8], name: String) throws(DatasetError) { try self.init(Contents(bytes), name) }

    private init(_ contents: Contents, _ path: String) throws(DatasetError) {
        (self.contents, self.path) = (contents, path)
        let (place, byteCount) = try Self.directory(contents, path)
        guard byteCount <= Self.largestDirectory, let bytes = contents.read(place, byteCount) else {
            throw Self.damaged(path, "its directory")
        }
        var reader = LittleEndianReader(bytes)
        var members: [Member] = []
        while let signature = reader.word(), signature == 0x0201_4B50 {
            guard let member = Member(&reader) else { throw Self.damaged(path, "its directory") }
            members.append(member)
        }
        self.members = members
    }

    /// The member called `name`, or the only one that is an array.
    ///
    /// - Throws: with the names that there are, where there is no such one.
    func member(_ name: String?) throws(DatasetError) -> ByteInput {
        let arrays = members.filter { $0.name.hasSuffix(Self.ending) || $0.name + Self.ending == name }
        let found =
            name.map { name in members.filter { $0.name == name || $0.name == name + Self.ending } } ?? arrays
        guard found.count == 1 else {
            let names = arrays.map { String($0.name.dropLast(Self.ending.count)) }
            throw DatasetError(
                .missing, path,
                expected: name.map { "an array called \($0)" } ?? "the name of one of its arrays behind a colon",
                found: names.isEmpty ? "no array" : "\(NameList(names))",
                remedy: names.isEmpty
                    ? "give a file of numpy.savez"
                    : "name one, as in \(path.split(separator: "/").last ?? "x.npz"):\(names[0])")
        }
        return try open(found[0])
    }

    private static let ending = ".npy"

    private func open(_ member: Member) throws(DatasetError) -> ByteInput {
        let name = "\(path):\(member.name.hasSuffix(Self.ending) ? String(member.name.dropLast(4)) : member.name)"
        guard member.method == 0 || member.method == 8 else {
            throw DatasetError(
                .wrongFormat, name, expected: "an array that is stored or deflated",
                found: "method \(member.method) of the zip format", remedy: "write it again with numpy.savez")
        }
        guard let header = contents.read(member.headerPlace, 30), header.starts(with: [0x50, 0x4B, 3, 4]) else {
            throw Self.damaged(path, "the header of \(member.name)")
        }
        let start =
            member.headerPlace + 30 + Int(header[26]) + Int(header[27]) << 8 + Int(header[28]) + Int(header[29]) << 8
        guard member.storedCount <= contents.count - start else {
            throw Self.damaged(path, "\(member.name), which is longer than the file")
        }
        return try contents.input(start, member, name)
    }

    private static func damaged(_ path: String, _ place: String) -> DatasetError {
        DatasetError(
            .wrongFormat, path, expected: "a whole zip archive", found: "damage in \(place)",
            remedy: "write or download it again")
    }
}

extension ZipArchive {
    /// Place and size of the directory, by the record at the end of the archive, which a comment may follow.
    private static func directory(
        _ contents: Contents, _ path: String
    ) throws(DatasetError) -> (place: Int, byteCount: Int) {
        let tail = min(contents.count, 22 + 0xFFFF)
        guard tail >= 22, let bytes = contents.read(contents.count - tail, tail),
            let end = (0...tail - 22).last(where: { bytes[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
        else { throw damaged(path, "its end, which is missing") }
        var reader = LittleEndianReader(Array(bytes[(end + 12)...]))
        guard let byteCount = reader.word(), let place = reader.word() else { throw damaged(path, "its end") }
        guard place == 0xFFFF_FFFF || byteCount == 0xFFFF_FFFF else { return (Int(place), Int(byteCount)) }
        // A locator of 20 bytes stands before it, and says where the record of 64 bits is.
        let locator = contents.count - tail + end - 20
        guard let bytes = contents.read(locator, 20), bytes.starts(with: [0x50, 0x4B, 6, 7]) else {
            throw damaged(path, "its end")
        }
        var place64 = LittleEndianReader(Array(bytes[8...]))
        guard let record = place64.long(), let fields = contents.read(record, 56),
            fields.starts(with: [0x50, 0x4B, 6, 6])
        else { throw damaged(path, "its end") }
        var sizes = LittleEndianReader(Array(fields[40...]))
        guard let byteCount = sizes.long(), let place = sizes.long() else { throw damaged(path, "its end") }
        return (place, byteCount)
    }
}

extension ZipArchive.Member {
    /// An entry of the directory behind its signature; nil where it ends early.
    fileprivate init?(_ reader: inout LittleEndianReader) {
        guard reader.skip(6), let method = reader.half(), reader.skip(4), let check = reader.word(),
            let stored = reader.word(), let full = reader.word(), let nameCount = reader.half(),
            let extraCount = reader.half(), let commentCount = reader.half(), reader.skip(8),
            let place = reader.word(), let name = reader.bytes(nameCount), let extra = reader.bytes(extraCount),
            reader.skip(commentCount)
        else { return nil }
        self.name = String(decoding: name, as: UTF8.self)
        self.method = method
        self.check = check
        (count, storedCount, headerPlace) = (Int(full), Int(stored), Int(place))
        // Sizes that 32 bits do not hold stand in a field of their own, in this order.
        var fields = LittleEndianReader(extra)
        while let kind = fields.half(), let length = fields.half(), let field = fields.bytes(length) {
            guard kind == 1 else { continue }
            var longs = LittleEndianReader(field)
            if full == 0xFFFF_FFFF, let long = longs.long() { count = long }
            if stored == 0xFFFF_FFFF, let long = longs.long() { storedCount = long }
            if place == 0xFFFF_FFFF, let long = longs.long() { headerPlace = long }
        }
    }
}

/// Numbers of bytes, the lowest first; nil behind the end.
private struct LittleEndianReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func skip(_ count: Int) -> Bool { bytes(count) != nil }

    private mutating func number(_ count: Int) -> UInt64? {
        bytes(count)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func half() -> Int? { number(2).map { Int($0) } }
    mutating func word() -> UInt32? { number(4).map { UInt32($0) } }
    /// Nil above 2⁶³ − 1.
    mutating func long() -> Int? { number(8).flatMap { Int(exactly: $0) } }
}

/// The bytes of an archive, read at any place.
private final class Contents {
    private let path: String
    private let descriptor: CInt
    private let bytes: [UInt8]
    let count: Int

    init(_ bytes: [UInt8]) {
        (path, descriptor, self.bytes, count) = ("", -1, bytes, bytes.count)
    }

    init(path: String) throws(DatasetError) {
        (descriptor, count) = try ByteInput.open(path)
        self.path = path
        bytes = []
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Nil where there are fewer bytes.
    func read(_ place: Int, _ length: Int) -> [UInt8]? {
        guard place >= 0, length >= 0, place <= count, length <= count - place else { return nil }
        if descriptor < 0 { return Array(bytes[place..<place + length]) }
        var piece = [UInt8](repeating: 0, count: length)
        var done = 0
        while done < length {
            let read = piece.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, length - done, off_t(place + done))
            }
            if read < 0 && errno == EINTR { continue }
            if read <= 0 { return nil }
            done += read
        }
        return piece
    }

    /// The contents of a member.
    func input(_ place: Int, _ member: ZipArchive.Member, _ name: String) throws(DatasetError) -> ByteInput {
        let decompressor: ZipDecompressor
        do throws(DecompressionFailure) {
            decompressor = try ZipDecompressor(
                isDeflated: member.method == 8, storedCount: member.storedCount, count: member.count,
                check: member.check)
        } catch {
            throw error.error(name, format: ZipDecompressor.formatName, storedCount: member.storedCount)
        }
        if descriptor < 0 {
            return try ByteInput(
                name, -1, buffer: Array(bytes[place..<place + member.storedCount]), storedCount: member.storedCount,
                decompressor: decompressor)
        }
        let (own, _) = try ByteInput.open(path)
        lseek(own, off_t(place), SEEK_SET)
        return try ByteInput(
            name, own, buffer: [UInt8](repeating: 0, count: 1 << 16), storedCount: member.storedCount,
            decompressor: decompressor)
    }
}
