import DataParallel
import Datasets
import LearningRate
import MPI

/// The training loop of one rank: steps, cycles, and the rate that the cycles' mutual information decides.
public final class Trainer {
    public let replica: Replica
    public internal(set) var schedule: RunningSchedule
    /// Steps done, those that were left out too.
    public internal(set) var stepsDone = 0
    /// Those that updated the parameters.
    package internal(set) var updatesDone = 0
    /// What ended the training before its time, where numbers were not finite; the same on all ranks.
    public internal(set) var failure: TrainingError?

    /// True where metrics have ended the training before its time: there was nothing more to gain.
    public internal(set) var hasStopped = false

    /// Whether a rank's request ended the training before its time.
    public private(set) var isInterrupted = false

    let plan: Plan
    package let validation: (any Dataset)?
    let test: (any Dataset)?

    /// Number of the present cycle.
    var cycle = 0
    /// The step of the last look at mutual information.
    package var cycleStart = 0
    var statistics: CycleStatistics
    /// Counts of the steps that `statistics` and `window` do not hold yet.
    var recent: CycleStatistics
    /// Counts of the present window, where information is watched.
    var window: CycleStatistics
    var windowStart = 0
    var watch = InformationWatch()
    /// Time of the cycle so far, without evaluations.
    var clock = PausableWatch()
    /// Time of the training so far, with evaluations.
    var wallClock = PausableWatch()
    /// Since the last look.
    var samples = 0
    /// Rates of the step before.
    var rates: LayerRates
    /// Observes always, so that a training that goes on can be given an end by it.
    var stop: MutualInformationStop
    /// Where the plan chooses one.
    package var best: BestCycle?
    var probe: LayerProbe?
    /// What the schedule's rates are multiplied by.
    public package(set) var rateScale = 1.0
    /// Steps left out, one after the other.
    var leftOut = 0
    var pending = PendingRequests()
    /// When a training that is not watched keeps what it may go back to; of rank 0.
    private var keeping: CheckpointPolicy?
    /// The state that the training goes back to, where the plan wants it.
    var kept: Kept?
    /// How often it has, of one run of the program.
    var rollBacks = 0
    private(set) var observers: [any TrainingObserver] = []

    /// - Parameters:
    ///   - validation: looked at each cycle; needed where it steers the rate.
    ///   - test: looked at each cycle, steers nothing.
    public init(
        _ replica: Replica, schedule: RunningSchedule, plan: Plan, validation: (any Dataset)?, test: (any Dataset)?
    ) {
        precondition(
            plan.source == .train || validation != nil, "the validation set steers the rate but there is none")
        let chosenBy = plan.earlyStop?.metric.samples
        precondition(
            chosenBy != .validation || validation != nil, "the validation set chooses the cycle but there is none")
        precondition(chosenBy != .test || test != nil, "the test set chooses the cycle but there is none")
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
        best = plan.earlyStop.map { BestCycle(by: $0.metric) }
        probe = plan.layers.map(LayerProbe.init)
    }

    /// Steps of the whole training, unless metrics end it earlier.
    public var totalSteps: Int { plan.totalSteps(perEpoch: replica.batches.stepsPerEpoch) }

    /// Steps of a cycle; the last one may be shorter.
    public var stepsPerCycle: Int {
        Plan.stepsPerCycle(ofEpochs: plan.cycle, perEpoch: replica.batches.stepsPerEpoch)
    }

    /// Wall time of the training so far, evaluations included, in seconds.
    public var seconds: Double { wallClock.seconds }

    /// Passes over the training set so far.
    var epoch: Double { Double(stepsDone) / Double(replica.batches.stepsPerEpoch) }

    /// Collective. Trains to the end, or until a rank asks for an interruption; every rank sees the same metrics and takes the
    /// same rates. Where the plan wants it, a step whose numbers are not finite brings the training back to what was kept last in
    /// memory: when the plan's `keeping` or an observer asked for a checkpoint, or at the beginning. Where information is watched,
    /// it is the best window or, in the first quarter, the beginning; and a fall of information brings the training back too.
    ///
    /// Where the plan chooses the best cycle, its weights are in the place of the last ones after the training's end, when observers
    /// have been told of it; another call then does nothing.
    ///
    /// - Throws: an `AgreedError` of `TrainingError` where loss, gradient or parameters are not finite, or information fell,
    ///   and the training does not go back; what observers throw; `MPIError`, an error of oneDNN.
    public func train(observedBy observers: [any TrainingObserver] = []) throws {
        if replica.holdsSelected { return }
        self.observers = observers
        isInterrupted = false
        rollBacks = 0
        pending.putOff()
        defer {
            if failure == nil { pending = PendingRequests() }
            self.observers = []
        }
        clock.run()
        wallClock.run()
        defer {
            clock.pause()
            wallClock.pause()
        }
        try endingByFailures {
            try tell { try $0.begin(self) }
            try keepBeginning()
            while !isOver {
                try goingBack {
                    if !isCycleDone {
                        try step()
                        try closeWindow()
                        // A longer training would not look here, and can go on from what is kept before.
                        if isCycleDone, isCutShort { try answerRequests() }
                    }
                    if isCycleDone, !isInterrupted { try endCycle() }
                    try answerRequests()
                }
            }
        }
        try tell { try $0.end(self) }
        if !isInterrupted, best?.value != nil { try replica.takeUpSelected() }
    }

    private var isOver: Bool { isInterrupted || hasStopped || stepsDone >= totalSteps && !isCycleDone }

    /// Whether all steps of a cycle are done and it has not been looked at.
    private var isCycleDone: Bool {
        stepsDone > cycleStart && (stepsDone - cycleStart == stepsPerCycle || stepsDone == totalSteps)
    }

    /// Whether the cycle whose steps are done is shorter than the others.
    private var isCutShort: Bool { stepsDone - cycleStart < stepsPerCycle }

    /// Collective. One update from a global batch.
    private func step() throws {
        let rate = rateScale * schedule.rate(at: stepsDone)
        rates = schedule.rates(at: stepsDone).scaled(by: rateScale)
        takeRequests(before: upcomingStep)
        let outcome = try replica.step(
            stepsDone, updates: updatesDone, rates: rates, statistics: &recent, requests: pending.open)
        pending.agree(on: outcome.requests)
        let loss = outcome.loss
        let count = replica.batches.batch(ofStep: stepsDone % replica.batches.stepsPerEpoch).count
        leftOut = outcome.isUpdated ? 0 : leftOut + 1
        guard outcome.isUpdated || plan.leavesOutNonFiniteSteps && leftOut <= Plan.mostLeftOut else {
            throw end(
                loss.nonFiniteCount > 0
                    ? .nonFiniteLoss(samples: loss.nonFiniteCount, step: stepsDone, epoch: epoch, rate: rate)
                    : .nonFiniteGradient(step: stepsDone, epoch: epoch, rate: rate))
        }
        if watch.initialLoss == nil { watch.initialLoss = outcome.meanLoss }
        stepsDone += 1
        updatesDone += outcome.isUpdated ? 1 : 0
        samples += count
        let record = StepRecord(
            step: stepsDone, epoch: epoch, rate: rate, loss: outcome.meanLoss, samples: count)
        try tell { try $0.step(record, of: self) }
    }

    /// Takes up what this rank asks for with the step that is about to be done, or meanwhile where it is nil.
    func takeRequests(before step: UpcomingStep?) {
        for observer in observers { pending.add(observer.requests(before: step)) }
        guard let step else { return }
        if keeping?.asks(afterStep: step.step, endsCycle: step.endsCycle, isBusy: false) == true {
            pending.add(.checkpoint)
        }
    }

    private var upcomingStep: UpcomingStep {
        let (step, endsTraining) = (stepsDone + 1, stepsDone + 1 == totalSteps)
        return UpcomingStep(
            step: step, endsCycle: endsTraining || step - cycleStart == stepsPerCycle, endsTraining: endsTraining)
    }

    /// Collective. Has all ranks do what any of them asked for.
    private func answerRequests() throws {
        let requests = pending.agreed
        guard !requests.isEmpty else { return }
        // Nothing is kept that is not finite or not alike on all ranks.
        try checkParameters()
        if kept != nil, !plan.watchesInformation { kept = try keep() }
        try tell { try $0.checkpoint(requests, of: self) }
        isInterrupted = requests.contains(.interruption)
        pending.settle()
    }

    /// Collective. Ends the training where a parameter is not finite or ranks have come apart.
    func checkParameters() throws {
        guard try replica.update.hasFiniteParameters() else {
            throw end(
                .nonFiniteParameters(step: stepsDone, epoch: epoch, rate: rateScale * schedule.rate(at: stepsDone - 1)))
        }
        try replica.checkConsistency(rates, step: stepsDone)
    }

    /// Keeps the beginning, where the plan wants the training to go back.
    private func keepBeginning() throws {
        guard plan.rollBackFactor != nil else { return }
        kept = try keep()
        keeping =
            replica.communicator.rank == 0 && !plan.watchesInformation ? CheckpointPolicy(plan.keeping) : nil
    }

    func tell(_ event: (any TrainingObserver) throws -> Void) throws {
        for observer in observers { try event(observer) }
    }

    func end(_ failure: TrainingError) -> AgreedError {
        self.failure = failure
        return AgreedError(everywhere: failure)
    }
}
