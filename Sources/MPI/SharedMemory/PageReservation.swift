#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Takes the pages of shared memory before they are used.
///
/// Libraries map files of a file system in memory (/dev/shm) whose pages are taken when they are first touched. Where there is none
/// left a touch ends the process by SIGBUS, be it that several jobs have looked at the same room and found it enough for each.
package enum PageReservation {
    /// Fills memory with zeros, and so takes its pages.
    ///
    /// The system writes them, out of /dev/zero: what a store answers with a signal, a system call answers with EFAULT.
    ///
    /// - Returns: false where there is no room, or so little that other processes, whose pages were not taken beforehand, could not
    ///   go on: MPI's own buffers between ranks, for one.
    package static func fill(_ start: UnsafeMutableRawPointer, byteCount: Int) -> Bool {
        let zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC)
        guard zeros >= 0 else {
            start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            return true
        }
        defer { close(zeros) }
        let directory = directory(behind: start)
        var done = 0
        while done < byteCount {
            let part = min(byteCount - done, 1 << 20)
            if let directory, let room = room(in: directory), room < part { return false }
            let count = read(zeros, start + done, part)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Bytes that may be taken in a file system; nil where it has no limit or cannot be asked.
    static func room(in directory: String) -> Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0, status.f_blocks > 0 else { return nil }
        let unit = Int(status.f_frsize)
        let kept = min(8 << 20, Int(status.f_blocks) * unit / 16)
        return max(0, Int(status.f_bavail) * unit - kept)
    }

    /// Where the file is that is mapped at an address, which may have been removed since (proc(5)); nil for memory without one.
    private static func directory(behind address: UnsafeMutableRawPointer) -> String? {
        guard let maps = fopen("/proc/self/maps", "re") else { return nil }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0 {
            let text = String(cString: line!)
            let bounds = text.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, (bounds[0]..<bounds[1]).contains(UInt(bitPattern: address)) else { continue }
            guard let path = text.firstIndex(of: "/"), let end = text.lastIndex(of: "/"), path < end else { return nil }
            return String(text[path..<end])
        }
        return nil
    }

    /// The turn of one process of this machine to take shared memory, until the object goes. Others wait for it, though not for ever
    /// for one that is stopped.
    final class Turn {
        private let descriptor: Int32

        init(in directory: String) {
            descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            var tries = 1000
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0, tries > 0 {
                usleep(10_000)
                tries -= 1
            }
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
        }
    }
}
