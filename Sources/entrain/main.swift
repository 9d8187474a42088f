import ArgumentParser
import Foundation
import MPI
import Runs

StandardStream.prepare()
// Asks for a checkpoint, of all ranks as a rule: no reason to end what keeps none, or has not come to it.
signal(SIGUSR2, SIG_IGN)

// Every rank parses the same command line; what ends there, help or a mistake, is told by rank 0 alone.
let parsed = Result { try Entrain.parseAsRoot() }

MPIRuntime.mainReturningStatus { runtime in
    switch parsed {
    case .success(let command):
        guard let rankCommand = command as? any RankCommand else {
            // A request for help, which throws its text: of the command that it is about.
            var command = command
            do { try command.run() } catch {
                return try runtime.writeResult { Entrain.fullMessage(for: error) }
            }
            return .success
        }
        return try rankCommand.run(in: runtime)
    case .failure(let error):
        let status = ExitStatus(rawValue: Entrain.exitCode(for: error).rawValue)
        if status == .success { return try runtime.writeResult { Entrain.fullMessage(for: error) } }
        if runtime.isFirst { StandardStream.error.tell(Entrain.fullMessage(for: error)) }
        return status
    }
}
