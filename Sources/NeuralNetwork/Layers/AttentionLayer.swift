import CKernels
import OneDNN
import RandomNumbers

/// Projects, attends and projects back: inner products around a kernel that goes through queries and keys in tiles, so that memory
/// grows with L and not with L². The kernel computes in float32.
struct AttentionLayer: Layer {
    let path: String
    /// Number of the layer, 0 ..< 2¹⁶: what keeps its dropout apart from that of others.
    let number: Int
    let seed: UInt64
    let specification: Attention
    /// Parameters of the projection to queries, keys and values, then of that back.
    let parameters: [LayerParameter]

    var summary: String {
        let kinds = [specification.causal ? "causal" : nil, specification.rotary ? "rotary" : nil].compactMap { $0 }
        return "attention, \(specification.heads) heads" + (kinds.isEmpty ? "" : ", " + kinds.joined(separator: ", "))
    }

    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let (positions, inputs) = (input.shape[0], input.shape[1])
        let features = specification.features ?? inputs
        let half = parameters.count / 2
        let source = try plan.rows(input, layer: path)
        let projected = try product(plan, source, units: 3 * features, Array(parameters[..<half]))
        let kernel = AttentionKernel(
            layer: self, batch: plan.batch, positions: positions, features: features,
            isTraining: plan.mode == .training)
        let found = try kernel.add(to: plan, projected, mask: source.mask)
        let rows = try plan.rows(found.viewed(as: [positions, features]), layer: path)
        return try product(plan, rows, units: inputs, Array(parameters[half...])).sequence(ofBatch: plan.batch)
    }

    /// Rows `[N · L, units]`.
    private func product(
        _ plan: PlanBuilder, _ input: FeatureMap, units: Int, _ parameters: [LayerParameter]
    ) throws -> FeatureMap {
        let rows = input.tensor.layout.shape[0]
        let output = plan.featureMap(
            try MemoryDescriptor(plain: [rows, units], plan.options.precision), shape: [input.shape[0], units],
            needsGradient: true)
        try InnerProduct(path: path, parameters: WeightAndBias(parameters), units: units)
            .add(to: plan, input: input, output: output)
        return output
    }
}

/// softmax(Q Kᵀ / √d) V of each head.
private struct AttentionKernel {
    let layer: AttentionLayer
    let shape: kernels_attention
    let batch, positions, features: Int
    /// Cosines and sines; empty without.
    let rotation: [Float]

    init(layer: AttentionLayer, batch: Int, positions: Int, features: Int, isTraining: Bool) {
        let specification = layer.specification
        let size = features / specification.heads
        let dropped = isTraining ? min(65535, UInt32((specification.dropout * 65536).rounded())) : 0
        shape = kernels_attention(
            samples: Int64(batch), positions: Int64(positions), heads: Int64(specification.heads),
            headSize: Int64(size), scale: 1 / Float(size).squareRoot(), isCausal: specification.causal ? 1 : 0,
            dropped: dropped, seed: layer.seed, stream: 0, firstSample: 0)
        rotation = specification.rotary ? Attention.rotation(positions: positions, headSize: size) : []
        self.layer = layer
        (self.batch, self.positions, self.features) = (batch, positions, features)
    }

    /// - Parameter projected: `[N · L, 3 · features]`, queries, keys and values side by side.
    /// - Returns: `[N, L, features]` in float32.
    func add(to plan: PlanBuilder, _ projected: FeatureMap, mask: PlanTensor?) throws -> FeatureMap {
        let source = try plan.converted(
            projected, to: try projected.tensor.layout.plain(.float32), shape: projected.shape, layer: layer.path)
        let output = try plan.kernelResult([positions, features], needsGradient: true)
        let logSums = plan.tensor(try MemoryDescriptor(plain: [batch, Int(shape.heads), positions]))
        let table = AlignedBuffer(floats: rotation.count)
        _ = table.floats.update(from: rotation)
        plan.keep(byteCount: table.byteCount)
        let turns = rotation.isEmpty ? nil : table
        let scratch = try scratch(plan, isBackward: false)
        let masks = mask.map { [$0] } ?? []
        plan.add(label(.forward), uses: [source.tensor, output.tensor, logSums, scratch] + masks) { addresses in
            let (from, to) = (source.tensor.floats(addresses), output.tensor.floats(addresses))
            let (sums, scratch) = (logSums.floats(addresses), scratch.floats(addresses))
            let mask = mask?.floats(addresses)
            return AttentionStep(shape, layer) {
                kernels_attend($0, to, sums, from, mask, turns?.floats.baseAddress, scratch)
            }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: layer.path)
            let target = plan.newGradient(of: source)
            let scratch = try self.scratch(plan, isBackward: true)
            plan.add(
                label(.backward),
                uses: [source.tensor, output.tensor, logSums, gradient, target, scratch] + masks
            ) { addresses in
                let (from, found) = (source.tensor.floats(addresses), output.tensor.floats(addresses))
                let (sums, scratch) = (logSums.floats(addresses), scratch.floats(addresses))
                let (gradient, target) = (gradient.floats(addresses), target.floats(addresses))
                let mask = mask?.floats(addresses)
                return AttentionStep(shape, layer) {
                    kernels_attention_gradient(
                        $0, target, gradient, found, sums, from, mask, turns?.floats.baseAddress, scratch)
                }
            }
        }
        return output
    }

    private func scratch(_ plan: PlanBuilder, isBackward: Bool) throws -> PlanTensor {
        let count = kernels_attention_scratch_count(shape, isBackward ? 1 : 0)
        return plan.tensor(try MemoryDescriptor(plain: [Int(count)]))
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        // Scores and results; backward the scores again, and a product for each of four gradients.
        let products = pass == .forward ? 2 : 5
        return StepLabel(
            layer: layer.path, pass: pass, implementation: "attention tiles",
            multiplyAdds: multiplyAdds([products, batch, positions, positions, features]))
    }
}

/// A pass of the kernel, which is told the samples' places for its dropout.
private final class AttentionStep: PlanStep {
    private var shape: kernels_attention
    private let stream: UInt64
    private let body: (kernels_attention) -> Void

    init(_ shape: kernels_attention, _ layer: AttentionLayer, _ body: @escaping (kernels_attention) -> Void) {
        self.shape = shape
        self.body = body
        stream = UInt64(RandomPurpose.dropout.rawValue) << 48 | UInt64(layer.number) << 32
    }

    func run(_ position: BatchPosition) {
        shape.stream = stream | UInt64(position.step)
        shape.firstSample = Int64(position.firstSample)
        body(shape)
    }
}
