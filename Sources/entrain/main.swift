import ArgumentParser
import Foundation
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
        let status = ExitStatus(rawValue: Entrain.exitCode(for: error).rawValue)
        if runtime.isFirst {
            let stream = status == .success ? FileHandle.standardOutput : FileHandle.standardError
            stream.write(Data("\(Entrain.fullMessage(for: error))\n".utf8))
        }
        return status
    }
}
