/// The status with which a process ends: 0 for success.
public struct ExitStatus: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    public init(integerLiteral value: Int32) {
        self.init(rawValue: value)
    }

    public static let success: ExitStatus = 0
    public static let failure: ExitStatus = 1

    /// This status, or `.failure` in place of success: for an end by an error.
    var orFailure: ExitStatus { self == .success ? .failure : self }
}

/// An error that chooses the status with which an uncaught one ends the process; others end it with 1.
public protocol ExitStatusProviding: Error {
    var exitStatus: ExitStatus { get }
}
