#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A part of a file in the address space of this process: read from the disk when it is asked for, and dropped by the system where
/// memory is short. The file must stay as long as it is; if it is cut while it is in use, the system ends the process.
final class MappedFile: @unchecked Sendable {
    /// Place by which another process maps the same part.
    struct Place: Codable, Sendable, Equatable {
        var path: String
        var offset: Int
        var count: Int
        /// Bytes of the file.
        var fileCount: Int
    }

    let place: Place
    /// The part; nobody writes it.
    let bytes: UnsafeRawBufferPointer
    private let start: UnsafeMutableRawPointer
    private let length: Int

    /// - Throws: where the file is not there, or has another size than it had.
    init(_ place: Place) throws(DatasetError) {
        let (descriptor, count) = try ByteInput.open(place.path)
        defer { close(descriptor) }
        guard count == place.fileCount, place.offset + place.count <= count else {
            throw DatasetError(
                .truncated, place.path, expected: "a file of \(place.fileCount) bytes", found: "\(count)",
                remedy: "leave the file as it is while it is in use")
        }
        length = place.offset + place.count
        guard let address = mmap(nil, max(length, 1), PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED
        else {
            throw DatasetError(
                .unreadable, place.path, expected: "to map it into memory",
                found: String(cString: strerror(errno)), remedy: "set data.memory to read")
        }
        self.place = place
        start = address
        bytes = UnsafeRawBufferPointer(start: address + place.offset, count: place.count)
    }

    deinit { munmap(start, max(length, 1)) }

    /// Tells the system that samples are read in no order from here on, so that it reads none ahead.
    func expectRandomOrder() { madvise(start, max(length, 1), MADV_RANDOM) }
}

extension ByteStorage {
    /// The bytes of a mapped file.
    convenience init(_ file: MappedFile) { self.init(file.bytes, of: file) }

    /// The file that the bytes lie in; nil where they lie in memory.
    var file: MappedFile? { owner as? MappedFile }
}

/// Memory of the machine, for what is decided by it.
enum MachineMemory {
    /// Bytes that the machine has; not above 0 where it does not tell.
    static var physicalByteCount: Int { sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE)) }

    /// Bytes that the machine has, or that its container may have; nil where nothing tells.
    static let byteCount: Int? = {
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap { path in
            (try? ByteInput(path: path).read(upTo: 32)).flatMap { bytes in
                Int(String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self))
            }
        }
        return ([physicalByteCount] + limits).filter { $0 > 0 }.min()
    }()
}
