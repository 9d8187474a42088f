import DataParallel
import LearningRate
import Training

/// Writes what a training shows as events of TensorBoard, on rank 0: loss and rate a step; metrics, decisions' rates and what layers
/// know a cycle; the settings; the plot at the end.
final class TensorBoardObserver: TrainingObserver {
    private let file: EventFile
    private let title: String
    private let configuration: Configuration
    private let metrics: MetricsObserver
    private let output: RunOutput

    init(_ experiment: Experiment, title: String, metrics: MetricsObserver, _ output: RunOutput) {
        file = EventFile(in: output.directory.path, host: experiment.replica.communicator.hostName)
        self.title = title
        configuration = experiment.configuration
        self.metrics = metrics
        self.output = output
    }

    func begin(_ trainer: Trainer) {
        if trainer.stepsDone > 0 { file.add(.restart, step: trainer.stepsDone + 1) }
        file.add(.hyperparameters(configuration.hyperparameters, name: title), step: 0)
        flush()
    }

    func step(_ step: StepRecord, of trainer: Trainer) {
        if file.add(.scalars([("step/loss", step.loss), ("step/rate", step.rate)]), step: step.step) { flush() }
    }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) {
        file.add(.scalars(cycle.metrics.scalars), step: cycle.step)
        flush()
    }

    func checkpoint(_ requests: StepRequests, of trainer: Trainer) { flush() }

    /// Events of later steps are of a training that was given up.
    func rollBack(_ record: RollBackRecord, of trainer: Trainer) {
        file.add(.restart, step: record.step + 1)
        flush()
    }

    func failure(of trainer: Trainer) { flush() }

    func end(_ trainer: Trainer) {
        if configuration.output.plot, !trainer.isInterrupted,
            case .drawn(let png) = TrainingPlot(title: title, metrics: metrics.cycles).picture()
        {
            file.add(.image(tag: "training", png: png), step: trainer.stepsDone)
        }
        flush()
    }

    private func flush() {
        output.attempt(file.path) { () throws(FileError) in try file.flush() }
    }
}

extension CycleMetrics {
    /// By the tags that TensorBoard groups them by. Numbers that were not measured are left out.
    fileprivate var scalars: [(tag: String, value: Double)] {
        var scalars = [("epoch", epoch), ("rate", rate), ("samples per second", samplesPerSecond)]
        for (set, values) in [("train", train), ("validation", validation), ("test", test)] {
            guard let values else { continue }
            scalars += [
                ("loss/\(set)", values.loss), (values.targets == nil ? "accuracy/\(set)" : "r2/\(set)", values.score),
                ("mutual information/\(set)", values.mutualInformation),
                ("standard error of mutual information/\(set)", values.standardError),
                ("residual/\(set)", values.residual),
            ]
        }
        for layer in layers ?? [] {
            scalars.append(("rate of layers/\(layer.layer)", layer.rate))
            scalars.append(("mutual information of layers/\(layer.layer)", layer.mutualInformation))
        }
        return scalars.filter { !$0.1.isNaN }.map { (tag: $0.0, value: $0.1) }
    }
}
