import DataParallel
import NeuralNetwork

/// Where the time of training steps goes on this rank: by layer and pass, and beside the network.
public final class TrainingProfile {
    /// What a step does outside of the network's layers.
    public enum Phase: String, CaseIterable, Sendable {
        /// Samples chosen, augmented and converted.
        case data
        /// Softmax, cross-entropy, predictions.
        case loss
        /// Everything from the gradient of this rank to the new parameters.
        case update
    }

    public let steps = StepProfile()
    public let update = UpdateProfile()
    /// Seconds, added up over steps.
    public private(set) var phases: [Phase: Double] = [:]

    public init() {}

    @inline(__always)
    func measure<Result>(_ phase: Phase, _ body: () throws -> Result) rethrows -> Result {
        let clock = StopWatch()
        defer { phases[phase, default: 0] += clock.lap() }
        return try body()
    }
}
