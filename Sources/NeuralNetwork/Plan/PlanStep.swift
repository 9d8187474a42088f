import OneDNN

/// One operation of a plan.
protocol PlanStep: AnyObject {
    /// - Parameter position: which samples the batch holds, for what depends on them (dropout).
    func run(_ position: BatchPosition) throws

    /// Makes what it has made in this batch once more, and nothing else: no sums over ranks, no running statistics.
    func runAgain(_ position: BatchPosition) throws

    /// Takes the step's part in what all ranks do together, without samples.
    func runWithoutSamples() throws
}

extension PlanStep {
    func runAgain(_ position: BatchPosition) throws { try run(position) }

    func runWithoutSamples() {}
}

extension BoundPrimitive: PlanStep {
    @inline(__always)
    func run(_ position: BatchPosition) throws {
        try run()
    }
}

/// A step that is a call of a kernel.
final class KernelStep: PlanStep {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) {
        self.body = body
    }

    func run(_ position: BatchPosition) {
        body()
    }
}

/// What a step is, for tables and profiles.
public struct StepLabel: Sendable, Equatable {
    public enum Pass: String, Sendable, CaseIterable {
        case forward
        case backwardData = "backward data"
        case backwardWeights = "backward weights"
        /// Backward pass of layers without weights or where one primitive computes both gradients.
        case backward
        /// A forward step made again in the backward pass.
        case recomputation
        /// A copy from one layout or number format to another.
        case reorder
    }

    /// The layer's place in the specification, for example "0" or "3.branch.0".
    public let layer: String
    public let pass: Pass
    /// What computes it: oneDNN's name of the implementation, or the kernel's.
    public let implementation: String
    /// Multiplications with an addition, of a batch; 0 where the step is bound by memory.
    public let multiplyAdds: Int
}

/// Which samples a rank's batch holds: what random masks are keyed by, so that they don't depend on the ranks.
public struct BatchPosition: Sendable, Equatable {
    /// Updates done before this batch.
    public var step: Int
    /// Place of the batch's first sample in the global batch.
    public var firstSample: Int

    public init(step: Int, firstSample: Int) {
        self.step = step
        self.firstSample = firstSample
    }
}
