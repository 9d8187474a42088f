import CKernels
import RandomNumbers

/// Inverted dropout (Srivastava et al., JMLR 15, 2014): in training each value is 0 with probability `rate`, rounded to a
/// multiple of 2⁻¹⁶, else scaled by 1 / (1 − rate); in inference the layer does nothing.
///
/// Whether a value is kept is a pure function of (seed, layer, step, place of the sample in the global batch, feature),
/// so the masks do not depend on the number of ranks.
struct DropoutLayer: Layer {
    let name: String
    /// Index of the layer in the specification, 0 ..< 2¹⁶: what keeps the masks of two layers apart.
    let index: Int
    let rate: Float
    let seed: UInt64

    func outputShape(input: [Int]) -> [Int] {
        input
    }

    func parameters(input: [Int], batch: Int, engine: DNNLEngine) throws(DNNLError) -> [ParameterDeclaration] {
        []
    }

    func prepare(
        in plan: PlanBuilder, input: FeatureMap, parameters: [BoundParameter]
    ) throws(DNNLError) -> FeatureMap {
        guard plan.mode == .training, rate > 0 else { return input }
        let output = plan.featureMap(shape: input.shape)
        let mask = DropoutMask(
            layer: self, batch: plan.batch, features: input.featureCount, source: input.values, target: output.values)
        plan.addForward(mask)
        if let outputGradient = output.gradient, let inputGradient = input.gradient {
            plan.addBackward(DropoutBackward(mask: mask, source: outputGradient, target: inputGradient))
        }
        return output
    }
}

/// Draws the mask of a batch and applies it.
private final class DropoutMask: PlanStep {
    let keep: UnsafeMutableBufferPointer<UInt8>
    let scale: Float
    private let layer: DropoutLayer
    private let batch: Int
    private let features: Int
    private let source, target: UnsafeMutablePointer<Float>
    /// A 16-bit word below it means: dropped.
    private let threshold: UInt32

    init(
        layer: DropoutLayer, batch: Int, features: Int, source: UnsafeMutablePointer<Float>,
        target: UnsafeMutablePointer<Float>
    ) {
        self.layer = layer
        self.batch = batch
        self.features = features
        self.source = source
        self.target = target
        threshold = min(65535, UInt32((layer.rate * 65536).rounded()))
        // Of the rounded rate, so that the expectation stays exactly what it was.
        scale = 65536 / Float(65536 - threshold)
        keep = .allocate(capacity: batch * features)
        keep.initialize(repeating: 1)
    }

    deinit {
        keep.deallocate()
    }

    func run(_ position: BatchPosition) {
        let stream = RandomStream(
            seed: layer.seed, purpose: .dropout, stream: UInt64(layer.index) << 32 | UInt64(position.step))
        // Eight 16-bit words a block; each sample starts at a block of its own.
        let blocksPerSample = (features + 7) / 8
        for sample in 0..<batch {
            var block = UInt64((position.firstSample + sample) * blocksPerSample)
            let row = keep.baseAddress! + sample * features
            var feature = 0
            while feature < features {
                let words = stream.block(block)
                for lane in 0..<min(8, features - feature) {
                    let word = words[lane >> 1] >> (lane & 1 == 0 ? 0 : 16) & 0xFFFF
                    row[feature + lane] = word < threshold ? 0 : 1
                }
                feature += 8
                block += 1
            }
        }
        kernels_mask(target, source, keep.baseAddress, Int64(keep.count), scale)
    }
}

/// The gradient passes where the value passed.
private final class DropoutBackward: PlanStep {
    private let mask: DropoutMask
    private let source, target: UnsafeMutablePointer<Float>

    init(mask: DropoutMask, source: UnsafeMutablePointer<Float>, target: UnsafeMutablePointer<Float>) {
        self.mask = mask
        self.source = source
        self.target = target
    }

    func run(_ position: BatchPosition) {
        kernels_mask(target, source, mask.keep.baseAddress, Int64(mask.keep.count), mask.scale)
    }
}
