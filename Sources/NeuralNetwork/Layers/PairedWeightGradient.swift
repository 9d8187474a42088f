import CKernels
import OneDNN

/// The gradient of the weights of a convolution 3 × 3 in bfloat16, by a kernel of `CKernels` that multiplies pairs of neighbouring
/// pixels.
///
/// oneDNN 2.6 takes an eighth to a fifth longer for it.
enum PairedWeightGradient {
    /// A rule on the shape alone, as that of `ConvolutionAlgorithm.chosen`, which comes first.
    static func isChosen(
        for convolution: Convolution, inputChannels: Int, outputSize: [Int],
        options: Network.Options
    ) -> Bool {
        options.allowsOwnKernels && options.precision == .bfloat16 && Processor.multipliesPairs
            && convolution.kernel == 3 && convolution.stride == 1 && convolution.padding == 1 && convolution.groups == 1
            && convolution.dilation == 1 && outputSize.count == 2 && inputChannels % 16 == 0
            && convolution.channels % 16 == 0
            // A sample's maps lie in the cache; larger ones were not measured.
            && outputSize[0] * outputSize[1] <= 1024
    }

    /// - Parameters:
    ///   - input: in blocks of bfloat16, as is `gradient`, that of the result.
    ///   - weight: in the layout ``MemoryDescriptor/init(weightBlocks:block:)``, of 16.
    static func add(
        to plan: PlanBuilder, layer: String, input: PlanTensor, gradient: PlanTensor, weight: ParameterTensors,
        bias: ParameterTensors?, multiplyAdds: Int
    ) throws {
        let (source, result) = (input.layout.shape, gradient.layout.shape)
        weight.requireLayout(try MemoryDescriptor(weightBlocks: [result[1], source[1], 3, 3], block: 16), layer: layer)
        let shape = kernels_weight_gradient(
            samples: Int64(source[0]), inputBlocks: Int64(source[1] / 16), outputBlocks: Int64(result[1] / 16),
            rows: Int64(source[2]), columns: Int64(source[3]))
        let scratch = plan.tensor(
            try MemoryDescriptor(plain: [Int(kernels_weight_gradient_scratch_count(shape))], .bfloat16))
        let label = StepLabel(
            layer: layer, pass: .backwardWeights, implementation: "pairs of pixels", multiplyAdds: multiplyAdds)
        plan.add(
            label, uses: [input, gradient, scratch, weight.gradient] + (bias.map { [$0.gradient] } ?? [])
        ) { addresses in
            let (weights, bias) = (weight.gradient.floats(addresses), bias.map { $0.gradient.floats(addresses) })
            let (source, gradient) = (input.halves(addresses), gradient.halves(addresses))
            let scratch = scratch.halves(addresses)
            return KernelStep { kernels_find_weight_gradient(shape, weights, bias, source, gradient, scratch) }
        }
    }
}
