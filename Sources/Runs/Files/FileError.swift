import Foundation

/// A file or directory that could not be read or written as wanted.
public struct FileError: Error, Equatable, Sendable {
    public var path: String
    /// What was tried and why it failed, in one line.
    public var problem: String
    /// Whether a disk is full, or a limit reached: what may be mended while a run goes on.
    public var isLackOfRoom = false

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    /// The failure of a system call, from `errno`.
    package init(path: String, cannot action: String, code: Int32 = errno) {
        self.init(path: path, problem: "cannot \(action): \(String(cString: strerror(code)))")
        isLackOfRoom = [ENOSPC, EDQUOT, EFBIG].contains(code)
    }
}

extension FileError {
    /// The same of a file that the user knows by another path.
    func about(_ path: String) -> FileError {
        var error = self
        error.path = path
        return error
    }
}

extension FileError: CustomStringConvertible {
    public var description: String { "\(path): \(problem)" }
}
