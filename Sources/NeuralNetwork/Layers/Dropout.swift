import CKernels
import OneDNN
import RandomNumbers
import Settings

/// In training each value is dropped with probability `rate` in [0, 1) and the others are scaled by 1 / (1 − rate). The rate
/// is rounded to a multiple of 2⁻¹⁶ below 1.
public struct Dropout: LayerSpecification {
    public static let name = "dropout"

    public var rate = 0.0

    public init() {}

    public init(rate: Double) {
        self.rate = rate
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "rate", \.rate, .dropping, expected: "the probability to drop a value",
            "probability that a value is dropped in training"
        ).asShortForm
    ]

    public func outputShape(input: [Int]) -> [Int] { input }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(DropoutLayer(path: place.path, index: place.number, rate: Float(rate), seed: lowering.seed))
    }

    /// Nothing: in inference all values pass.
    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String { input }
}

/// Inverted dropout (Srivastava et al., JMLR 15, 2014): in training each value is 0 with probability `rate`, rounded to a
/// multiple of 2⁻¹⁶, else scaled by 1 / (1 − rate); in inference the layer does nothing.
///
/// Whether a value is kept is a pure function of (seed, layer, step, place of the sample in the global batch, feature),
/// so the masks do not depend on the number of ranks.
struct DropoutLayer: Layer {
    let path: String
    /// Index of the layer in the specification, 0 ..< 2¹⁶: what keeps the masks of two layers apart.
    let index: Int
    let rate: Float
    let seed: UInt64

    var summary: String { "dropout \(rate)" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        guard rate > 0 else { return input }
        return try plan.dropped(input, layer: path, implementation: "dropout") { DropoutMask(layer: self, $0) }
    }
}

/// Which values of a batch are kept.
private final class DropoutMask: DrawnFactors {
    /// In the layout of the values; 0 for what fills up blocks.
    private let keep: UnsafeMutableBufferPointer<UInt8>
    private let scale: Float
    private let layer: DropoutLayer
    private let samples, features: Int
    /// Channels that lie together, and pixels of a map; where the layout is plain, all features are one pixel's.
    private let block, pixels: Int
    private let isHalf: Bool
    /// A 16-bit word below it means: dropped.
    private let threshold: UInt32

    init(layer: DropoutLayer, _ layout: MemoryDescriptor) {
        self.layer = layer
        let shape = layout.shape
        samples = shape[0]
        features = shape.dropFirst().reduce(1, *)
        isHalf = layout.isBFloat16
        let isMap = !layout.isPlain
        block = layout.isBlocked ? Processor.channelBlock : isMap ? shape[1] : features
        pixels = isMap ? shape.dropFirst(2).reduce(1, *) : 1
        threshold = min(65535, UInt32((layer.rate * 65536).rounded()))
        // Follows from the rounded rate, so that the expectation stays exactly what it was.
        scale = 65536 / Float(65536 - threshold)
        keep = .allocate(capacity: layout.byteCount / (isHalf ? 2 : 4))
        keep.initialize(repeating: 0)
    }

    deinit {
        keep.deallocate()
    }

    var byteCount: Int { keep.count }

    func draw(_ position: BatchPosition) {
        let stream = RandomStream(
            seed: layer.seed, purpose: .dropout, stream: UInt64(layer.index) << 32 | UInt64(position.step))
        // Eight 16-bit words a block; each sample starts at a block of its own.
        let blocksPerSample = (features + 7) / 8
        let stored = keep.count / samples
        for sample in 0..<samples {
            var number = UInt64((position.firstSample + sample) * blocksPerSample)
            let row = keep.baseAddress! + sample * stored
            var feature = 0
            while feature < features {
                let words = stream.block(number)
                for lane in 0..<min(8, features - feature) {
                    let word = words[lane >> 1] >> (lane & 1 == 0 ? 0 : 16) & 0xFFFF
                    row[place(of: feature + lane)] = word < threshold ? 0 : 1
                }
                feature += 8
                number += 1
            }
        }
    }

    /// Where the feature, counted in the plain layout, lies in a sample.
    @inline(__always)
    private func place(of feature: Int) -> Int {
        guard pixels > 1 || block < features else { return feature }
        let (channel, pixel) = feature.quotientAndRemainder(dividingBy: pixels)
        return (channel / block * pixels + pixel) * block + channel % block
    }

    func apply(to source: UnsafeMutableRawPointer, target: UnsafeMutableRawPointer) {
        if isHalf {
            kernels_mask_half(
                target.assumingMemoryBound(to: UInt16.self), source.assumingMemoryBound(to: UInt16.self),
                keep.baseAddress, Int64(keep.count), scale)
        } else {
            kernels_mask(
                target.assumingMemoryBound(to: Float.self), source.assumingMemoryBound(to: Float.self),
                keep.baseAddress, Int64(keep.count), scale)
        }
    }
}
