import DataParallel
import Datasets
import MPI
import NeuralNetwork

extension Replica {
    /// Training batches from which running statistics are made for averaged parameters: with a momentum of 0.1 those before
    /// would weigh an eighth.
    private static let statisticsBatches = 20

    /// True where an average of the parameters is kept, which evaluation looks at.
    public var averages: Bool { update.averages }

    /// Collective. Runs `body` with the parameters that are evaluated and kept in the place of those that steps change, and
    /// running statistics made for them: the average, or what the optimizer says; where there are no others, with the
    /// parameters as they are. To be called between two steps.
    ///
    /// - Throws: what `body` throws; unless it is an `AgreedError` the parameters are not what they were.
    package func withEvaluatedParameters<Result>(_ body: () throws -> Result) throws -> Result {
        guard update.evaluatesOthers, !holdsSelected else { return try body() }
        return try update.withEvaluatedParameters { exchange in try exchanging(by: exchange, body) }
    }

    /// Collective. The same with the parameters that `exchange` puts in the place of these, and that a second call of it takes
    /// out again.
    func exchanging<Result>(by exchange: () throws -> Void, _ body: () throws -> Result) throws -> Result {
        let statistics = runningStatistics.values
        try exchange()
        try estimateStatistics()
        func bringBack() throws {
            runningStatistics.values = statistics
            try exchange()
        }
        let result: Result
        do {
            result = try body()
        } catch let error as AgreedError {
            try bringBack()
            throw error
        }
        try bringBack()
        return result
    }

    /// Collective. Makes the running statistics anew, from the first batches of the training set, the same at each call
    /// (P. Izmailov et al., "Averaging Weights Leads to Wider Optima", UAI 2018, section 3.3).
    private func estimateStatistics() throws {
        let momenta = network.statisticMomenta
        guard !momenta.isEmpty else { return }
        // Frozen ones have a momentum of 0, and stay.
        runningStatistics.setAll(to: zip(momenta, network.statisticValues).map { $0 == 0 ? $1 : 0 })
        takeOrder(ofEpoch: 0)
        var passesOfShards = [Int](repeating: 0, count: shards.own.count)
        for step in 0..<min(Self.statisticsBatches, batches.stepsPerEpoch) {
            let batch = batches.batch(ofStep: step)
            let passes = passCount(ofStep: step)
            for number in 0..<passes {
                let samples = self.samples(ofPass: number, of: passes, step: step)
                guard !samples.isEmpty else { continue }
                let shard = shards.isFixed ? number : 0
                runningStatistics.select(shard: shard)
                let plan = try network.plan(batch: samples.count, mode: .training)
                load(samples, of: training, in: order, augmentedBy: augmenter, into: plan)
                try plan.forward(BatchPosition(step: step, firstSample: samples.lowerBound - batch.lowerBound))
                passesOfShards[shard] += 1
            }
            try joinPasses(after: passes, ofStep: step)
        }
        // A moving average that began with 0 lacks (1 − momentum)ⁿ of its weights.
        runningStatistics.values = zip(runningStatistics.values, passesOfShards).map { values, passes in
            zip(values, momenta).map { value, momentum in
                let missing = (0..<passes).reduce(Float(1)) { share, _ in share * (1 - momentum) }
                return passes > 0 && momentum > 0 ? value / (1 - missing) : value
            }
        }
        try averageStatistics()
    }
}
