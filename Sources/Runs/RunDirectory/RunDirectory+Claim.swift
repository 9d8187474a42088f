import Foundation
import MPI

extension RunDirectory {
    /// Collective. Rank 0 makes the directory of a run or finds the one that goes on, and keeps it for this process; all ranks have
    /// its path.
    ///
    /// - Parameters:
    ///   - output: the directory; nil for a new one under `runs/`, named after the configuration.
    ///   - configuration: the configuration's path.
    ///   - resumed: the configuration of a run that goes on where the directory holds one.
    ///   - stepsPerEpoch: by which the lengths of runs are compared.
    /// - Returns: also whether it goes on, and, on rank 0, what keeps the directory.
    /// - Throws: `AgreedError` of a `FileError`: where the directory cannot be made, another process writes to it, or it holds a
    ///   run of another configuration, or one that is not to go on.
    static func claim(
        output: String?, configuration: String, resuming resumed: Configuration?, stepsPerEpoch: Int,
        over communicator: any Communicator
    ) throws -> (directory: RunDirectory, continues: Bool, lock: DirectoryLock?) {
        var path: [UInt8] = []
        var continues = false
        let lock: DirectoryLock? = try communicator.agree {
            guard communicator.rank == 0 else { return nil }
            let made: RunDirectory
            let lock: DirectoryLock
            if let output {
                lock = try DirectoryLock(
                    making: output, patience: resumed == nil ? 0 : DirectoryLock.patienceOfResumption)
                made = RunDirectory(path: output)
                // What another run has left is seen only by who keeps the directory.
                let run = try resumed.flatMap { try continued(at: output, $0, stepsPerEpoch: stepsPerEpoch) }
                continues = run != nil
                if !continues { try made.checkHoldsNoRun() }
            } else {
                made = try create(forConfiguration: configuration)
                lock = try DirectoryLock(made.path)
            }
            if continues { OutputFile.removeLeftovers(in: made.path) }
            path = Array(made.path.utf8)
            return lock
        }
        try communicator.broadcast(resizing: &path, root: 0)
        continues = try communicator.broadcast(continues ? 1 : 0, root: 0) == 1
        return (RunDirectory(path: String(decoding: path, as: UTF8.self)), continues, lock)
    }
}
