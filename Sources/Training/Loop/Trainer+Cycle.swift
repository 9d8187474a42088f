import DataParallel
import InformationTheory
import LearningRate

extension Trainer {
    /// Collective. The look at mutual information, and what it makes of the rate. Where a rank asks for an interruption while sets
    /// are evaluated, it is as if the look had not begun.
    func endCycle() throws {
        clock.pause()
        defer { clock.run() }
        try checkParameters()
        let running = replica.runningStatistics.values
        try replica.averageStatistics()
        countRecent()
        var trained = statistics
        try trained.reduce(over: replica.communicator)
        let length = Double(stepsDone - cycleStart) / Double(replica.batches.stepsPerEpoch)
        func metrics(_ statistics: CycleStatistics) -> GlobalMetrics {
            statistics.metrics(cycle: cycle, step: stepsDone, cycleLength: length)
        }
        let train = metrics(trained)
        var isBest: Bool?
        let evaluated = try evaluations { validation, test in
            isBest = try select(train, validation.map(metrics), test.map(metrics))
        }
        guard let evaluated else {
            replica.runningStatistics.values = running
            pending.agree(on: .interruption)
            return
        }
        let (validation, test) = (evaluated.validation.map(metrics), evaluated.test.map(metrics))
        var steering = plan.source == .train ? train : validation!
        let measuring = StopWatch()
        steering.layers =
            try probe?.measure(
                plan.source == .train ? replica.training : self.validation!, cycle: cycle, with: replica) ?? []
        let trainingSeconds = clock.seconds + (probe == nil ? 0 : measuring.lap())
        let hasNothingToGain = stop.observe(steering, rateIsAtMinimum: schedule.isAtMinimum)
        hasStopped = plan.stop != nil && hasNothingToGain || hasNoBetterCycle
        let rate = rateScale * schedule.rate(at: stepsDone - 1)
        let decision = schedule.observe(steering).scaled(by: rateScale)
        let line = CycleMetrics(
            step: stepsDone, epoch: epoch, seconds: seconds, samplesPerSecond: Double(samples) / trainingSeconds,
            rate: rate, decision: "\(decision)", best: isBest, train: train.predictions,
            validation: validation?.predictions,
            test: test?.predictions, layers: layerLines(steering.layers))
        let record = CycleRecord(
            cycle: cycle, metrics: line, rates: rates, decision: decision, train: train, validation: validation,
            test: test, testConfusion: evaluated.test.flatMap { $0.tables.count == 1 ? $0.confusion : nil },
            layers: steering.layers,
            trainingSeconds: trainingSeconds)
        statistics.reset()
        cycle += 1
        cycleStart = stepsDone
        samples = 0
        clock.reset(to: 0)
        try tell { try $0.cycle(record, of: self) }
    }

    /// Collective. What the sets count that are looked at each cycle, by the parameters that are evaluated.
    ///
    /// - Parameter body: is given the counts while these parameters are in place.
    /// - Returns: nil where a rank asked for an interruption meanwhile.
    private func evaluations(
        _ body: (_ validation: CycleStatistics?, _ test: CycleStatistics?) throws -> Void
    ) throws -> (validation: CycleStatistics?, test: CycleStatistics?)? {
        try replica.withEvaluatedParameters {
            var counts: [CycleStatistics?] = []
            for set in [validation, test] {
                guard let set else {
                    counts.append(nil)
                    continue
                }
                let statistics = try replica.evaluate(set) {
                    takeRequests(before: nil)
                    return pending.open
                }
                guard let statistics else { return nil }
                counts.append(statistics)
            }
            try body(counts[0], counts[1])
            return (counts[0], counts[1])
        }
    }

    /// Collective. Sets the weights aside where the cycle is the best one so far.
    ///
    /// - Returns: whether it is; nil where none is chosen.
    private func select(_ train: GlobalMetrics, _ validation: GlobalMetrics?, _ test: GlobalMetrics?) throws -> Bool? {
        guard let metric = best?.metric else { return nil }
        let value = metric.value(
            train: train.predictions, validation: validation?.predictions, test: test?.predictions)
        // The same on every rank.
        guard best?.observe(value ?? .nan, step: stepsDone) == true else { return false }
        try replica.select()
        return true
    }

    /// Why metrics have ended the training before its time, in words; nil where they have not.
    package var reasonOfStop: String? {
        guard hasStopped else { return nil }
        if hasNoBetterCycle, let stop = plan.earlyStop {
            return
                "\(stop.metric.rawValue) has not improved for \(stop.patience) \(stop.patience == 1 ? "cycle" : "cycles")"
        }
        return "the rate is at its minimum and mutual information has not grown by more than its error for "
            + "\(stop.cycles) cycles"
    }

    /// True where the best cycle is as long ago as the plan takes to end the training.
    var hasNoBetterCycle: Bool {
        guard let stop = plan.earlyStop, let best else { return false }
        return best.cyclesSince >= stop.patience
    }

    /// Rates and information of each layer with parameters; nil where all have the same rate.
    ///
    /// - Parameter measures: of the layers; empty where they were not measured.
    private func layerLines(_ measures: [LayerMetrics]) -> [LayerCycleMetrics]? {
        guard case .perLayer(let rates) = rates else { return nil }
        return zip(replica.network.layout.layers, rates).enumerated().map { index, layer in
            var line = LayerCycleMetrics(layer: layer.0, rate: layer.1)
            if !measures.isEmpty {
                line.mutualInformation = measures[index].mutualInformation
                line.standardError = measures[index].standardError
                line.residual = measures[index].residual
            }
            return line
        }
    }

    /// Adds the steps since the last call to those of the cycle and of the window.
    func countRecent() {
        statistics.add(recent)
        if plan.watchesInformation { window.add(recent) }
        recent.reset()
    }

    /// Collective. Looks at mutual information where the step ended a window, and keeps the best one to go back to.
    ///
    /// - Throws: an `AgreedError` of `TrainingError` where information fell, or nothing was learnt.
    func closeWindow() throws {
        guard plan.watchesInformation, stepsDone - windowStart >= InformationWatch.windowSteps(of: totalSteps) else {
            return
        }
        countRecent()
        var counts = window
        try counts.reduce(over: replica.communicator)
        window.reset()
        windowStart = stepsDone
        let rate = rateScale * schedule.rate(at: stepsDone - 1)
        let windowSteps = InformationWatch.windowSteps(of: totalSteps)
        switch watch.observe(
            counts.confusion, Array(counts.tables.dropFirst()), loss: counts.meanLoss,
            lossOfGuessing: replica.lossOfGuessing,
            patience: max(InformationWatch.patience, (plan.stepsOfPatience - 1) / windowSteps + 1))
        {
        case .held: return
        case .best:
            guard kept != nil, !InformationWatch.goesBackToBeginning(after: stepsDone, of: totalSteps) else { return }
            // Nothing is kept that is not finite or not alike on all ranks.
            try checkParameters()
            kept = try keep()
        case .fell(let from, let to):
            throw end(.informationFell(from: from, to: to, step: stepsDone, rate: rate))
        case .worseThanNothing(let loss, let isOfRate):
            throw end(.worseThanNothing(loss: loss, step: stepsDone, rate: rate, isOfRate: isOfRate))
        case .knowsNothing(_, let isOfRate):
            throw end(.nothingLearnt(step: stepsDone, rate: rate, isOfRate: isOfRate))
        }
    }
}
