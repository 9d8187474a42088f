import CKernels
import OneDNN

/// A convolution 3 × 3 by the kernels of `CKernels` for Winograd's minimal filtering, which take each tile from the map to its
/// result; maps lie in blocks of 16 channels, or of 8 on a processor without AVX-512.
///
/// oneDNN 2.6 transforms whole maps before it multiplies, and has the algorithm for float32 alone.
struct WinogradConvolution {
    let path: String
    let specification: Convolution
    /// `[channels, H, W]`, H and W being those of the input too.
    let outputShape: [Int]
    let parameters: WeightAndBias
    /// True where f is max(0, x), else it is x.
    let relu: Bool
    let isGradientMasked: Bool

    /// A rule on the shape alone, as that of `ConvolutionAlgorithm.chosen`, and calibrated as it is.
    static func isChosen(
        for convolution: Convolution, inputChannels: Int, outputSize: [Int], activation: ElementwiseFunction?,
        options: Network.Options
    ) -> Bool {
        let hasWideRegisters = Processor.channelBlock == 16
        guard options.allowsOwnKernels, kernels_has_winograd(Int64(Processor.channelBlock)) != 0,
            options.precision == .float32 || Processor.multipliesPairs, activation == nil || activation == .relu,
            convolution.kernel == 3, convolution.stride == 1, convolution.padding == 1, convolution.groups == 1,
            convolution.dilation == 1, outputSize.count == 2
        else { return false }
        let channels = [inputChannels, convolution.channels]
        guard channels.allSatisfy({ $0 % 16 == 0 }), min(outputSize[0], outputSize[1]) >= 4 else { return false }
        // The transformed weights of more than 64 channels do not stay in the cache: with AVX-512 oneDNN's own algorithm by Winograd
        // is as fast there. It has none for AVX2, with which these kernels are faster than the direct algorithm up to 512
        // channels, but where most of the tiles' pixels lie outside of the map, as with 5 x 5.
        guard !hasWideRegisters else { return channels.allSatisfy { $0 <= 64 } }
        let computed = outputSize.reduce(1) { $0 * (($1 + 3) / 4 * 4) }
        return channels.allSatisfy { $0 <= 512 } && 5 * outputSize[0] * outputSize[1] > 2 * computed
    }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.converted(input, to: try plan.blocked(input.shape), shape: input.shape, layer: path)
        let output = plan.featureMap(try plan.blocked(outputShape), shape: outputShape, needsGradient: true)
        let layout = try MemoryDescriptor(weightBlocks: parameters.weight.shape, block: Processor.channelBlock)
        let weight = try plan.parameter(parameters.weight, of: path, layout: layout)
        weight.requireLayout(layout, layer: path)
        let bias = try plan.bias(parameters, of: path)

        let convolution = kernels_winograd(source.tensor.layout, output.tensor.layout)
        try addPass(
            .forward, kernels_winograd_forward, convolution, to: plan,
            uses: [source.tensor, output.tensor, weight.value] + (bias.map { [$0.value] } ?? [])
        ) { [relu] addresses, scratch in
            let (from, to) = (addresses(source.tensor), addresses(output.tensor))
            let (weights, bias) = (weight.value.floats(addresses), bias.map { $0.value.floats(addresses) })
            return KernelStep { kernels_winograd_convolve(convolution, to, from, weights, bias, relu ? 1 : 0, scratch) }
        }
        plan.addBackward {
            try addBackward(to: plan, convolution, input: source, output: output, weight: weight, bias: bias)
        }
        return output
    }

    private func addBackward(
        to plan: PlanBuilder, _ convolution: kernels_winograd, input: FeatureMap, output: FeatureMap,
        weight: ParameterTensors, bias: ParameterTensors?
    ) throws {
        let gradient = try plan.gradient(of: output, before: relu && !isGradientMasked ? .relu : nil, layer: path)
        if input.needsGradient {
            let target = plan.newGradient(of: input)
            try addPass(
                .backwardData, kernels_winograd_data, convolution, to: plan, uses: [gradient, target, weight.value]
            ) { addresses, scratch in
                let (from, to) = (addresses(gradient), addresses(target))
                let weights = weight.value.floats(addresses)
                return KernelStep { kernels_winograd_data_gradient(convolution, to, from, weights, scratch) }
            }
        }
        // In bfloat16 with 16 channels pairs of pixels are faster.
        if min(input.shape[0], outputShape[0]) == 16,
            PairedWeightGradient.isChosen(
                for: specification, inputChannels: input.shape[0], outputSize: Array(outputShape.dropFirst()),
                options: plan.options)
        {
            try PairedWeightGradient.add(
                to: plan, layer: path, input: input.tensor, gradient: gradient, weight: weight, bias: bias,
                multiplyAdds: directMultiplyAdds(plan))
            return
        }
        try addPass(
            .backwardWeights, kernels_winograd_weights, convolution, to: plan,
            uses: [input.tensor, gradient, weight.gradient] + (bias.map { [$0.gradient] } ?? [])
        ) { addresses, scratch in
            let (source, gradient) = (addresses(input.tensor), addresses(gradient))
            let (weights, bias) = (weight.gradient.floats(addresses), bias.map { $0.gradient.floats(addresses) })
            return KernelStep {
                kernels_winograd_weight_gradient(convolution, weights, bias, source, gradient, scratch)
            }
        }
    }

    /// - Parameter make: makes the step, given the memory that the pass works in.
    private func addPass(
        _ pass: StepLabel.Pass, _ kernel: kernels_winograd_pass, _ convolution: kernels_winograd, to plan: PlanBuilder,
        uses tensors: [PlanTensor],
        make: @escaping (_ addresses: PlanBuilder.Addresses, _ scratch: UnsafeMutablePointer<Float>) -> any PlanStep
    ) throws {
        let scratch = plan.tensor(
            try MemoryDescriptor(plain: [Int(kernels_winograd_scratch_count(convolution, kernel))]))
        let label = StepLabel(
            layer: path, pass: pass, implementation: "winograd tiles",
            multiplyAdds: directMultiplyAdds(plan))
        plan.add(label, uses: tensors + [scratch]) { addresses in
            make(addresses, scratch.floats(addresses))
        }
    }

    /// Multiply-adds of the direct algorithm.
    private func directMultiplyAdds(_ plan: PlanBuilder) -> Int {
        multiplyAdds([plan.batch, parameters.weight.shape[1], 9] + outputShape)
    }
}

extension kernels_winograd {
    /// - Parameters:
    ///   - source: `[N, C, H, W]` in blocks of channels, as is `result`.
    fileprivate init(_ source: MemoryDescriptor, _ result: MemoryDescriptor) {
        let (from, to, block) = (source.shape, result.shape, Processor.channelBlock)
        self.init(
            samples: Int64(from[0]), inputBlocks: Int64(from[1] / block), outputBlocks: Int64(to[1] / block),
            rows: Int64(from[2]), columns: Int64(from[3]), block: Int32(block), isHalf: source.isBFloat16 ? 1 : 0)
    }
}
