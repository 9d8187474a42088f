import ArgumentParser
import MPI

// Every rank parses the same command line; what ends there, help or a mistake, is told by rank 0 alone.
let parsed = Result { try Entrain.parseAsRoot() }

MPIRuntime.mainReturningStatus { runtime in
    switch parsed {
    case .success(let command):
        guard let command = command as? any RankCommand else {
            if runtime.isFirst { print(Entrain.helpMessage()) }
            return .success
        }
        return try command.run(in: runtime)
    case .failure(let error):
        if runtime.isFirst { print(Entrain.fullMessage(for: error)) }
        return ExitStatus(rawValue: Entrain.exitCode(for: error).rawValue)
    }
}
