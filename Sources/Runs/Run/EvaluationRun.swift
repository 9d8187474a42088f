import DataParallel
import Datasets
import Foundation
import InformationTheory
import LearningRate
import MPI
import NeuralNetwork
import Settings

/// `entrain evaluate`: weights of a finished run on one of the sets of their own data, or on other files of the same kind.
public struct EvaluationRun {
    public let model: TrainedModel
    /// Labels against predictions; of a real target in its bins, of several those of the first one.
    public let confusion: ConfusionMatrix
    public let metrics: PredictionMetrics
    /// Scores of the predicted probabilities; nil for real targets.
    public let scores: ProbabilityScores?
    /// Samples with the largest losses, the largest first; none of real targets.
    public let worst: [WorstPrediction]
    /// Which rows were evaluated, where a file has others too; one line.
    public let note: String?
    /// What looks otherwise than it was taken, or was hoped for; a line each.
    public let warnings: [String]

    /// A part of the data.
    public enum Part: String, CaseIterable, Sendable {
        case train, validation, test

        fileprivate var name: String {
            switch self {
            case .train: "training set"
            case .validation: "validation set"
            case .test: "test set"
            }
        }
    }

    /// Collective.
    ///
    /// - Parameters:
    ///   - path: a run directory or its `model.safetensors`.
    ///   - weights: those of a checkpoint are evaluated as the training would, on the data of the run, of which `path` then has to be
    ///     the directory.
    ///   - testFiles: files to evaluate whole, in the place of those of the configuration; empty for these. Relative paths start
    ///     from where the program runs, or else from the data root. Not with a checkpoint.
    ///   - precision: what to compute in; nil for what the weights were trained in.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - additions: components of another package that the weights were trained with.
    ///   - count: of the samples with the largest losses that are found.
    /// - Throws: `AgreedError` of what the file, the data or the network lack; `MPIError`, an error of oneDNN.
    public init(
        of path: String, weights: EvaluatedWeights = .final, on part: Part, testFiles: [String] = [], dataRoot: String?,
        precision: Configuration.Training.Precision? = nil, emulated: Bool = false,
        additions: [any Component.Type] = [], worst count: Int = 0, over communicator: any Communicator
    ) throws {
        let (experiment, file): (Experiment, String)
        switch weights {
        case .final:
            (experiment, file, model) = try Self.experiment(
                ofWeightsIn: path, on: part, testFiles: testFiles, dataRoot: dataRoot, precision: precision,
                emulated: emulated, additions: additions, over: communicator)
        case .checkpoint(let checkpoint):
            experiment = try Experiment.takingUp(
                checkpoint, ofRun: path, dataRoot: dataRoot, precision: precision, emulated: emulated,
                additions: additions, over: communicator)
            file = path
            model = try communicator.agree { try TrainedModel(experiment) }
        }
        let data = experiment.data
        let dataset = try communicator.agree { try data.part(part, ofWeightsIn: file) }
        note = part == .test ? data.evaluated?.description : nil
        // A file that is read for two sets tells the same of both.
        var told: Set<String> = []
        let looks = (data.warnings + dataset.warningOfAbsentClasses(in: part.name)).filter {
            told.insert($0.description).inserted
        }
        try communicator.agree { try experiment.configuration.data.warnings.handle(looks) { _ in } }
        let isOfClasses = data.train.targetScales.isEmpty
        let isOfSeveral = data.train.isScoredByTarget
        var labelScores =
            data.train.hasLabels ? data.train.targetScales.map { _ in ProbabilityScores(classCount: 2) } : []
        var scores = isOfClasses ? ProbabilityScores(classCount: data.train.classCount) : nil
        let count = isOfClasses ? count : 0
        let replica = experiment.replica
        var worst = WorstPredictions(
            count, from: replica.evaluationSlice(of: dataset.count, rank: communicator.rank).lowerBound)
        func evaluate() throws -> CycleStatistics {
            try replica.evaluate(dataset) { plan in
                scores?.add(plan)
                for output in labelScores.indices { labelScores[output].add(plan, label: output) }
                if count > 0 { worst.add(plan) }
            }
        }
        let statistics = weights == .final ? try evaluate() : try replica.withEvaluatedParameters(evaluate)
        try scores?.reduce(over: communicator)
        for output in labelScores.indices { try labelScores[output].reduce(over: communicator) }
        self.scores = scores
        if count > 0 { try worst.reduce(over: communicator) }
        self.worst = worst.samples(of: dataset)
        // Others may be evaluated after it.
        try replica.free()
        confusion = statistics.confusion
        var metrics = statistics.metrics(cycle: 0, step: 0, cycleLength: 1).predictions
        for output in labelScores.indices {
            metrics.outputs[output].label?.areaUnderCurve = labelScores[output].areaUnderCurve
        }
        self.metrics = metrics
        let notFinite = statistics.loss.nonFiniteCount
        let farTargets = dataset.reportOfFarTargets(in: part.name)
        let predictions =
            farTargets != nil
            ? farTargets
            : notFinite > 0
                ? "\(part.name): the loss of \(notFinite) of \(dataset.count) samples is not finite: the network's outputs overflow, and "
                    + "the scores of these samples say nothing; train with a lower rate, or check the features"
                : isOfSeveral ? nil : statistics.confusion.guessing?.report(of: part.name, like: data.train)
        let outputs = isOfSeveral && notFinite == 0 ? metrics.outputs : []
        warnings =
            looks.map(\.description) + (predictions.map { [$0] } ?? [])
            + zip(outputs, statistics.tables).filter { $1.guessing != nil }.map { output, _ in
                "\(part.name): the predictions say nothing of the \(output.label == nil ? "target" : "label") \(NameList([output.name])); check targets and features, "
                    + "lower the rate, or train longer"
            }
    }

    /// Names of the classes, or their numbers.
    public var classNames: [String] {
        model.meaning.classNames ?? (0..<confusion.classCount).map(String.init)
    }

    /// The scores for other programs.
    public var report: EvaluationReport { EvaluationReport(self) }

    /// Collective. The experiment of finished weights, which it computes with.
    private static func experiment(
        ofWeightsIn path: String, on part: Part, testFiles: [String], dataRoot: String?,
        precision: Configuration.Training.Precision?, emulated: Bool, additions: [any Component.Type],
        over communicator: any Communicator
    ) throws -> (Experiment, file: String, TrainedModel) {
        let (file, model) = try communicator.agree {
            var (file, model) = try TrainedModel.reading(fromRunOrFile: path, additions: additions)
            if let precision { model.configuration.training.precision = precision }
            return (file, model)
        }
        var configuration = model.configuration
        if let precision { configuration.training.precision = precision }
        try configuration.take(testFiles: testFiles, for: part, root: dataRoot, over: communicator)
        let experiment = try Experiment(
            configuration, dataRoot: dataRoot, emulated: emulated, standardization: model.standardization,
            meaning: model.meaning, over: communicator)
        try communicator.agree {
            guard experiment.data.train.sampleShape == model.meaning.sampleShape else {
                throw FileError(
                    path: file,
                    problem: "holds weights for samples \(model.meaning.sampleShape), the data has "
                        + "\(experiment.data.train.sampleShape)")
            }
            do {
                try model.load(into: experiment.replica)
            } catch let mismatch as ParameterMismatch {
                throw FileError(path: file, problem: "\(mismatch)")
            }
        }
        try communicator.barrier()
        return (experiment, file, model)
    }
}

extension LoadedData {
    /// - Parameter file: with the weights.
    fileprivate func part(_ part: EvaluationRun.Part, ofWeightsIn file: String) throws(FileError) -> any Dataset {
        if part != .test, let evaluated, evaluated.choice == .all {
            throw FileError(
                path: evaluated.path,
                problem:
                    "is not the file that the weights were trained on, and has no \(part.name); evaluate all rows with --on test"
            )
        }
        switch part {
        case .train: return train
        case .test: return test
        case .validation:
            if let validation { return validation }
            throw FileError(path: file, problem: "was trained with data.validation 0: there is no validation set")
        }
    }
}

extension Dataset {
    /// - Parameter name: of the set.
    fileprivate func warningOfAbsentClasses(in name: String) -> [DataWarning] {
        guard isStored, targetScale == nil else { return [] }
        let names = classCounts.enumerated().filter { $1 == 0 }.map { className($0.offset) }
        return DataWarning(ofAbsentClasses: names, in: name, remedy: DataWarning.notMeasured).map { [$0] } ?? []
    }
}
