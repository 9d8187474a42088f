import Logging

/// How a rank writes into the directory of its run, and tells of it; the observers of a run share one.
struct RunOutput {
    let directory: RunDirectory
    /// Rows and files that this rank could not write so far.
    let unwritten: UnwrittenFiles
    /// On rank 0.
    let files: RunFiles?
    let logger: Logger

    /// Tries to write rows; nothing where another run has taken the directory since.
    func attempt(_ path: String, _ write: () throws(FileError) -> Void) {
        guard files?.isOwn ?? true else { return }
        unwritten.attempt(path, write)
    }
}
