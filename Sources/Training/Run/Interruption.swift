import MPI

/// The end of a run that was told to end; the same on all ranks.
struct Interruption: ExitStatusProviding, CustomStringConvertible {
    let description: String

    /// EX_TEMPFAIL of sysexits.h: come again.
    static let status: ExitStatus = 75
    var exitStatus: ExitStatus { Self.status }
}
