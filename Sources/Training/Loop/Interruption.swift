import MPI

/// The end of a run that was told to end; the same on all ranks.
package struct Interruption: ExitStatusProviding, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }

    /// EX_TEMPFAIL of sysexits.h: come again.
    package static let status: ExitStatus = 75
    package var exitStatus: ExitStatus { Self.status }
}

/// The end of a run that was told to end and could not keep where it was: it cannot be gone on with from there.
package struct InterruptionNotKept: Error, CustomStringConvertible {
    /// Where the run was.
    package let place: String
    package let failure: any Error
    /// The step of the newest checkpoint that stands; nil where there is none.
    package let newest: Int?

    package init(place: String, failure: any Error, newest: Int?) {
        self.place = place
        self.failure = failure
        self.newest = newest
    }

    package var description: String {
        let rest =
            newest.map { "what stands is the checkpoint after step \($0), from which --resume auto goes on" }
            ?? "there is no checkpoint before it"
        return "\(place), and no checkpoint of it: \(failure); \(rest)"
    }
}
