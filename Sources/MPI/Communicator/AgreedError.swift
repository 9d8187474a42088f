/// An error that all ranks know of, so that they can end together instead of being aborted.
public struct AgreedError: ExitStatusProviding, Hashable, CustomStringConvertible {
    /// What the failing rank's error says.
    public let message: String
    public let exitStatus: ExitStatus
    /// The ranks that share the error; nil for all.
    package let participants: Int?
    /// Who tells the user.
    package let reporter: Reporter

    package enum Reporter: Hashable, Sendable {
        case thisRank, otherRank, rankZero
    }

    /// An error that every rank of the job throws by construction: a command line that all of them parse, say.
    ///
    /// One that only some ranks throw must not be wrapped: the others would wait for them. See
    /// ``Communicator/agree(_:)``.
    public init(everywhere error: any Error) {
        self.init(error, participants: nil, reporter: .rankZero)
    }

    init(_ error: any Error, participants: Int?, reporter: Reporter) {
        self.init(
            message: "\(error)", exitStatus: ((error as? any ExitStatusProviding)?.exitStatus ?? .failure).orFailure,
            participants: participants, reporter: reporter)
    }

    init(message: String, exitStatus: ExitStatus, participants: Int?, reporter: Reporter) {
        self.message = message
        self.exitStatus = exitStatus
        self.participants = participants
        self.reporter = reporter
    }

    public var description: String { message }
}
