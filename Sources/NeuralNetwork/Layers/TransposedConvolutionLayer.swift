import CKernels
import OneDNN

/// y of which x is the convolution's gradient: the passes of oneDNN's convolution from y to x in other roles, forward by the
/// gradient of the input, backward by the forward pass. Maps lie in blocks of channels; the bias is added by the kernels of
/// `CKernels`.
struct TransposedConvolutionLayer: Layer {
    let path: String
    let groups: Int
    /// Over the output.
    let window: Window
    let outputShape: [Int]
    let parameters: WeightAndBias

    var keepsPositions: Bool { false }

    var summary: String {
        let stride = window.stride.allSatisfy { $0 == 1 } ? "" : ", stride \(Extent(window.stride))"
        return "transposed convolution \(window)\(stride)" + (groups > 1 ? ", \(groups) groups" : "")
    }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.blocked(input, layer: path)
        let output = plan.featureMap(try plan.blocked(outputShape), shape: outputShape, needsGradient: true)
        let passes = try passes(plan, source)
        let precision = plan.options.precision
        let anyWeights = try MemoryDescriptor(anyLayout: passes.weightShape, precision)
        let forward = try passes.backwardData(output.tensor.layout, anyWeights)
        let weight = try plan.parameter(
            parameters.weight, of: path,
            layout: precision == .float32
                ? forward.layout(of: .weights) : weightGradient(passes, output).layout(of: .weightsGradient))
        let bias = try plan.bias(parameters, of: path)
        let multiplyAdds = multiplyAdds([plan.batch, parameters.weight.count] + source.shape.dropFirst())
        plan.add(
            forward,
            [
                (.destinationGradient, source.tensor),
                (.weights, try plan.reordered(weight.value, to: forward.layout(of: .weights), layer: path)),
                (.sourceGradient, output.tensor),
            ], layer: path, .forward, multiplyAdds: multiplyAdds)
        let channels = bias.map { bias in
            ChannelBias(kernels_map_shape(output.tensor.layout, block: Processor.channelBlock), outputShape[0], bias)
        }
        if let channels {
            plan.add(label(.forward), uses: [output.tensor]) { channels.addition(to: $0(output.tensor), $0) }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            if source.needsGradient {
                let backward = try passes.forward(output.tensor.layout, anyWeights)
                plan.add(
                    backward,
                    [
                        (.source, gradient),
                        (.weights, try plan.reordered(weight.value, to: backward.layout(of: .weights), layer: path)),
                        (.destination, plan.newGradient(of: source)),
                    ], layer: path, .backwardData, multiplyAdds: multiplyAdds)
            }
            let backward = try weightGradient(passes, output)
            let layout = backward.layout(of: .weightsGradient)
            let target = layout == weight.gradient.layout ? weight.gradient : plan.tensor(layout)
            plan.add(
                backward,
                [(.source, gradient), (.destinationGradient, source.tensor), (.weightsGradient, target)], layer: path,
                .backwardWeights, multiplyAdds: multiplyAdds)
            if layout != weight.gradient.layout { try plan.reorder(target, into: weight.gradient, layer: path) }
            if let channels {
                plan.add(label(.backward), uses: [gradient]) { channels.gradient(of: $0(gradient), $0) }
            }
        }
        return output
    }

    private func weightGradient(_ passes: ConvolutionPasses, _ output: FeatureMap) throws -> PrimitiveDescriptor {
        try passes.backwardWeights(output.tensor.layout, try MemoryDescriptor(anyLayout: passes.weightShape))
    }

    /// Passes of the convolution from the output to the input.
    private func passes(_ plan: PlanBuilder, _ source: FeatureMap) throws -> ConvolutionPasses {
        let grid = window.onGrid
        let shape = Array(parameters.weight.shape.prefix(2)) + grid.kernel
        return ConvolutionPasses(
            algorithms: (.direct, .direct, .direct),
            weightShape: groups == 1 ? shape : [groups, shape[0] / groups] + shape.dropFirst(), bias: nil,
            destination: source.tensor.layout, strides: grid.stride, dilation: grid.dilation,
            padding: (grid.padding, grid.paddingBehind), engine: plan.engine,
            purpose: "a transposed convolution \(source.shape) to \(outputShape)")
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "bias", multiplyAdds: 0)
    }
}

/// A number added to each channel of a map in blocks, with room for channels that fill the last block up.
private final class ChannelBias {
    private let shape: kernels_map_shape
    private let channels: Int
    private let bias: ParameterTensors
    /// Ones, the bias and zeros, each over the channels.
    private let floats: AlignedBuffer
    private let sums: UnsafeMutablePointer<Double>
    private let padded: Int

    init(_ shape: kernels_map_shape, _ channels: Int, _ bias: ParameterTensors) {
        self.shape = shape
        self.channels = channels
        self.bias = bias
        padded = Int(shape.blocks) * Int(shape.block)
        floats = AlignedBuffer(floats: 3 * padded)
        floats.floats[..<channels].update(repeating: 1)
        sums = .allocate(capacity: 2 * padded)
        sums.initialize(repeating: 0, count: 2 * padded)
    }

    deinit {
        sums.deallocate()
    }

    func addition(to map: UnsafeMutableRawPointer, _ addresses: PlanBuilder.Addresses) -> any PlanStep {
        let values = bias.value.floats(addresses)
        let ones = floats.floats.baseAddress!
        return KernelStep { [self] in
            (ones + padded).update(from: values, count: channels)
            kernels_scale_shift(shape, map, map, nil, ones, ones + padded, 0)
        }
    }

    func gradient(of map: UnsafeMutableRawPointer, _ addresses: PlanBuilder.Addresses) -> any PlanStep {
        let target = bias.gradient.floats(addresses)
        let zeros = floats.floats.baseAddress! + 2 * padded
        return KernelStep { [self] in
            kernels_gradient_moments(shape, map, nil, nil, 0, map, zeros, nil, sums, sums + padded)
            for channel in 0..<channels { target[channel] = Float(sums[channel]) }
        }
    }
}
