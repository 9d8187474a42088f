import Foundation

/// The terminal at the end of a rank's output, if a person is looking at one.
public struct Terminal: Equatable, Sendable {
    /// Width in characters.
    public var columns: Int

    public init(columns: Int) {
        self.columns = columns
    }

    /// Programs that start ranks and pass their output on.
    private static let launchers = [
        "orterun", "orted", "mpirun", "mpiexec", "mpiexec.hydra", "mpirun.openmpi", "mpirun.mpich", "mpiexec.openmpi",
        "mpiexec.mpich", "hydra_pmi_proxy", "prterun", "prted", "prte",
    ]

    /// The terminal that what is written to `descriptor` is seen on.
    ///
    /// A rank's own descriptor does not tell: Open MPI gives every rank a pseudo-terminal without a size, even when
    /// mpirun writes to a file, and MPICH gives it a pipe, even when mpiexec writes to a terminal. So under a launcher
    /// on this host its standard output is looked at. A launcher elsewhere counts as no terminal.
    public static func behind(_ descriptor: Int32) -> Terminal? {
        if let columns = columns(of: descriptor) { return Terminal(columns: columns) }
        var status = stat()
        // Output that the user sent to a file is not seen on the launcher's terminal.
        guard isatty(descriptor) == 1 || fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO else {
            return nil
        }
        var process = getppid()
        var result: Terminal?
        while let name = program(of: process), launchers.contains(name) {
            result = device(ofOutputOf: process).flatMap(columns(ofDevice:)).map(Terminal.init(columns:))
            guard let parent = parent(of: process) else { break }
            process = parent
        }
        return result
    }

    private static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private static func columns(ofDevice path: String) -> Int? {
        let descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return columns(of: descriptor)
    }

    private static func device(ofOutputOf process: pid_t) -> String? {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/1")
        return path.flatMap { $0.hasPrefix("/dev/pts/") || $0.hasPrefix("/dev/tty") ? $0 : nil }
    }

    private static func program(of process: pid_t) -> String? {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
        return path.map { ($0 as NSString).lastPathComponent }
    }

    private static func parent(of process: pid_t) -> pid_t? {
        guard let bytes = try? contents(ofFile: "/proc/\(process)/stat"),
            // The name before it, in parentheses, may hold anything (proc(5)).
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }
}
