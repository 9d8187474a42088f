/// A failed operation: which one, the kind of failure, and the library's own words.
public struct MPIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure of MPI-3.1 §8.4 that a caller may want to tell apart. More may be added.
    public struct Class: Hashable, Sendable {
        package let code: Code

        package enum Code: Hashable, Sendable {
            case truncated, noMemory, rank, aborted, abandoned, mismatch, window, notAvailable, other
        }

        /// A message was longer than the buffer that received it.
        public static let truncated = Class(code: .truncated)
        /// The library could not allocate what it needed.
        public static let noMemory = Class(code: .noMemory)
        /// A rank does not exist.
        public static let invalidRank = Class(code: .rank)
        /// Another rank failed, so this operation cannot complete (in-process communicators only:
        /// with MPI the launcher ends all ranks).
        public static let aborted = Class(code: .aborted)
        /// The library failed on some ranks and may let the others wait for ever: nothing collective can follow.
        public static let abandoned = Class(code: .abandoned)
        /// Ranks called different collective operations, or with different arguments. Libraries seldom detect it.
        public static let mismatch = Class(code: .mismatch)
        /// A shared window could not be made or used.
        public static let window = Class(code: .window)
        /// The library was used before it was initialized or after it was finalized, or lacks the operation.
        public static let notAvailable = Class(code: .notAvailable)
        /// Everything else; see ``MPIError/text``.
        public static let other = Class(code: .other)
    }

    /// The operation that failed, by its MPI name: `MPI_Allreduce`.
    public let operation: String
    public let errorClass: Class
    /// The library's text (`MPI_Error_string`).
    public let text: String

    package init(operation: String, errorClass: Class, text: String) {
        self.operation = operation
        self.errorClass = errorClass
        self.text = text
    }

    public var description: String { "\(operation) failed: \(text)" }
}
