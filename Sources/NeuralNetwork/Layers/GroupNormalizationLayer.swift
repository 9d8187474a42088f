import CKernels
import OneDNN

/// y = f((x − mean) / √(variance + ε) · weight + bias) with the statistics of each sample's groups of channels, by the kernels of
/// batch normalization on one sample after another, which stays in the cache from the one pass to the other.
struct GroupNormalizationLayer: RectifiedLayer {
    let path: String
    let kind: String
    let groups: Int
    let epsilon: Double
    /// Factor and addend of each channel.
    let parameters: [LayerParameter]
    var rectifier: ElementwiseFunction?

    init(path: String, summary: String, groups: Int, epsilon: Double, parameters: [LayerParameter]) {
        self.path = path
        kind = summary
        self.groups = groups
        self.epsilon = epsilon
        self.parameters = parameters
    }

    var summary: String { kind + (rectifier.map { " + \($0)" } ?? "") }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.channelBlocks(input, layer: path)
        let vector = try MemoryDescriptor(plain: [source.shape[0]])
        let weight = try plan.parameter(parameters[0], of: path, layout: vector)
        let bias = try plan.parameter(parameters[1], of: path, layout: vector)
        let output = plan.featureMap(source.tensor.layout, shape: source.shape, needsGradient: true)
        let state = GroupNormalizationState(
            source.tensor.layout, groups: groups, epsilon: Double(Float(epsilon)), highest: highest)
        plan.keep(byteCount: state.byteCount)
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (values, result) = (addresses(source.tensor), addresses(output.tensor))
            let (factors, addends) = (weight.value.floats(addresses), bias.value.floats(addresses))
            return KernelStep { state.normalize(values, into: result, weight: factors, bias: addends) }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = source.needsGradient ? plan.newGradient(of: source) : nil
            let used = [gradient, source.tensor, output.tensor] + (target.map { [$0] } ?? [])
            plan.add(label(.backward), uses: used) { addresses in
                let (incoming, values, result) = (
                    addresses(gradient), addresses(source.tensor), addresses(output.tensor)
                )
                let (outgoing, factors) = (target.map { addresses($0) }, weight.value.floats(addresses))
                let gradients = (weight.gradient.floats(addresses), bias.gradient.floats(addresses))
                return KernelStep {
                    state.differentiate(
                        incoming, values, result: result, into: outgoing, weight: factors, gradients: gradients)
                }
            }
        }
        return try plan.outOfChannelBlocks(output, shape: input.shape, layer: path)
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: kind, multiplyAdds: 0)
    }
}

/// The statistics of the groups of a batch, kept from the forward to the backward step, and arrays over channels.
private final class GroupNormalizationState {
    private let groups, channels, samples, sampleByteCount: Int
    private let epsilon: Double
    private let highest: Float
    /// Shape of one sample.
    private let shape: kernels_map_shape
    /// `[N, groups]`
    private let means, inverseDeviations: UnsafeMutablePointer<Float>
    /// `[C]`, with what fills the last block up: what the kernels subtract, multiply and add.
    private let origin, scale, slope, shift: UnsafeMutablePointer<Float>
    private let first, second, weightSums, biasSums: UnsafeMutablePointer<Double>
    private let floats, doubles: AlignedBuffer

    /// - Parameter layout: of a map `[N, C, H, W]` in blocks.
    init(_ layout: MemoryDescriptor, groups: Int, epsilon: Double, highest: Float) {
        self.groups = groups
        self.epsilon = epsilon
        self.highest = highest
        samples = layout.shape[0]
        channels = layout.shape[1]
        sampleByteCount = layout.byteCount / samples
        var shape = kernels_map_shape(layout, block: Processor.channelBlock)
        shape.samples = 1
        self.shape = shape
        let padded = Int(shape.blocks) * Int(shape.block)
        floats = AlignedBuffer(floats: 4 * padded + 2 * samples * groups)
        let start = floats.floats.baseAddress!
        (origin, scale, slope, shift) = (start, start + padded, start + 2 * padded, start + 3 * padded)
        means = start + 4 * padded
        inverseDeviations = means + samples * groups
        doubles = AlignedBuffer(byteCount: 4 * padded * MemoryLayout<Double>.stride)
        let sums = doubles.address.assumingMemoryBound(to: Double.self)
        (first, second, weightSums, biasSums) = (sums, sums + padded, sums + 2 * padded, sums + 3 * padded)
    }

    var byteCount: Int { floats.byteCount + doubles.byteCount }

    private var groupSize: Int { channels / groups }
    /// Values of a group.
    private var count: Double { Double(groupSize) * Double(shape.pixels) }

    func normalize(
        _ values: UnsafeMutableRawPointer, into result: UnsafeMutableRawPointer, weight: UnsafeMutablePointer<Float>,
        bias: UnsafeMutablePointer<Float>
    ) {
        for sample in 0..<samples {
            let place = sample * sampleByteCount
            kernels_moments(shape, values + place, origin, first, second)
            for group in 0..<groups {
                let members = group * groupSize..<(group + 1) * groupSize
                let (mean, inverse) = conclude(members)
                means[sample * groups + group] = mean
                inverseDeviations[sample * groups + group] = inverse
                for channel in members {
                    scale[channel] = weight[channel] * inverse
                    shift[channel] = bias[channel] - mean * scale[channel]
                }
            }
            kernels_scale_shift(shape, result + place, values + place, nil, scale, shift, highest)
        }
    }

    /// Mean and 1 / √(variance + ε) of some channels, by the sums of their values' distances from their origins.
    private func conclude(_ members: Range<Int>) -> (mean: Float, inverse: Float) {
        let pixels = Double(shape.pixels)
        var (mean, squares) = (0.0, 0.0)
        for channel in members { mean += first[channel] + pixels * Double(origin[channel]) }
        mean /= count
        for channel in members {
            let distance = mean - Double(origin[channel])
            squares += second[channel] - 2 * distance * first[channel] + pixels * distance * distance
        }
        return (Float(mean), Float(1 / (max(0, squares / count) + epsilon).squareRoot()))
    }

    func differentiate(
        _ gradient: UnsafeMutableRawPointer, _ values: UnsafeMutableRawPointer, result: UnsafeMutableRawPointer,
        into target: UnsafeMutableRawPointer?, weight: UnsafeMutablePointer<Float>,
        gradients: (weight: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>)
    ) {
        weightSums.update(repeating: 0, count: channels)
        biasSums.update(repeating: 0, count: channels)
        for sample in 0..<samples {
            let place = sample * sampleByteCount
            let result = highest > 0 ? UnsafeRawPointer(result + place) : nil
            for channel in 0..<channels { origin[channel] = means[sample * groups + channel / groupSize] }
            kernels_gradient_moments(
                shape, gradient + place, nil, result, highest, values + place, origin, nil, first, second)
            for group in 0..<groups { spread(group, of: sample, weight) }
            guard let target else { continue }
            kernels_normalization_gradient(
                shape, target + place, gradient + place, result, highest, values + place, origin, scale, slope, shift)
        }
        for channel in 0..<channels {
            gradients.weight[channel] = Float(weightSums[channel])
            gradients.bias[channel] = Float(biasSums[channel])
        }
    }

    /// Adds a group's part to the gradients of its parameters, and says what the kernel multiplies and adds.
    private func spread(_ group: Int, of sample: Int, _ weight: UnsafeMutablePointer<Float>) {
        let inverse = Double(inverseDeviations[sample * groups + group])
        let members = group * groupSize..<(group + 1) * groupSize
        var (sum, product) = (0.0, 0.0)
        for channel in members {
            weightSums[channel] += second[channel] * inverse
            biasSums[channel] += first[channel]
            sum += Double(weight[channel]) * first[channel]
            product += Double(weight[channel]) * second[channel]
        }
        for channel in members {
            scale[channel] = Float(Double(weight[channel]) * inverse)
            slope[channel] = Float(inverse * inverse * inverse * product / count)
            shift[channel] = Float(inverse * sum / count)
        }
    }
}
