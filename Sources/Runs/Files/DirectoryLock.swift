import Foundation

/// Keeps a directory for one process at a time, from its making to its end.
///
/// By a lock on the file `lock` in it, which tells who holds it. The system gives the lock up with the process, however that
/// ends, so that nothing has to be cleared away before a run goes on. Such locks (of an open file description, fcntl(2)) reach
/// over network file systems. Where a file system has none, a process of this host is looked for instead.
package final class DirectoryLock {
    package let directory: String
    private var descriptor: Int32

    private var path: String { "\(directory)/lock" }

    /// - Parameter patience: seconds to wait for another process to end.
    /// - Throws: where another process holds the directory, or it cannot be written to.
    package init(_ directory: String, patience: Double = 0) throws(FileError) {
        self.directory = directory
        descriptor = try Self.take(directory, patience: patience)
    }

    /// Makes the directory, with those above it, where there is none.
    package convenience init(making directory: String, patience: Double = 0) throws(FileError) {
        try RunDirectory.make(directory)
        try self.init(directory, patience: patience)
    }

    /// Seconds that what goes on waits for the process before it to end: one that was killed may take a moment to.
    package static let patienceOfResumption = 5.0

    deinit {
        // Before the lock is given up: the file of who takes it next is another.
        if isInPlace { unlink(path) }
        close(descriptor)
    }

    /// Whether the directory is the one that was taken, not removed or replaced since.
    package var isInPlace: Bool { Self.isOpen(descriptor, path) }

    /// Takes the directory anew after it was removed and made again.
    package func retake() throws(FileError) {
        let new = try Self.take(directory, patience: 0)
        close(descriptor)
        descriptor = new
    }

    private static func take(_ directory: String, patience: Double) throws(FileError) -> Int32 {
        let path = "\(directory)/lock"
        let deadline = ContinuousClock.now + .seconds(patience)
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw FileError(path: directory, cannot: "write to the directory") }
            let outcome = lock(descriptor)
            let holder = Holder(readingFrom: descriptor)
            switch outcome {
            case .taken, .notOffered:
                if outcome == .notOffered, let holder, holder.runsHere {
                    close(descriptor)
                    throw holder.refusal(of: directory)
                }
                // One who ended in the meantime has removed the file that was opened.
                guard isOpen(descriptor, path) else {
                    close(descriptor)
                    continue
                }
                // Without room on the disk nobody can be told who it is.
                let text = Array(Holder.own.text.utf8)
                if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
                return descriptor
            case .held:
                close(descriptor)
                guard ContinuousClock.now < deadline else {
                    throw (holder ?? Holder.unknown).refusal(of: directory)
                }
                usleep(50_000)
            }
        }
    }

    private enum Outcome {
        case taken, held, notOffered
    }

    private static func lock(_ descriptor: Int32) -> Outcome {
        var wanted = flock()
        wanted.l_type = Int16(F_WRLCK)
        wanted.l_whence = Int16(SEEK_SET)
        while fcntl(descriptor, setLock, &wanted) != 0 {
            switch errno {
            case EINTR: continue
            case EAGAIN, EACCES: return .held
            default: return .notOffered
            }
        }
        return .taken
    }

    /// `F_OFD_SETLK`.
    private static var setLock: Int32 {
        #if canImport(Darwin)
            90
        #else
            37
        #endif
    }

    private static func isOpen(_ descriptor: Int32, _ path: String) -> Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
    }
}

/// Who holds a directory: a line of the lock's file, `4711 node7 1796000000`.
private struct Holder {
    var process: Int32
    var host: String
    /// When the process began, in the clock ticks of proc(5): another process of that number began at another time.
    var start: String

    static var own: Holder {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return Holder(process: getpid(), host: host, start: startTime(of: getpid()) ?? "0")
    }

    static let unknown = Holder(process: 0, host: "", start: "0")

    var text: String { "\(process) \(host) \(start)\n" }

    init(process: Int32, host: String, start: String) {
        (self.process, self.host, self.start) = (process, host, start)
    }

    /// Nil where there is nothing written yet.
    init?(readingFrom descriptor: Int32) {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard words.count == 3, let process = Int32(words[0]) else { return nil }
        self.init(process: process, host: String(words[1]), start: String(words[2]))
    }

    var runsHere: Bool {
        host == Self.own.host && process != getpid() && Self.startTime(of: process) == start
    }

    func refusal(of directory: String) -> FileError {
        let who =
            process == 0
            ? "another process"
            : "process \(process) on \(host == Self.own.host ? "this host" : "another host"), \(host)"
        return FileError(
            path: directory,
            problem: "is in use by \(who); wait for its end, or give another directory with --output")
    }

    private static func startTime(of process: Int32) -> String? {
        guard let bytes = try? contents(ofFile: "/proc/\(process)/stat"),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}
