import CKernels
import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork
import Settings
import Training

/// An experiment as one rank holds it: the configuration with its data loaded and its network made.
public struct Experiment {
    public let configuration: Configuration
    public var data: LoadedData { shared.samples }
    public let replica: Replica
    /// One line on what was taken of `model.weights`; nil without any.
    package let initialWeights: String?
    let shared: SharedData
    /// Whether the data were loaded for this experiment alone.
    private let ownsData: Bool
    /// What tells the sets from others, where it was compared over ranks.
    private let comparedDigests: [String: String]?

    /// Collective.
    ///
    /// - Parameters:
    ///   - dataRoot: the directory that relative paths of the data start from.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - standardization: as kept with weights; nil to measure it where the configuration asks for it.
    ///   - meaning: what the data have to mean, as kept with weights; nil for what the training files say.
    ///   - loaded: the configuration's data, loaded before; nil to load them.
    /// - Throws: `AgreedError` of a `DatasetError`, `ConfigurationError`, `UnsupportedPrecision` or an error of oneDNN; `MPIError`.
    public init(
        _ configuration: Configuration, dataRoot: String?, emulated: Bool = false,
        standardization: Standardization? = nil, meaning: DataMeaning? = nil, data loaded: SharedData? = nil,
        over communicator: any Communicator
    ) throws {
        // Before the data, which may take long.
        let numerics = try configuration.agreedNumerics(emulated: emulated, over: communicator)
        var settings = Replica.Settings(seed: configuration.seed, globalBatch: configuration.training.batch)
        settings.sharesMemory = configuration.reduction.sharedMemory
        settings.reduction.bucketBytes = configuration.reduction.bucket
        settings.reduction.compresses = configuration.reduction.compression == .bf16
        settings.shards = configuration.reproducible.shards
        _ = try communicator.agree { [settings] in try settings.shards(over: communicator) }
        try Self.compareExperiments(configuration, over: communicator)
        let shared =
            try loaded
            ?? configuration.loadData(
                root: dataRoot, standardization: standardization, meaning: meaning, over: communicator)
        let data = shared.samples
        comparedDigests = try Self.compareData(data, over: communicator)
        let network = try communicator.agree {
            let network = try configuration.network(for: data.meaning)
            try configuration.checkClasses(data.train.classCount)
            try configuration.checkTargets(data.train.targetScales.count)
            // The encoding of a table gives no other numbers than its levels have.
            if data.encoding == nil {
                try TokenNumbers(of: network)?.check(data, isFirstRank: communicator.rank == 0)
            }
            try configuration.checkShards(network)
            return network
        }
        settings.labelSmoothing = Float(configuration.training.labelSmoothing)
        settings.classWeights = try configuration.classWeights(of: data.train, over: communicator)
        settings.averaging = configuration.weightAveraging
        settings.clipNorm = configuration.optimizer.clipNorm
        settings.layerDecay = configuration.learningRate.layerDecay
        settings.microBatch = configuration.training.microBatch
        settings.leavesOutNonFiniteSteps = configuration.training.nonFinite != .stop
        settings.numerics = numerics
        settings.augmentation = configuration.augmentation
        settings.information = configuration.informationSettings
        if let loss = configuration.regression?.loss { settings.targetLoss = loss }
        replica = try Replica(
            network, training: data.train, optimizer: configuration.optimizer.rule, settings: settings,
            over: communicator)
        replica.overlapsReduction = configuration.reduction.overlap == .on
        try communicator.agree { [replica] in try configuration.checkNames(of: replica.network) }
        // Data that come with a meaning have weights of their own.
        initialWeights =
            meaning == nil
            ? try configuration.beginWithWeights(replica, on: data, dataRoot: dataRoot, over: communicator) : nil
        self.configuration = configuration
        self.shared = shared
        ownsData = loaded == nil
    }

    /// Collective. Gives the memory back at once that the ranks of a node share, that of data given to the initializer excepted; to
    /// be called at most once, after the last use. Else it is given back when the last reference to the experiment has gone on all
    /// ranks, at the next allocation of shared memory.
    public func free() throws {
        try replica.free()
        if ownsData { try shared.free() }
    }

    /// What the program, the libraries, the processor and the data are that this rank has.
    package var fingerprint: Fingerprint {
        Fingerprint(
            replica, program: Self.programDigest, sets: comparedDigests ?? data.digests, meaning: data.meaning
        )
    }

    /// Collective. Ends where ranks are not about the same experiment. Before the data, which may take long.
    private static func compareExperiments(
        _ configuration: Configuration, over communicator: any Communicator
    ) throws {
        guard communicator.size > 1 else { return }
        // Line by line, so that the message shows the one that differs.
        var lines = configuration.experimentLines
        let most = try communicator.allReduce(lines.count, .max)
        lines += Array(repeating: "nothing", count: most - lines.count)
        try Replica.compare(
            [
                ("program", programDigest, "start all ranks with the same one"),
                ("MPI library", communicator.library, "start all ranks with the same libraries"),
                ("oneDNN", Processor.libraryVersion, "start all ranks with the same libraries"),
            ]
                + lines.map { ("configuration", $0, "give all ranks the same one") },
            over: communicator)
    }

    /// Collective. Ends where nodes or ranks have read different files.
    ///
    /// - Returns: digests of the sets; nil where there is nothing to compare.
    private static func compareData(
        _ data: LoadedData, over communicator: any Communicator
    ) throws -> [String: String]? {
        guard communicator.size > 1 else { return nil }
        let digests = try data.digests(over: communicator)
        let values = Fingerprint.setNames.map { ($0, digests[$0] ?? "none") }
        try Replica.compare(
            (values + data.meaning.names).map { ($0.0, $0.1, "give all ranks the same files") }, over: communicator)
        return digests
    }

    /// Tells the file of this program from others; empty where the system does not show it.
    private static var programDigest: String {
        guard let bytes = try? contents(ofFile: "/proc/self/exe") else { return "" }
        let hash = bytes.withUnsafeBytes { bytes in
            let words = bytes.prefix(bytes.count / 4 * 4).assumingMemoryBound(to: Float.self)
            return kernels_hash(words.baseAddress, Int64(words.count))
        }
        return "of \(bytes.count) bytes, \(String(hash, radix: 16))"
    }

    /// One line: what is trained, on what, by how many.
    public var summary: String {
        let batches = replica.batches
        let ranks = replica.communicator.size
        func count(_ number: Int, _ noun: String, _ plural: String) -> String {
            "\(number) \(number == 1 ? noun : plural)"
        }
        return "\(data.train.count) training and \(count(data.test.count, "test sample", "test samples")) "
            + "\(data.train.sampleShape) "
            + (data.train.targetScale == nil
                ? "in \(count(data.train.classCount, "class", "classes"))"
                : data.train.hasLabels
                    ? "with \(count(data.train.targetScales.count, "label", "labels"))"
                    : data.train.targetScales.count > 1
                        ? "with \(data.train.targetScales.count) targets"
                        : "with a target in \(count(data.train.classCount, "bin", "bins"))") + "; "
            + "\(count(replica.network.layout.parameterCount, "parameter", "parameters")); \(count(ranks, "rank", "ranks")); "
            + "\(count(batches.stepsPerEpoch, "step", "steps")) an epoch of \(count(batches.globalBatch, "sample", "samples"))"
    }

    /// Collective. The way from settings to a finished training: the search for the bounds where they are left to it, the trial of
    /// overlapping reductions, the training with what it goes back to.
    ///
    /// - Returns: the trainer as it ended.
    /// - Throws: `AgreedError` of what ended the training before its time; what observers throw; `MPIError`, an error of oneDNN.
    @discardableResult
    public func train(observedBy observers: [any TrainingObserver] = []) throws -> Trainer {
        let trainer = try trainer(observedBy: observers)
        try trainer.train(observedBy: observers)
        return trainer
    }

    /// Collective. The trainer of this experiment at its beginning; the search for the bounds comes first where the configuration
    /// leaves them to it.
    ///
    /// - Throws: `AgreedError` of `TrainingError.noBounds`; `MPIError`, an error of oneDNN.
    public func trainer(observedBy observers: [any TrainingObserver] = []) throws -> Trainer {
        try trainer(bounds: configuration.searchesBounds ? searchBounds(observedBy: observers).required() : nil)
    }

    /// Collective. The trainer of this experiment, with the bounds that were found where the configuration leaves them to a search,
    /// and the overlap of reduction and backward pass that it wants.
    package func trainer(bounds: RateBounds?) throws -> Trainer {
        try settleOverlap()
        let stepsPerEpoch = replica.batches.stepsPerEpoch
        return trainer(
            schedule: configuration.schedule(
                bounds: bounds, stepsPerEpoch: stepsPerEpoch, totalSteps: plan.totalSteps(perEpoch: stepsPerEpoch),
                layerCount: replica.network.layout.layers.count))
    }

    /// Collective. Tries whether nodes are faster when they exchange gradients while the backward pass goes on, where the
    /// configuration leaves that open.
    package func settleOverlap() throws {
        if configuration.reduction.overlap == .auto { try replica.chooseOverlap() }
    }

    /// The trainer of this experiment with a schedule that is given.
    func trainer(schedule: RunningSchedule) -> Trainer {
        Trainer(replica, schedule: schedule, plan: plan, validation: data.validation, test: data.test)
    }

    /// The most steps that a training or a sweep of its search takes.
    var stepsOfTraining: Int {
        // Trials are no longer than the training.
        let sweeps = configuration.searchesBounds && configuration.learningRate.search == .rangeTest
        return sweeps ? max(stepsOfTrainingAlone, configuration.rangeTest.steps) : stepsOfTrainingAlone
    }

    var stepsOfTrainingAlone: Int { plan.totalSteps(perEpoch: replica.batches.stepsPerEpoch) }

    private var plan: Trainer.Plan {
        let training = configuration.training
        var plan = Trainer.Plan(
            epochs: training.epochs, cycle: training.cycle, maximumSteps: training.steps,
            source: configuration.learningRate.schedule.source ?? .train,
            stop: training.stop == .mutualInformation ? MutualInformationStop(cycles: training.stopCycles) : nil,
            layers: configuration.layerMeasurement)
        if case .metric(let stop) = training.stop { plan.earlyStop = stop }
        plan.leavesOutNonFiniteSteps = training.nonFinite == .skip
        plan.watchesInformation = configuration.watchesInformation
        plan.rollBackFactor =
            plan.watchesInformation || training.nonFinite == .rollBack ? training.rollBackFactor : nil
        plan.stepsOfPatience = mostStepsOfTrial ?? 0
        plan.keeping = configuration.checkpoint
        return plan
    }
}
