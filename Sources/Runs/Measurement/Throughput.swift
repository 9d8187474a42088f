import DataParallel
import LearningRate
import MPI
import Training

/// What a rank's steps cost, measured on the real training step.
public struct Throughput: Sendable, Encodable {
    /// Over all ranks, of each window.
    public let samplesPerSecond: [Double]
    /// Time of one epoch's steps, in seconds, at the median rate of the windows.
    public let epochSeconds: Double
    /// What the end of a cycle costs, in seconds: the confusion counts reduced over all ranks, mutual information, the
    /// schedule's decision. The median of several, on the slowest rank.
    public let mutualInformationSeconds: Double
    /// What it costs in addition to measure what the layers know, in seconds: the median of several, on the slowest rank. Nil
    /// where it is not asked for.
    public let layerMeasurementSeconds: Double?
    /// From the start of the process, or from the time in `ENTRAIN_LAUNCH_TIME`, to the end of the first step, on the
    /// slowest rank.
    public let firstStepSeconds: Double
    /// The most memory each rank's process has had in use, in bytes, by rank.
    public let peakResidentBytes: [Int]

    /// Collective. Does `warmUp` steps, then `windows` times `steps` steps.
    ///
    /// - Parameter layers: what is measured of the layers at the end of a cycle; nil for nothing.
    /// - Throws: `AgreedError` where a step does not update the parameters; what steps throw.
    public static func measure(
        _ replica: Replica, warmUp: Int, windows: Int, steps: Int, rate: Double, layers: LayerwiseSettings? = nil
    ) throws -> Throughput {
        precondition(
            warmUp >= 1 && windows >= 1 && steps >= 1, "\(warmUp) warm-up steps, \(windows) windows of \(steps) steps")
        let communicator = replica.communicator
        var statistics = replica.makeStatistics()
        var step = 0
        var samples = 0
        func run(_ count: Int) throws {
            samples = 0
            for _ in 0..<count {
                try replica.measuredStep(step, rate: rate, statistics: &statistics)
                samples += replica.batches.batch(ofStep: step % replica.batches.stepsPerEpoch).count
                step += 1
            }
        }
        try run(1)
        let firstStepSeconds = ProcessMeasures.secondsSinceLaunch()
        try run(warmUp - 1)
        var rates: [Double] = []
        for _ in 0..<windows {
            try communicator.barrier()
            let clock = StopWatch()
            try run(steps)
            try communicator.barrier()
            rates.append(Double(samples) / clock.lap())
        }
        let layerSeconds = try layers.map { try secondsOfLayers($0, replica) }
        let endOfCycle = try secondsOfCycleEnd(statistics, over: communicator)
        return Throughput(
            samplesPerSecond: rates, epochSeconds: Double(replica.batches.sampleCount) / median(rates),
            mutualInformationSeconds: try communicator.allReduce(endOfCycle, .max),
            layerMeasurementSeconds: try layerSeconds.map { try communicator.allReduce($0, .max) },
            firstStepSeconds: try communicator.allReduce(firstStepSeconds, .max),
            peakResidentBytes: try communicator.allGather(ProcessMeasures.peakResidentBytes()))
    }

    package static func secondsOfCycleEnd(
        _ statistics: CycleStatistics, over communicator: any Communicator
    ) throws -> Double {
        var schedule = MutualInformationDecay(bounds: RateBounds(minimum: 0.001, maximum: 0.1))
        return median(
            try (0..<101).map { cycle in
                var statistics = statistics
                try communicator.barrier()
                let clock = StopWatch()
                try statistics.reduce(over: communicator)
                schedule.observe(statistics.metrics(cycle: cycle, step: cycle, cycleLength: 1))
                return clock.lap()
            })
    }

    package static func secondsOfLayers(
        _ layers: LayerwiseSettings, _ replica: Replica, repetitions: Int = 11
    ) throws -> Double {
        var probe = LayerProbe(layers)
        return median(
            try (0..<repetitions).map { cycle in
                try replica.communicator.barrier()
                let clock = StopWatch()
                _ = try probe.measure(replica.training, cycle: cycle, with: replica)
                return clock.lap()
            })
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }
}
