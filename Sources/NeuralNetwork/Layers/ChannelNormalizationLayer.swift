import CKernels
import OneDNN

/// y = (x − mean) / √(mean square of x − mean + ε) · weight + bias over the channels of each pixel, or over all of a sample or position; the
/// mean taken for 0 where `isCentered` is false.
struct ChannelNormalizationLayer: Layer {
    let path: String
    let summary: String
    let over: FeatureScope
    let isCentered: Bool
    let epsilon: Float
    /// The factors, and with two of them the addends.
    let parameters: [LayerParameter]

    var givesSequence: Bool { over == .sample }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let isSequence = over == .sample && input.shape.count == 2
        let source: FeatureMap
        switch over {
        case .sample:
            source =
                isSequence
                ? try plan.rows(input, layer: path).viewed(as: [input.shape[1]])
                : try plan.vector(input, layer: path)
        case .channels:
            // In blocks or with the channels last, as they come.
            let map = try plan.outOfSampleBlocks(input, layer: path)
            source = map.tensor.layout.isPlain ? try plan.blocked(map, layer: path) : map
        }
        let vector = try MemoryDescriptor(plain: [source.shape[0]])
        let weight = try plan.parameter(parameters[0], of: path, layout: vector)
        let bias = parameters.count > 1 ? try plan.parameter(parameters[1], of: path, layout: vector) : nil
        let output = plan.featureMap(source.tensor.layout, shape: source.shape, needsGradient: true)
        let rows = source.tensor.layout.shape[0]
        let pixels = try MemoryDescriptor(plain: [rows * source.featureCount / source.shape[0]])
        let (means, inverses) = (isCentered ? plan.tensor(pixels) : nil, plan.tensor(pixels))
        let statistics = [inverses] + (means.map { [$0] } ?? [])
        let shape = kernels_channels(source)
        plan.add(label(.forward), uses: [source.tensor, output.tensor] + statistics) { [epsilon] addresses in
            let (values, result) = (addresses(source.tensor), addresses(output.tensor))
            let (factors, addends) = (weight.value.floats(addresses), bias.map { $0.value.floats(addresses) })
            let (means, inverses) = (means.map { $0.floats(addresses) }, inverses.floats(addresses))
            return KernelStep {
                kernels_normalize_channels(shape, result, values, factors, addends, means, inverses, epsilon)
            }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = source.needsGradient ? plan.newGradient(of: source) : nil
            let used = [source.tensor, gradient] + statistics + (target.map { [$0] } ?? [])
            plan.add(label(.backward), uses: used) { addresses in
                let (incoming, values) = (addresses(gradient), addresses(source.tensor))
                let (outgoing, factors) = (target.map { addresses($0) }, weight.value.floats(addresses))
                let (means, inverses) = (means.map { $0.floats(addresses) }, inverses.floats(addresses))
                let gradients = (weight.gradient.floats(addresses), bias.map { $0.gradient.floats(addresses) })
                return KernelStep {
                    kernels_normalize_channels_gradient(
                        shape, outgoing, incoming, values, factors, means, inverses, gradients.0, gradients.1)
                }
            }
        }
        if isSequence { return try output.viewed(as: input.shape).sequence(ofBatch: plan.batch) }
        guard over == .sample, input.shape.count > 1 else { return output }
        let map = try plan.plain(output, shape: input.shape, layer: path)
        return input.shape.count == 3 ? try plan.blocked(map, layer: path) : map
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: summary, multiplyAdds: 0)
    }
}
