/// A layer of a network: declares its parameters once, then is prepared for each batch size that occurs.
protocol Layer {
    /// Shape of one sample behind the layer; `input` is the shape in front of it.
    func outputShape(input: [Int]) -> [Int]

    /// The layer's parameters. Their layouts are those that the primitives prefer at `batch` samples, a number that is
    /// the same on every rank, since the arenas are shared between ranks.
    func parameters(input: [Int], batch: Int, engine: DNNLEngine) throws(DNNLError) -> [ParameterDeclaration]

    /// Adds the layer's forward and backward operations to a plan and returns what comes out.
    func prepare(
        in plan: PlanBuilder, input: FeatureMap, parameters: [BoundParameter]
    ) throws(DNNLError) -> FeatureMap
}

/// What flows between two layers for one batch: `[N, features]` in the plain layout.
struct FeatureMap {
    /// Of one sample.
    let shape: [Int]
    let values: UnsafeMutablePointer<Float>
    /// Nil where nobody needs it: at the input of the network and in inference.
    let gradient: UnsafeMutablePointer<Float>?

    var featureCount: Int { shape.reduce(1, *) }
}

/// One operation of a plan.
protocol PlanStep: AnyObject {
    /// - Parameter position: which samples the batch holds, for what depends on them (dropout).
    func run(_ position: BatchPosition) throws(DNNLError)
}

extension BoundPrimitive: PlanStep {
    @inline(__always)
    func run(_ position: BatchPosition) throws(DNNLError) {
        try run()
    }
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
