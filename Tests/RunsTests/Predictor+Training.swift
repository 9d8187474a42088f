import Logging
import MPI
import Runs

extension Predictor {
    /// Collective. A predictor from the weights of a training that has been done to its end.
    ///
    /// - Parameter root: the directory with the data, in which `run` becomes the run directory.
    convenience init(
        ofTraining configuration: Configuration, in root: String, over communicator: any Communicator
    ) throws {
        let output = "\(root)/run"
        let run = try TrainingRun(
            configuration, file: "x.yaml", dataRoot: root, output: output,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
        try run.run(showsProgress: false)
        try self.init(of: output, over: communicator)
    }
}
