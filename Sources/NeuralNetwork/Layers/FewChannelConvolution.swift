import CKernels
import OneDNN

/// A convolution with too few channels to fill a register with, by the kernels of `CKernels`: registers hold a pixel of 16
/// samples instead, maps lie in blocks of 16 samples, and no multiplication is spent on channels or pixels that fill up. These
/// maps are float32 also where the network's precision is bfloat16: the kernels multiply in it, and the maps are small.
///
/// oneDNN computes 16 channels where there are six.
struct FewChannelConvolution {
    let path: String
    let specification: Convolution
    /// `[channels, H′, W′]`.
    let outputShape: [Int]
    let parameters: WeightAndBias
    /// True where f is max(0, x), else it is x.
    let relu: Bool
    let isGradientMasked: Bool

    /// Samples in a block.
    static let block = 16

    /// A rule on the shape and the place in the network alone, as that of `ConvolutionAlgorithm.chosen`.
    ///
    /// - Parameter isFirst: whether it reads the network's input.
    static func isChosen(
        for convolution: Convolution, inputChannels: Int, activation: ElementwiseFunction?, isFirst: Bool,
        options: Network.Options
    ) -> Bool {
        guard options.allowsOwnKernels, Processor.hasFusedMultiplyAdd, convolution.stride == 1,
            convolution.groups == 1, convolution.kernel.numbers.count <= 2, convolution.dilation == 1,
            let padding = convolution.padding.zeros, activation == nil || activation == .relu
        else { return false }
        let kernel = convolution.kernel
        guard kernel == 3 || kernel == 5, padding.numbers.allSatisfy({ $0 < kernel.numbers[0] }),
            max(inputChannels, convolution.channels) <= 16
        else { return false }
        // The network's input is plain, from which oneDNN goes straight to full blocks of channels.
        return convolution.channels < 16 || (inputChannels < 16 && !isFirst)
    }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.converted(
            input, to: try MemoryDescriptor(sampleBlocks: [plan.batch] + input.shape), shape: input.shape, layer: path)
        let output = plan.featureMap(
            try MemoryDescriptor(sampleBlocks: [plan.batch] + outputShape), shape: outputShape, needsGradient: true)
        let layout = try MemoryDescriptor(plain: parameters.weight.shape)
        let weight = try plan.parameter(parameters.weight, of: path, layout: layout)
        weight.requireLayout(layout, layer: path)
        let bias = try plan.bias(parameters, of: path)

        let convolution = kernels_convolution(specification, source, output)
        plan.add(
            label(.forward, plan, input),
            uses: [source.tensor, output.tensor, weight.value] + (bias.map { [$0.value] } ?? [])
        ) { [relu] (addresses) throws in
            let (from, to) = (source.tensor.floats(addresses), output.tensor.floats(addresses))
            let (weights, bias) = (weight.value.floats(addresses), bias.map { $0.value.floats(addresses) })
            return KernelStep { kernels_convolve(convolution, to, from, weights, bias, relu ? 1 : 0) }
        }
        plan.addBackward {
            try addBackward(to: plan, convolution, input: source, output: output, weight: weight, bias: bias)
        }
        return output
    }

    private func addBackward(
        to plan: PlanBuilder, _ convolution: kernels_convolution, input: FeatureMap, output: FeatureMap,
        weight: ParameterTensors, bias: ParameterTensors?
    ) throws {
        let gradient = try plan.gradient(of: output, before: relu && !isGradientMasked ? .relu : nil, layer: path)
        if input.needsGradient {
            let target = plan.newGradient(of: input)
            plan.add(label(.backwardData, plan, input), uses: [gradient, target, weight.value]) {
                addresses in
                let (from, to) = (gradient.floats(addresses), target.floats(addresses))
                let weights = weight.value.floats(addresses)
                return KernelStep { kernels_convolution_data_gradient(convolution, to, from, weights) }
            }
        }
        plan.add(
            label(.backwardWeights, plan, input),
            uses: [input.tensor, gradient, weight.gradient] + (bias.map { [$0.gradient] } ?? [])
        ) { addresses in
            let (source, gradient) = (input.tensor.floats(addresses), gradient.floats(addresses))
            let (weights, bias) = (weight.gradient.floats(addresses), bias.map { $0.gradient.floats(addresses) })
            return KernelStep { kernels_convolution_weight_gradient(convolution, weights, bias, source, gradient) }
        }
    }

    private func label(_ pass: StepLabel.Pass, _ plan: PlanBuilder, _ input: FeatureMap) -> StepLabel {
        StepLabel(
            layer: path, pass: pass, implementation: "sample blocks",
            multiplyAdds: multiplyAdds(
                [plan.batch, input.shape[0]] + specification.kernel.numbers + outputShape))
    }
}

extension kernels_convolution {
    fileprivate init(
        _ specification: Convolution, _ source: FeatureMap, _ output: FeatureMap
    ) {
        let block = FewChannelConvolution.block
        // `isChosen` takes no padding that is not known.
        let padding = specification.padding.zeros!.numbers
        self.init(
            blocks: Int64((source.tensor.layout.shape[0] + block - 1) / block), inputChannels: Int64(source.shape[0]),
            outputChannels: Int64(output.shape[0]), inputRows: Int64(source.shape[1]),
            inputColumns: Int64(source.shape[2]), outputRows: Int64(output.shape[1]),
            outputColumns: Int64(output.shape[2]), kernel: Int64(specification.kernel.numbers[0]),
            paddingRows: Int64(padding[0]),
            paddingColumns: Int64(padding[1]),
            registerFloats: Int32(Processor.channelBlock))
    }
}
