#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads the files of an index, for one thread.
///
/// Images of a compressed archive have to be asked for in its order: each goes on where the one before ended.
final class ImageFileReader {
    private let index: ImageIndex
    /// The archive that was read from last.
    private var archive: OpenArchive?
    /// The contents of the only archive, where they are in memory.
    private let contents: [UInt8]?

    private enum OpenArchive {
        case plain(number: Int, descriptor: CInt)
        case compressed(number: Int, ByteInput)

        var number: Int {
            switch self {
            case .plain(let number, _), .compressed(let number, _): number
            }
        }
    }

    init(_ index: ImageIndex, contents: [UInt8]? = nil) {
        self.index = index
        self.contents = contents
    }

    deinit { closeArchive() }

    /// The contents of a file, of which more than ``ByteInput/largestImage`` bytes are cut off behind the first one too many.
    ///
    /// - Throws: where the file is not as it was when the index was made.
    func read(_ image: Int) throws(DatasetError) -> [UInt8] {
        guard let part = index.part(of: image) else { return try readFile(index.name(of: image)) }
        let count = min(part.byteCount, ByteInput.largestImage + 1)
        if let contents {
            guard part.offset + count <= contents.count else {
                throw changed(index.archive(part.archive).path, found: "an archive that ends earlier")
            }
            return Array(contents[part.offset..<part.offset + count])
        }
        switch try open(part.archive, at: part.offset) {
        case .plain(_, let descriptor):
            return try read(descriptor, part.offset, count, index.archive(part.archive).path)
        case .compressed(_, let input):
            _ = try input.skip(part.offset - input.position)
            let bytes = try input.read(atMost: count)
            guard bytes.count == count else {
                throw changed(input.path, found: "an archive that ends earlier")
            }
            return bytes
        }
    }

    private func readFile(_ path: String) throws(DatasetError) -> [UInt8] {
        let descriptor: CInt
        let size: Int
        do throws(DatasetError) {
            (descriptor, size) = try ByteInput.open(path)
        } catch {
            throw error.code == .missing ? changed(path, found: "none") : error
        }
        defer { close(descriptor) }
        let bytes = try read(descriptor, 0, min(size, ByteInput.largestImage + 1), path)
        return ByteInput.format(ofBeginning: bytes) == nil ? bytes : try ByteInput.image(path: path)
    }

    private func open(_ number: Int, at offset: Int) throws(DatasetError) -> OpenArchive {
        let known = index.archive(number)
        if let archive, archive.number == number {
            guard case .compressed(_, let input) = archive else { return archive }
            // An image before the place that it has come to needs a new beginning.
            if input.storedCount == known.storedCount, input.position <= offset { return archive }
        }
        closeArchive()
        let opened: OpenArchive
        let count: Int
        do throws(DatasetError) {
            if known.isCompressed {
                let input = try ByteInput(path: known.path)
                (opened, count) = (.compressed(number: number, input), input.storedCount)
            } else {
                let (descriptor, size) = try ByteInput.open(known.path)
                (opened, count) = (.plain(number: number, descriptor: descriptor), size)
            }
        } catch {
            throw error.code == .missing ? changed(known.path, found: "none") : error
        }
        archive = opened
        guard count == known.storedCount else {
            closeArchive()
            throw changed(known.path, expected: "\(known.storedCount) bytes as when it was listed", found: "\(count)")
        }
        return opened
    }

    private func closeArchive() {
        if case .plain(_, let descriptor)? = archive { close(descriptor) }
        archive = nil
    }

    private func read(
        _ descriptor: CInt, _ offset: Int, _ count: Int, _ path: String
    ) throws(DatasetError) -> [UInt8] {
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            while filled < count {
                let found = pread(descriptor, bytes.baseAddress! + filled, count - filled, off_t(offset + filled))
                if found < 0, errno == EINTR { continue }
                if found < 0 { failure = errno }
                if found <= 0 { break }
                filled += found
            }
        }
        if failure != 0 { throw ByteInput.cannotRead(path, failure) }
        guard bytes.count == count else { throw changed(path, found: "a shorter file") }
        return bytes
    }

    private func changed(
        _ path: String, expected: String = "the file that was there when the images were listed", found: String
    ) -> DatasetError {
        DatasetError(
            found == "none" ? .missing : .truncated, path, expected: expected, found: found,
            remedy: "leave the files as they are while they are in use, and start again")
    }
}
