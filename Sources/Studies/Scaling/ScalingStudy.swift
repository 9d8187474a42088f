import DataParallel
import Datasets
import Foundation
import LearningRate
import MPI
import Runs
import Training

/// Takes the measurements: every number of ranks by turns, so that a machine that grows slower does so for all.
///
/// The samples are loaded once for all; an experiment is made for each turn and given back after it, so that the memory
/// is that of the largest one.
public struct ScalingStudy {
    public var configuration: Configuration
    public var repetitions = 5
    /// Steps of each measurement and repetition.
    public var steps = 20
    /// Before each repetition.
    public var warmUp = 3
    /// Whether a number format that the processor lacks is computed in other instructions, slowly.
    public var emulated = false

    public init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// What a study finds, the same on all ranks.
    public struct Outcome: Sendable {
        /// Strong ones first, rising in ranks.
        public let measurements: [ScalingMeasurement]
        /// Bytes of a gradient.
        public let gradientBytes: Int
    }

    /// The powers of two up to the ranks there are, and these.
    public static func rankCounts(upTo ranks: Int) -> [Int] {
        var counts: [Int] = []
        var count = 1
        while count < ranks {
            counts.append(count)
            count *= 2
        }
        return counts + [ranks]
    }

    /// Collective.
    ///
    /// - Parameters:
    ///   - warn: takes what looks otherwise in the data than it was taken; called on the first rank.
    ///   - report: takes a line of what was understood of them, or of progress; called on the first rank.
    /// - Throws: `AgreedError` of what data and configuration lack, also for a training on all ranks; `MPIError`, an error of oneDNN.
    public func measure(
        dataRoot: String?, over world: any Communicator, warn: (DataWarning) -> Void = { _ in },
        report: (String) -> Void
    ) throws -> Outcome {
        let data = try configuration.loadData(root: dataRoot, over: world)
        let training = try Experiment(configuration, dataRoot: dataRoot, emulated: emulated, data: data, over: world)
        if world.rank == 0 { report(training.summary) }
        try training.review(show: report, warn: warn)
        try training.free()
        var cases = try makeCases(world)
        for repetition in 0..<repetitions {
            for index in cases.indices {
                try run(&cases[index], data, dataRoot: dataRoot)
                try sleepUntilAllCome(world)
            }
            if world.rank == 0 { report("repetition \(repetition + 1) of \(repetitions)") }
        }
        try data.free()
        // Every rank was in the last case, the first rank in all of them.
        let gradientBytes = cases[cases.count - 1].measurement.memory.gradient
        let own = world.rank == 0 ? cases.map(\.result) : []
        var text = world.rank == 0 ? Array(try JSONEncoder().encode(own)) : []
        try world.broadcast(resizing: &text, root: 0)
        return Outcome(
            measurements: try JSONDecoder().decode([ScalingMeasurement].self, from: Data(text)),
            gradientBytes: gradientBytes)
    }

    /// Collective.
    private func makeCases(_ world: any Communicator) throws -> [Case] {
        try ScalingMeasurement.Kind.allCases.flatMap { kind in
            try Self.rankCounts(upTo: world.size).map { ranks in
                var configuration = configuration
                if kind == .weak {
                    configuration.training.batch = max(1, configuration.training.batch / world.size) * ranks
                }
                return Case(
                    configuration: configuration,
                    group: try world.split(color: world.rank < ranks ? 0 : nil, key: world.rank),
                    measurement: ScalingMeasurement(kind: kind, ranks: ranks, batch: configuration.training.batch))
            }
        }
    }

    /// Collective. A barrier in which a rank leaves its core to others.
    private func sleepUntilAllCome(_ world: any Communicator) throws {
        let flag = UnsafeMutableBufferPointer<Int>.allocate(capacity: 1)
        defer { flag.deallocate() }
        flag.initialize(repeating: 0)
        let all = try world.startAllReduce(ofKept: flag, .sum)
        while try !all.isComplete { usleep(1000) }
        try all.wait()
    }

    /// One number of ranks, as one rank has it.
    private struct Case {
        let configuration: Configuration
        /// Nil on a rank that takes no part.
        let group: (any Communicator)?
        var measurement: ScalingMeasurement
        /// The parts of each step, in the order of `measurement.stepSeconds`.
        var parts: [StepParts] = []
        /// Seconds a step of what ends a cycle, and of what the layers know, of each repetition.
        var cycleEnds: [Double] = []
        var layers: [Double] = []
        /// Steps done in all repetitions.
        var step = 0
        /// Whether nodes exchange gradients while the backward pass goes on, once it has been tried.
        var overlaps: Bool?

        /// Parts and whole are means over the same steps.
        var result: ScalingMeasurement {
            var result = measurement
            let steps = measurement.middleSteps
            for (part, seconds) in StepParts.all { result[keyPath: part] = steps.mean { parts[$0][keyPath: seconds] } }
            result.mutualInformation = SampleSummary.median(of: cycleEnds)
            result.layers = layers.isEmpty ? 0 : SampleSummary.median(of: layers)
            return result
        }
    }

    /// Collective over the ranks of the case: one repetition.
    private func run(_ one: inout Case, _ data: SharedData, dataRoot: String?) throws {
        guard let group = one.group else { return }
        let experiment = try Experiment(
            one.configuration, dataRoot: dataRoot, emulated: emulated, data: data, over: group)
        let replica = experiment.replica
        // As a training does.
        if one.configuration.reduction.overlap == .auto {
            if let overlaps = one.overlaps {
                replica.overlapsReduction = overlaps
            } else {
                try replica.chooseOverlap()
                one.overlaps = replica.overlapsReduction
            }
        }
        var statistics = replica.makeStatistics()
        let rate = 0.01
        for _ in 0..<warmUp {
            try replica.measuredStep(one.step, rate: rate, statistics: &statistics)
            one.step += 1
        }
        let profile = TrainingProfile()
        replica.profile = profile
        try group.barrier()
        var before = StepParts(profile)
        for _ in 0..<steps {
            let start = ContinuousClock.now
            try replica.measuredStep(one.step, rate: rate, statistics: &statistics)
            one.measurement.stepSeconds.append((ContinuousClock.now - start) / .seconds(1))
            one.step += 1
            let now = StepParts(profile)
            one.parts.append(now - before)
            before = now
        }
        replica.profile = nil
        let stepsPerCycle = Double(
            Trainer.Plan.stepsPerCycle(
                ofEpochs: one.configuration.training.cycle, perEpoch: replica.batches.stepsPerEpoch))
        one.cycleEnds.append(try Throughput.secondsOfCycleEnd(statistics, over: group) / stepsPerCycle)
        if let layers = one.configuration.layerMeasurement {
            one.layers.append(try Throughput.secondsOfLayers(layers, replica, repetitions: 3) / stepsPerCycle)
        }
        one.measurement.overlaps = replica.overlapsReduction
        one.measurement.memory = try group.agree { try experiment.memory() }
        try experiment.free()
    }
}

/// Where the time of steps went on this rank, in seconds.
private struct StepParts {
    var data = 0.0
    var compute = 0.0
    var backward = 0.0
    var reduction = 0.0
    var hidden = 0.0
    var waiting = 0.0
    var optimizer = 0.0

    static var all: [(WritableKeyPath<ScalingMeasurement, Double>, WritableKeyPath<StepParts, Double>)] {
        [
            (\.data, \.data), (\.compute, \.compute), (\.backward, \.backward), (\.reduction, \.reduction),
            (\.hidden, \.hidden), (\.waiting, \.waiting), (\.optimizer, \.optimizer),
        ]
    }

    /// Added up over all steps of the profile.
    init(_ profile: TrainingProfile) {
        let layers = profile.steps.entries
        data = profile.phases[.data] ?? 0
        compute = layers.reduce(0) { $0 + $1.seconds } + (profile.phases[.loss] ?? 0)
        backward = layers.filter { [.backward, .backwardData, .backwardWeights].contains($0.label.pass) }
            .reduce(0) { $0 + $1.seconds }
        reduction = profile.update.reduction + profile.update.inBackwardPass
        hidden = profile.update.hidden
        waiting = profile.update.waiting
        optimizer = profile.update.optimizer
    }

    static func - (now: StepParts, before: StepParts) -> StepParts {
        var difference = now
        for (_, part) in all { difference[keyPath: part] -= before[keyPath: part] }
        return difference
    }
}
