import MPI
import Runs

extension MPIRuntime {
    /// Collective. Writes what a command was called for, made on rank 0, to standard output: one or more lines.
    ///
    /// - Returns: the command's status: success, or that of a program ended by SIGPIPE where the reader has gone, which needs no
    ///   message.
    /// - Throws: `AgreedError` where the result could not be written, or not be made.
    func writeResult(_ text: () throws -> String) throws -> ExitStatus {
        var isReaderGone = false
        try world.agree {
            guard isFirst else { return }
            do {
                try StandardStream.output.write(line: text())
            } catch let error as StandardStreamError where error.isReaderGone {
                isReaderGone = true
            }
        }
        return try world.broadcast(isReaderGone ? 1 : 0, root: 0) == 1 ? Self.endedByPipe : .success
    }

    /// What a shell makes of an end by SIGPIPE, 128 and the signal's number.
    static let endedByPipe: ExitStatus = 141
}
