import DataParallel
import Foundation
import LearningRate
import MPI
import Training

/// What training steps take on some of a job's ranks, while the others sleep.
public struct ScalingMeasurement: Sendable, Codable, Equatable {
    /// What stays the same when there are more ranks.
    public enum Kind: String, CaseIterable, Codable, Sendable {
        /// The global batch.
        case strong
        /// The batch of a rank.
        case weak
    }

    public var kind: Kind
    public var ranks: Int
    /// Samples of a step over all ranks.
    public var batch: Int
    /// Of each step of all repetitions, from its begin on the first rank to its end.
    public var stepSeconds: [Double] = []
    /// The means a step of the parts, on the first rank, in seconds: samples chosen and converted.
    public var data = 0.0
    /// Forward pass, loss and backward pass.
    public var compute = 0.0
    /// Gradients summed after the backward pass, and not hidden behind it.
    public var reduction = 0.0
    /// Until the other ranks had come as far.
    public var waiting = 0.0
    /// Parameters and optimizer state.
    public var optimizer = 0.0
    /// Counts reduced, mutual information and the schedule's decision, spread over the steps of a cycle.
    public var mutualInformation = 0.0

    init(kind: Kind, ranks: Int, batch: Int) {
        self.kind = kind
        self.ranks = ranks
        self.batch = batch
    }

    /// The middle of the steps.
    public var seconds: Double { quantile(0.5) }
    public var samplesPerSecond: Double { Double(batch) / seconds }

    /// The time that a share of the steps does not exceed.
    public func quantile(_ share: Double) -> Double {
        let sorted = stepSeconds.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}

/// Takes the measurements: every number of ranks by turns, so that a machine that grows slower does so for all.
public struct ScalingStudy {
    public var configuration: Configuration
    public var repetitions = 5
    /// Of each measurement and repetition.
    public var steps = 20
    /// Before each repetition.
    public var warmUp = 3

    public init(_ configuration: Configuration) {
        self.configuration = configuration
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
    /// - Parameter report: takes a line of progress; called on the first rank.
    /// - Returns: on all ranks: strong ones first, rising in ranks; and the bytes of a gradient.
    /// - Throws: `AgreedError` of what data and configuration lack; `MPIError`, `DNNLError`.
    public func measure(
        dataRoot: String?, over world: any Communicator, report: (String) -> Void
    ) throws -> (measurements: [ScalingMeasurement], gradientBytes: Int) {
        let data = try world.agree { try configuration.loadData(root: dataRoot) }
        let counts = Self.rankCounts(upTo: world.size)
        var cases: [Case] = []
        for kind in ScalingMeasurement.Kind.allCases {
            for ranks in counts {
                var configuration = configuration
                if kind == .weak {
                    configuration.training.batch = max(1, configuration.training.batch / world.size) * ranks
                }
                let group = try world.split(color: world.rank < ranks ? 0 : nil, key: world.rank)
                let setup = try group.map { try Setup(configuration, dataRoot: dataRoot, data: data, over: $0) }
                cases.append(
                    Case(
                        setup: setup,
                        measurement: ScalingMeasurement(
                            kind: kind, ranks: ranks, batch: configuration.training.batch)))
                try sleepUntilAllCome(world)
            }
        }
        for repetition in 0..<repetitions {
            for index in cases.indices {
                try cases[index].run(steps: steps, warmUp: warmUp)
                try sleepUntilAllCome(world)
            }
            if world.rank == 0 { report("repetition \(repetition + 1) of \(repetitions)") }
        }
        // The first rank was in all of them.
        let own = world.rank == 0 ? cases.map { $0.result(repetitions: repetitions) } : []
        var text = world.rank == 0 ? Array(try JSONEncoder().encode(own)) : []
        let length = try world.broadcast(text.count, root: 0)
        if world.rank != 0 { text = [UInt8](repeating: 0, count: length) }
        try world.broadcast(&text, root: 0)
        // Every rank was in the last.
        let parameters = cases[cases.count - 1].setup?.replica.network.layout.count ?? 0
        return (
            try JSONDecoder().decode([ScalingMeasurement].self, from: Data(text)),
            MemoryLayout<Float>.stride * parameters
        )
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
        /// Nil on a rank that takes no part.
        let setup: Setup?
        var measurement: ScalingMeasurement
        private var step = 0
        private var mutualInformation: [Double] = []

        init(setup: Setup?, measurement: ScalingMeasurement) {
            self.setup = setup
            self.measurement = measurement
        }

        mutating func run(steps: Int, warmUp: Int) throws {
            guard let replica = setup?.replica else { return }
            var statistics = replica.makeStatistics()
            let rates = LayerRates.uniform(0.01)
            for _ in 0..<warmUp {
                _ = try replica.step(step, rates: rates, statistics: &statistics)
                step += 1
            }
            let profile = TrainingProfile()
            replica.profile = profile
            defer { replica.profile = nil }
            try replica.communicator.barrier()
            for _ in 0..<steps {
                let start = ContinuousClock.now
                _ = try replica.step(step, rates: rates, statistics: &statistics)
                measurement.stepSeconds.append((ContinuousClock.now - start) / .seconds(1))
                step += 1
            }
            let count = Double(steps)
            measurement.data += (profile.phases[.data] ?? 0) / count
            measurement.compute +=
                (profile.steps.entries.reduce(0) { $0 + $1.seconds } + (profile.phases[.loss] ?? 0)) / count
            measurement.reduction += profile.update.reduction / count
            measurement.waiting += profile.update.waiting / count
            measurement.optimizer += profile.update.optimizer / count
            let perCycle = Double(replica.batches.stepsPerEpoch)
            mutualInformation.append(
                try Throughput.secondsOfCycleEnd(statistics, over: replica.communicator) / perCycle)
        }

        func result(repetitions: Int) -> ScalingMeasurement {
            var result = measurement
            let count = Double(repetitions)
            result.data /= count
            result.compute /= count
            result.reduction /= count
            result.waiting /= count
            result.optimizer /= count
            result.mutualInformation = mutualInformation.reduce(0, +) / count
            return result
        }
    }
}
