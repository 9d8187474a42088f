import Foundation

/// Standard output or standard error, which may be closed, on a full disk, or a pipe whose reader has gone: reasons for a
/// command to say that its result did not arrive, but none to end a training.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// To be called before anything else by a program.
    ///
    /// - A standard descriptor that is closed is opened on /dev/null: the next file would get its number, and messages would be
    ///   written into that file. It is opened for the other direction, so that using it still fails.
    /// - Writing to a pipe without a reader, or more to a file than its limit allows (setrlimit(2)), fails with an error instead
    ///   of ending the program by a signal.
    public static func prepare() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Writes a message and the end of its line, in one call where the system takes as much, so that lines of several ranks do
    /// not mix. What cannot be written is lost.
    public func tell(_ message: String) {
        // A reader that is slow is waited for; one that has stopped reading is not, where the descriptor allows a choice.
        try? write(message + "\n", patience: 1000)
    }

    /// Writes a line that must arrive; waits for the reader.
    public func write(line: String) throws(StandardStreamError) {
        try write(line + "\n")
        try finish()
    }

    /// Writes a part of what must arrive; waits for the reader. ``finish()`` comes after the last part.
    func write(_ text: String) throws(StandardStreamError) {
        try write(text, patience: -1)
    }

    /// - Throws: where a file system tells only at the end that it has no room, as network file systems do.
    func finish() throws(StandardStreamError) {
        let copy = dup(rawValue)
        guard copy < 0 || close(copy) == 0 else { throw StandardStreamError(stream: self, code: errno) }
    }

    /// - Parameter patience: milliseconds to wait where a descriptor that does not block takes nothing; -1 for as long as it
    ///   takes.
    private func write(_ text: String, patience: Int32) throws(StandardStreamError) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var wanted = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                guard poll(&wanted, 1, patience) != 0 else { throw StandardStreamError(stream: self, code: EAGAIN) }
            } else if errno != EINTR {
                throw StandardStreamError(stream: self, code: errno)
            }
        }
    }
}

/// A line that standard output or standard error did not take.
public struct StandardStreamError: Error, CustomStringConvertible {
    let stream: StandardStream
    let code: Int32

    /// Whether it is a pipe whose reader has ended, as `head` does when it has seen enough.
    public var isReaderGone: Bool { code == EPIPE }

    public var description: String {
        let name = stream == .output ? "standard output" : "standard error"
        return "\(name): cannot write the result: \(code == EBADF ? "it is closed" : String(cString: strerror(code)))"
    }
}
