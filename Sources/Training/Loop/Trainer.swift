import DataParallel
import Datasets
import LearningRate
import MPI

/// The training loop of one rank: steps, cycles, and the rate that the cycles' mutual information decides.
public final class Trainer {
    public let replica: Replica
    public private(set) var schedule: ConfiguredSchedule
    /// Updates done.
    public private(set) var stepsDone = 0

    private let plan: Plan
    private let validation: (any Dataset)?
    private let test: (any Dataset)?

    /// How long to train, in what portions, and what steers the rate.
    public struct Plan: Sendable {
        public var epochs: Int
        /// Epochs between two looks at mutual information; rounded to whole steps, at least one.
        public var cycle: Double
        /// The most steps; nil for no limit but the epochs.
        public var maximumSteps: Int?
        /// The predictions that steer the rate.
        public var source: Source

        public enum Source: Sendable {
            case train, validation
        }

        public init(epochs: Int, cycle: Double = 1, maximumSteps: Int? = nil, source: Source = .train) {
            self.epochs = epochs
            self.cycle = cycle
            self.maximumSteps = maximumSteps
            self.source = source
        }
    }

    /// - Parameters:
    ///   - validation: looked at each cycle; needed where it steers the rate.
    ///   - test: looked at each cycle, steers nothing.
    public init(
        _ replica: Replica, schedule: ConfiguredSchedule, plan: Plan, validation: (any Dataset)?, test: (any Dataset)?
    ) {
        precondition(
            plan.source == .train || validation != nil, "the validation set steers the rate but there is none")
        self.replica = replica
        self.schedule = schedule
        self.plan = plan
        self.validation = validation
        self.test = test
    }

    /// Steps of the whole training.
    public var totalSteps: Int {
        min(plan.epochs * replica.batches.stepsPerEpoch, plan.maximumSteps ?? .max)
    }

    /// Steps of a cycle; the last one may be shorter.
    public var stepsPerCycle: Int {
        max(1, Int((plan.cycle * Double(replica.batches.stepsPerEpoch)).rounded()))
    }

    /// Collective. Trains to the end; every rank sees the same metrics and takes the same rates.
    ///
    /// - Parameters:
    ///   - onStep: called after each step.
    ///   - onCycle: called after each cycle.
    /// - Throws: an `AgreedError` of `TrainingError` where loss, gradient or parameters are not finite; what `onStep` and
    ///   `onCycle` throw; `MPIError`, `DNNLError`.
    public func train(
        onStep: (StepRecord) throws -> Void = { _ in }, onCycle: (CycleRecord) throws -> Void = { _ in }
    ) throws {
        let stepsPerEpoch = replica.batches.stepsPerEpoch
        var statistics = CycleStatistics(classCount: replica.classCount)
        var cycle = 0
        var cycleStart = 0
        var clock = StopWatch()

        while stepsDone < totalSteps {
            let rate = schedule.rate(at: stepsDone)
            let outcome = try replica.step(stepsDone, rate: rate, statistics: &statistics)
            let loss = outcome.loss
            let samples = replica.batches.batch(ofStep: stepsDone % stepsPerEpoch).count
            guard outcome.isUpdated else {
                let epoch = Double(stepsDone) / Double(stepsPerEpoch)
                throw AgreedError(
                    everywhere: loss.nonFiniteCount > 0
                        ? TrainingError.nonFiniteLoss(
                            samples: loss.nonFiniteCount, step: stepsDone, epoch: epoch, rate: rate)
                        : .nonFiniteGradient(step: stepsDone, epoch: epoch, rate: rate))
            }
            stepsDone += 1
            try onStep(
                StepRecord(
                    step: stepsDone, epoch: Double(stepsDone) / Double(stepsPerEpoch), rate: rate,
                    loss: loss.mean(over: samples), samples: samples))

            guard stepsDone - cycleStart == stepsPerCycle || stepsDone == totalSteps else { continue }
            let seconds = clock.lap()
            guard try replica.update.hasFiniteParameters() else {
                throw AgreedError(
                    everywhere: TrainingError.nonFiniteParameters(
                        step: stepsDone, epoch: Double(stepsDone) / Double(stepsPerEpoch), rate: rate))
            }
            try replica.averageStatistics()
            try statistics.reduce(over: replica.communicator)
            let cycleLength = Double(stepsDone - cycleStart) / Double(stepsPerEpoch)
            func metrics(_ statistics: CycleStatistics) -> GlobalMetrics {
                statistics.metrics(cycle: cycle, step: stepsDone, cycleLength: cycleLength)
            }
            let train = metrics(statistics)
            let validation = try self.validation.map { metrics(try replica.evaluate($0)) }
            let test = try self.test.map { metrics(try replica.evaluate($0)) }
            let decision = schedule.observe(plan.source == .train ? train : validation!)
            try onCycle(
                CycleRecord(
                    cycle: cycle, step: stepsDone, epoch: Double(stepsDone) / Double(stepsPerEpoch), rate: rate,
                    decision: decision, train: train, validation: validation, test: test, trainingSeconds: seconds))

            statistics.reset()
            cycle += 1
            cycleStart = stepsDone
            clock.restart()
        }
    }
}

/// One step as seen by all ranks.
public struct StepRecord: Sendable {
    /// Updates done, this one included.
    public let step: Int
    public let epoch: Double
    /// The rate of this update.
    public let rate: Double
    /// Mean over the global batch, from before the update, in nats.
    public let loss: Double
    /// Of the global batch.
    public let samples: Int
}

/// One cycle as seen by all ranks.
public struct CycleRecord: Sendable {
    /// From 0.
    public let cycle: Int
    /// Updates done.
    public let step: Int
    public let epoch: Double
    /// The rate of the cycle's last step.
    public let rate: Double
    /// What the metrics did to the rate.
    public let decision: RateDecision
    /// From the predictions made while training.
    public let train: GlobalMetrics
    public let validation: GlobalMetrics?
    public let test: GlobalMetrics?
    /// Without evaluation.
    public let trainingSeconds: Double
}

/// Seconds of the monotonic clock.
struct StopWatch {
    private var start = ContinuousClock.now

    mutating func restart() {
        start = .now
    }

    func lap() -> Double {
        (ContinuousClock.now - start) / .seconds(1)
    }
}
