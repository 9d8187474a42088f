import DataParallel
import MPI

/// What a rank's steps cost, measured on the real training step.
public struct Throughput: Sendable, Encodable {
    /// Over all ranks, of each window.
    public let samplesPerSecond: [Double]
    /// From the start of the process, or from the time in `ENTRAIN_LAUNCH_TIME`, to the end of the first step, on the
    /// slowest rank.
    public let firstStepSeconds: Double
    /// The most memory each rank's process has had in use, in bytes, by rank.
    public let peakResidentBytes: [Int]

    /// Collective. Does `warmUp` steps, then `windows` times `steps` steps.
    public static func measure(
        _ replica: Replica, warmUp: Int, windows: Int, steps: Int, rate: Double
    ) throws -> Throughput {
        precondition(
            warmUp >= 1 && windows >= 1 && steps >= 1, "\(warmUp) warm-up steps, \(windows) windows of \(steps) steps")
        let communicator = replica.communicator
        var statistics = CycleStatistics(classCount: replica.classCount)
        var step = 0
        var samples = 0
        func run(_ count: Int) throws {
            samples = 0
            for _ in 0..<count {
                _ = try replica.step(step, rate: rate, statistics: &statistics)
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
        return Throughput(
            samplesPerSecond: rates, firstStepSeconds: try communicator.allReduce(firstStepSeconds, .max),
            peakResidentBytes: try communicator.allGather(ProcessMeasures.peakResidentBytes()))
    }
}
