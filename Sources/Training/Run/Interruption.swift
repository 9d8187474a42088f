import MPI

/// The end of a run that was told to end; the same on all ranks.
struct Interruption: ExitStatusProviding, CustomStringConvertible {
    let description: String

    /// EX_TEMPFAIL of sysexits.h: come again.
    static let status: ExitStatus = 75
    var exitStatus: ExitStatus { Self.status }
}

/// The end of a run that was told to end and could not keep where it was: it cannot be gone on with from there.
struct InterruptionNotKept: Error, CustomStringConvertible {
    /// Where the run was.
    let place: String
    let failure: any Error
    /// The step of the newest checkpoint that stands; nil where there is none.
    let newest: Int?

    var description: String {
        let rest =
            newest.map { "what stands is the checkpoint after step \($0), from which --resume auto goes on" }
            ?? "there is no checkpoint before it"
        return "\(place), and no checkpoint of it: \(failure); \(rest)"
    }
}
