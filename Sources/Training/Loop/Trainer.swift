import DataParallel
import Datasets
import InformationTheory
import LearningRate
import MPI

/// The training loop of one rank: steps, cycles, and the rate that the cycles' mutual information decides.
public final class Trainer {
    public let replica: Replica
    public private(set) var schedule: RunningSchedule
    /// Steps done, those that were left out too.
    public private(set) var stepsDone = 0
    /// Those that updated the parameters.
    package private(set) var updatesDone = 0
    /// What ended the training before its time, where numbers were not finite; the same on all ranks.
    public private(set) var failure: TrainingError?

    /// Whether mutual information has ended the training: there was nothing more to gain.
    public private(set) var hasStopped = false

    /// Whether a rank's request ended the training before its time.
    public private(set) var isInterrupted = false

    let plan: Plan
    private let validation: (any Dataset)?
    private let test: (any Dataset)?

    /// Of the present cycle.
    private var cycle = 0
    private var cycleStart = 0
    private var statistics: CycleStatistics
    /// Counts of the steps that `statistics` and `window` do not hold yet.
    private var recent: CycleStatistics
    /// Counts of the present window, where information is watched.
    private var window: CycleStatistics
    private var windowStart = 0
    private(set) var watch = InformationWatch()
    /// Of the cycle so far, without evaluations.
    private var clock = PausableWatch()
    /// Of the step before.
    private var rates: LayerRates
    /// Observes always, so that a training that goes on can be given an end by it.
    private var stop: MutualInformationStop
    private var probe: LayerProbe?
    /// What the schedule's rates are multiplied by.
    public private(set) var rateScale = 1.0
    /// Steps left out, one after the other.
    private var leftOut = 0
    /// What was asked for and not done yet when a step or a cycle failed.
    private var unanswered = StepRequests()

    /// How long to train, in what portions, and what steers the rate.
    public struct Plan: Sendable {
        public var epochs: Int
        /// Epochs between two looks at mutual information; rounded to whole steps, at least one.
        public var cycle: Double
        /// The most steps; nil for no limit but the epochs.
        public var maximumSteps: Int?
        /// The predictions that steer the rate.
        public var source: PredictionSource

        /// What ends the training before its time; nil for nothing.
        public var stop: MutualInformationStop?

        /// How it is measured what each layer says about the labels; nil not to.
        public var layers: LayerwiseSettings?

        /// Whether the training goes on behind a step with a loss or a gradient that is not finite, which is left out.
        public var leavesOutNonFiniteSteps = false
        /// What all rates are multiplied by when the training goes back, in (0, 1), after a step with a loss or a gradient that
        /// is not finite; nil not to go back.
        public var rollBackFactor: Double?
        /// Has the training also go back, to its best window, where mutual information falls or nothing is learnt.
        public var watchesInformation = false
        /// When what a training that is not watched goes back to is kept in memory.
        public var keeping = Configuration.Checkpoint()
        /// The most steps that are left out one after the other.
        static let mostLeftOut = 100

        public init(
            epochs: Int, cycle: Double = 1, maximumSteps: Int? = nil, source: PredictionSource = .train,
            stop: MutualInformationStop? = nil, layers: LayerwiseSettings? = nil
        ) {
            self.epochs = epochs
            self.cycle = cycle
            self.maximumSteps = maximumSteps
            self.source = source
            self.stop = stop
            self.layers = layers
        }

        /// Whole steps of a cycle that is so many epochs long, at least one.
        package static func stepsPerCycle(ofEpochs cycle: Double, perEpoch steps: Int) -> Int {
            max(1, Int((cycle * Double(steps)).rounded()))
        }

        func totalSteps(perEpoch steps: Int) -> Int {
            min(epochs * steps, maximumSteps ?? .max)
        }
    }

    /// - Parameters:
    ///   - validation: looked at each cycle; needed where it steers the rate.
    ///   - test: looked at each cycle, steers nothing.
    public init(
        _ replica: Replica, schedule: RunningSchedule, plan: Plan, validation: (any Dataset)?, test: (any Dataset)?
    ) {
        precondition(
            plan.source == .train || validation != nil, "the validation set steers the rate but there is none")
        self.replica = replica
        self.schedule = schedule
        self.plan = plan
        self.validation = validation
        self.test = test
        statistics = replica.makeStatistics()
        recent = replica.makeStatistics()
        window = replica.makeStatistics()
        rates = schedule.rates(at: 0)
        stop = plan.stop ?? MutualInformationStop()
        probe = plan.layers.map(LayerProbe.init)
    }

    /// Steps of the whole training, unless mutual information ends it earlier.
    public var totalSteps: Int { plan.totalSteps(perEpoch: replica.batches.stepsPerEpoch) }

    /// Steps of a cycle; the last one may be shorter.
    public var stepsPerCycle: Int {
        Plan.stepsPerCycle(ofEpochs: plan.cycle, perEpoch: replica.batches.stepsPerEpoch)
    }

    /// Collective. Trains to the end, until a rank asks for an interruption, or until numbers are not finite or information
    /// falls; as ``train`` but that it never goes back.
    ///
    /// - Parameter onBest: called after a step that ended the best window so far, between two steps, but for those of the
    ///   beginning.
    func trainOnce(
        onBest: () throws -> Void = {},
        requests: (_ stepsDone: Int, _ endsCycle: Bool) -> StepRequests = { _, _ in [] },
        onRequest: (StepRequests) throws -> Void = { _ in },
        onStep: (StepRecord) throws -> Void = { _ in }, onCycle: (CycleRecord) throws -> Void = { _ in }
    ) throws {
        clock.run()
        defer { clock.pause() }
        isInterrupted = false
        // What was asked for while a cycle was evaluated goes along with the next step, as does what a failure cut off.
        var held = unanswered
        func ask(_ step: Int, _ endsCycle: Bool) -> StepRequests {
            held.formUnion(requests(step, endsCycle))
            unanswered.formUnion(held)
            return held
        }
        defer { if failure == nil { unanswered = [] } }
        while (stepsDone < totalSteps || isCycleDone) && !hasStopped && !isInterrupted {
            var asked = StepRequests()
            // Training that was interrupted while it evaluated a cycle begins with that.
            var endsCycle = isCycleDone
            if !endsCycle {
                endsCycle = stepsDone + 1 - cycleStart == stepsPerCycle || stepsDone + 1 == totalSteps
                asked = try step(ask(stepsDone + 1, endsCycle), onStep)
                held = []
                unanswered = asked
                if try closesBestWindow() { try onBest() }
                if endsCycle, isCutShort, !asked.isEmpty {
                    try checkParameters()
                    try onRequest(asked)
                    unanswered = []
                    isInterrupted = asked.contains(.interruption)
                    // Training that goes on begins with the look.
                    if isInterrupted { continue }
                    asked = []
                }
            }
            if endsCycle, try !endCycle({ ask(stepsDone, false) }, onCycle) { asked.insert(.interruption) }
            isInterrupted = asked.contains(.interruption)
            guard !asked.isEmpty else { continue }
            // What is kept is right; at the end of a cycle it has been looked at.
            if !endsCycle { try checkParameters() }
            try onRequest(asked)
            unanswered = held
        }
    }

    /// Whether all steps of a cycle are done and it has not been looked at.
    private var isCycleDone: Bool {
        stepsDone > cycleStart && (stepsDone - cycleStart == stepsPerCycle || stepsDone == totalSteps)
    }

    /// Whether the cycle whose steps are done is shorter than the others.
    private var isCutShort: Bool { stepsDone - cycleStart < stepsPerCycle }

    /// - Returns: what any rank asked for.
    private func step(_ requests: StepRequests, _ onStep: (StepRecord) throws -> Void) throws -> StepRequests {
        let stepsPerEpoch = replica.batches.stepsPerEpoch
        let rate = rateScale * schedule.rate(at: stepsDone)
        rates = schedule.rates(at: stepsDone).scaled(by: rateScale)
        let outcome = try replica.step(
            stepsDone, updates: updatesDone, rates: rates, statistics: &recent, requests: requests)
        let loss = outcome.loss
        let samples = replica.batches.batch(ofStep: stepsDone % stepsPerEpoch).count
        leftOut = outcome.isUpdated ? 0 : leftOut + 1
        guard outcome.isUpdated || plan.leavesOutNonFiniteSteps && leftOut <= Plan.mostLeftOut else {
            let epoch = Double(stepsDone) / Double(stepsPerEpoch)
            throw end(
                loss.nonFiniteCount > 0
                    ? .nonFiniteLoss(samples: loss.nonFiniteCount, step: stepsDone, epoch: epoch, rate: rate)
                    : .nonFiniteGradient(step: stepsDone, epoch: epoch, rate: rate))
        }
        if watch.initialLoss == nil { watch.initialLoss = loss.mean(over: samples) }
        stepsDone += 1
        updatesDone += outcome.isUpdated ? 1 : 0
        try onStep(
            StepRecord(
                step: stepsDone, epoch: Double(stepsDone) / Double(stepsPerEpoch), rate: rate,
                loss: loss.mean(over: samples), samples: samples))
        return outcome.requests
    }

    /// The look at mutual information, and what it makes of the rate.
    ///
    /// - Parameter requests: what this rank asks for, while sets are evaluated.
    /// - Returns: false where a rank asked for an interruption, and nothing was looked at.
    private func endCycle(_ requests: () -> StepRequests, _ onCycle: (CycleRecord) throws -> Void) throws -> Bool {
        let stepsPerEpoch = replica.batches.stepsPerEpoch
        let epoch = Double(stepsDone) / Double(stepsPerEpoch)
        clock.pause()
        defer { clock.run() }
        let rate = rateScale * schedule.rate(at: stepsDone - 1)
        try checkParameters()
        let running = replica.runningStatistics.values
        try replica.averageStatistics()
        countRecent()
        var trained = statistics
        try trained.reduce(over: replica.communicator)
        let cycleLength = Double(stepsDone - cycleStart) / Double(stepsPerEpoch)
        func metrics(_ statistics: CycleStatistics) -> GlobalMetrics {
            statistics.metrics(cycle: cycle, step: stepsDone, cycleLength: cycleLength)
        }
        let train = metrics(trained)
        var evaluated: [GlobalMetrics?] = []
        var confusion: ConfusionMatrix?
        let isComplete = try replica.withEvaluatedParameters {
            for set in [self.validation, self.test] {
                guard let set else {
                    evaluated.append(nil)
                    continue
                }
                guard let statistics = try replica.evaluate(set, requests: requests) else { return false }
                evaluated.append(metrics(statistics))
                confusion = statistics.confusion
            }
            return true
        }
        guard isComplete else {
            // As if it had not begun.
            replica.runningStatistics.values = running
            return false
        }
        let (validation, test) = (evaluated[0], evaluated[1])
        var steering = plan.source == .train ? train : validation!
        let measuring = StopWatch()
        steering.layers =
            try probe?.measure(
                plan.source == .train ? replica.training : self.validation!, cycle: cycle, with: replica) ?? []
        let measuringSeconds = probe == nil ? 0 : measuring.lap()
        let hasNothingToGain = stop.observe(steering, rateIsAtMinimum: schedule.isAtMinimum)
        hasStopped = plan.stop != nil && hasNothingToGain
        let decision = schedule.observe(steering).scaled(by: rateScale)
        let record = CycleRecord(
            cycle: cycle, step: stepsDone, epoch: epoch, rate: rate, rates: rates,
            layerNames: replica.network.layout.layers, decision: decision, train: train, validation: validation,
            test: test, testConfusion: test == nil ? nil : confusion, layers: steering.layers,
            trainingSeconds: clock.seconds + measuringSeconds)
        statistics.reset()
        cycle += 1
        cycleStart = stepsDone
        clock.reset(to: 0)
        try onCycle(record)
        return true
    }

    /// Adds the steps since the last call to those of the cycle and of the window.
    private func countRecent() {
        statistics.add(recent)
        if plan.watchesInformation { window.add(recent) }
        recent.reset()
    }

    /// Collective. Looks at mutual information where the step ended a window.
    ///
    /// - Returns: whether the window is what to go back to from here on.
    /// - Throws: an `AgreedError` of `TrainingError` where information fell, or nothing was learnt.
    private func closesBestWindow() throws -> Bool {
        guard plan.watchesInformation, stepsDone - windowStart >= InformationWatch.windowSteps(of: totalSteps) else {
            return false
        }
        countRecent()
        var counts = window
        try counts.reduce(over: replica.communicator)
        window.reset()
        windowStart = stepsDone
        let rate = rateScale * schedule.rate(at: stepsDone - 1)
        switch watch.observe(counts.confusion, loss: counts.meanLoss) {
        case .held: return false
        case .best:
            guard !InformationWatch.goesBackToBeginning(after: stepsDone, of: totalSteps) else { return false }
            // Nothing is kept that is not finite or not alike on all ranks.
            try checkParameters()
            return true
        case .fell(let from, let to):
            throw end(.informationFell(from: from, to: to, step: stepsDone, rate: rate))
        case .worseThanNothing(let loss): throw end(.worseThanNothing(loss: loss, step: stepsDone, rate: rate))
        case .knowsNothing: throw end(.nothingLearnt(step: stepsDone, rate: rate))
        }
    }

    /// Collective. Ends the training where a parameter is not finite or ranks have come apart.
    private func checkParameters() throws {
        guard try replica.update.hasFiniteParameters() else {
            let epoch = Double(stepsDone) / Double(replica.batches.stepsPerEpoch)
            throw end(
                .nonFiniteParameters(step: stepsDone, epoch: epoch, rate: rateScale * schedule.rate(at: stepsDone - 1)))
        }
        try replica.checkConsistency(rates, step: stepsDone)
    }

    /// Multiplies all rates to come; the same on all ranks. To be called when the training has gone back.
    package func setRateScale(_ scale: Double) {
        rateScale = scale
    }

    /// The same, where information was watched until the failure by `later`.
    func setRateScale(_ scale: Double, watchedBy later: InformationWatch) {
        rateScale = scale
        watch = watch.afterGoingBack(from: later)
    }

    private func end(_ failure: TrainingError) -> AgreedError {
        self.failure = failure
        return AgreedError(everywhere: failure)
    }
}

// MARK: - To keep and to take up again

extension Trainer {
    /// Where a training is between two steps: with the replica's parameters and state all that its future depends on.
    public struct State: Codable, Sendable {
        public var stepsDone: Int
        /// Without the steps that were left out.
        var updatesDone: Int
        public var schedule: RunningSchedule
        /// What its rates are multiplied by.
        var rateScale: Double
        /// Nil in files that are older than its being kept always.
        var stop: MutualInformationStop?
        var hasStopped: Bool
        var cycle: Int
        /// The step of the last look, of which there is a line of metrics.
        var cycleStart: Int
        /// Of all ranks, of the cycle so far.
        var counts: CycleStatistics.Counts
        /// Where information is watched.
        var watch: InformationWatch?
        /// Counts of all ranks, of the window so far, and the step at which it began.
        var window: CycleStatistics.Counts?
        var windowStart: Int?
        var classMeans: ClassMeans?
        /// Of the cycle so far.
        var cycleSeconds: Double
    }

    /// Collective. To be called between two steps, from `onRequest` say.
    public func state() throws -> State {
        countRecent()
        return State(
            stepsDone: stepsDone, updatesDone: updatesDone, schedule: schedule, rateScale: rateScale, stop: stop,
            hasStopped: hasStopped, cycle: cycle, cycleStart: cycleStart,
            counts: try statistics.counts(over: replica.communicator),
            watch: plan.watchesInformation ? watch : nil,
            window: plan.watchesInformation ? try window.counts(over: replica.communicator) : nil,
            windowStart: plan.watchesInformation ? windowStart : nil,
            classMeans: probe?.means, cycleSeconds: clock.seconds)
    }

    /// Takes up a training of the same plan, but for its length and what stops it; every rank calls it with the same state,
    /// before `train`.
    ///
    /// - Throws: `CountsMismatch` where the state is of another experiment.
    public func restore(_ state: State) throws {
        for counts in [\Trainer.statistics, \.recent, \.window] { self[keyPath: counts] = replica.makeStatistics() }
        if replica.communicator.rank == 0 {
            try statistics.take(up: state.counts)
            if let kept = state.window { try window.take(up: kept) }
        }
        watch = state.watch ?? InformationWatch()
        windowStart = state.windowStart ?? state.stepsDone
        stepsDone = state.stepsDone
        updatesDone = state.updatesDone
        schedule = state.schedule
        rateScale = state.rateScale
        stop = state.stop ?? MutualInformationStop()
        if let cycles = plan.stop?.cycles { stop = stop.taking(cycles: cycles) }
        hasStopped = plan.stop != nil && stop.isMet
        cycle = state.cycle
        cycleStart = state.cycleStart
        probe?.means = state.classMeans
        clock.reset(to: state.cycleSeconds)
        rates = schedule.rates(at: max(0, stepsDone - 1)).scaled(by: rateScale)
        leftOut = 0
        failure = nil
    }
}
