import CKernels
import OneDNN
import RandomNumbers
import Settings

/// In training a whole sample is dropped with probability `rate` in [0, 1), else scaled by 1 / (1 − rate); at the end of the branch
/// of a residual block the block is then skipped (Huang, Sun, Liu, Sedra, Weinberger, ECCV 2016; torchvision's `StochasticDepth`
/// in mode `row`).
public struct StochasticDepth: LayerSpecification {
    public static let name = "stochasticDepth"

    public var rate = 0.0

    public init() {}

    public init(rate: Double) {
        self.rate = rate
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "rate", \.rate, .dropping, expected: "the probability to drop a sample's branch",
            "probability that all of a sample is dropped in training, for the end of a residual branch"
        ).asShortForm
    ]

    public func outputShape(input: [Int]) -> [Int] { input }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            StochasticDepthLayer(path: place.path, number: place.number, rate: Float(rate), seed: lowering.seed))
    }

    /// Nothing: in inference all samples pass.
    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String { input }
}

/// Each sample times 0 with probability `rate`, else times 1 / (1 − rate); in inference nothing.
///
/// Whether a sample is kept is a pure function of (seed, layer, step, place of the sample in the global batch), so it does not
/// depend on the number of ranks.
private struct StochasticDepthLayer: Layer {
    let path: String
    /// Number of the layer in the specification, 0 ..< 2¹⁶: what keeps the draws of two layers apart.
    let number: Int
    let rate: Float
    let seed: UInt64

    var summary: String { "stochastic depth \(rate)" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        guard rate > 0 else { return input }
        return try plan.dropped(input, layer: path, implementation: "stochastic depth") { SampleDraw(self, $0) }
    }
}

/// The factor of each sample of a batch.
private final class SampleDraw: DrawnFactors {
    private let layer: StochasticDepthLayer
    private let samples, numbers: Int
    private let isHalf: Bool
    /// `[N]`
    private let factors: AlignedBuffer

    init(_ layer: StochasticDepthLayer, _ layout: MemoryDescriptor) {
        self.layer = layer
        isHalf = layout.isBFloat16
        samples = layout.shape[0]
        numbers = layout.byteCount / (isHalf ? 2 : 4) / samples
        factors = AlignedBuffer(floats: samples)
    }

    var byteCount: Int { factors.byteCount }

    func draw(_ position: BatchPosition) {
        let stream = RandomStream(
            seed: layer.seed, purpose: .dropout, stream: UInt64(layer.number) << 32 | UInt64(position.step))
        for sample in 0..<samples {
            let isDropped = stream.uniformFloat(UInt64(position.firstSample + sample)) < layer.rate
            factors.floats[sample] = isDropped ? 0 : 1 / (1 - layer.rate)
        }
    }

    func apply(to source: UnsafeMutableRawPointer, target: UnsafeMutableRawPointer) {
        kernels_scale_samples(
            target, source, factors.floats.baseAddress, Int64(samples), Int64(numbers), isHalf ? 1 : 0)
    }
}
