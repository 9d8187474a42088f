import DataParallel
import InformationTheory
import LearningRate

extension Trainer {
    /// Where a training is between two steps: with the replica's parameters and state all that its future depends on.
    public struct State: Codable, Sendable {
        public var stepsDone: Int
        /// Without the steps that were left out.
        var updatesDone: Int
        public var schedule: RunningSchedule
        /// Factor of its rates.
        var rateScale: Double
        var stop: MutualInformationStop
        var hasStopped: Bool
        /// Where the best cycle is chosen; its weights are the replica's.
        var best: BestCycle?
        var cycle: Int
        /// The step of the last look, of which there is a line of metrics.
        var cycleStart: Int
        /// Counts of all ranks, of the cycle so far.
        var counts: CycleStatistics.Counts
        /// Where information is watched.
        var watch: InformationWatch?
        /// Counts of all ranks, of the window so far, and the step at which it began.
        var window: CycleStatistics.Counts?
        var windowStart: Int?
        var classMeans: ClassMeans?
        /// Time of the cycle so far.
        var cycleSeconds: Double
        /// Wall time of the training so far.
        package var seconds: Double
        /// Since the last look.
        package var samples: Int
    }

    /// Collective. To be called between two steps, by an observer say.
    public func state() throws -> State {
        countRecent()
        return State(
            stepsDone: stepsDone, updatesDone: updatesDone, schedule: schedule, rateScale: rateScale, stop: stop,
            hasStopped: hasStopped, best: best, cycle: cycle, cycleStart: cycleStart,
            counts: try statistics.counts(over: replica.communicator),
            watch: plan.watchesInformation ? watch : nil,
            window: plan.watchesInformation ? try window.counts(over: replica.communicator) : nil,
            windowStart: plan.watchesInformation ? windowStart : nil,
            classMeans: probe?.means, cycleSeconds: clock.seconds, seconds: seconds, samples: samples)
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
        stop = state.stop
        if let cycles = plan.stop?.cycles { stop = stop.taking(cycles: cycles) }
        best = plan.earlyStop.map { stop in
            state.best.flatMap { $0.metric == stop.metric ? $0 : nil } ?? BestCycle(by: stop.metric)
        }
        hasStopped = plan.stop != nil && stop.isMet || hasNoBetterCycle
        cycle = state.cycle
        cycleStart = state.cycleStart
        probe?.means = state.classMeans
        clock.reset(to: state.cycleSeconds)
        wallClock.reset(to: state.seconds)
        samples = state.samples
        rates = schedule.rates(at: max(0, stepsDone - 1)).scaled(by: rateScale)
        leftOut = 0
        pending.putOff()
        failure = nil
    }
}
