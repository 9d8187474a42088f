import Foundation

/// A file or directory that could not be read or written as wanted.
public struct FileError: Error, Equatable, Sendable {
    public var path: String
    /// What was tried and why it failed, in one line.
    public var problem: String

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    /// The failure of a system call, from `errno`.
    package init(path: String, cannot action: String, code: Int32 = errno) {
        self.init(path: path, problem: "cannot \(action): \(String(cString: strerror(code)))")
    }
}

extension FileError: CustomStringConvertible {
    public var description: String { "\(path): \(problem)" }
}
