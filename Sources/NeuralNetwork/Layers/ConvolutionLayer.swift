import OneDNN

/// y = f(x ∗ W + b) for x `[N, C, H, W]`, W `[channels, C / groups, kernel height, kernel width]`: oneDNN's convolution,
/// with an addition and an activation, if any, fused as post-ops; for few channels the kernels of `CKernels`. Of volumes the
/// same with a depth; a signal is computed as a map of one row.
struct ConvolutionLayer: FreelyActivatedLayer {
    let path: String
    /// With a number for each dimension of the grid.
    let specification: Convolution
    /// Along the dimensions of a sample.
    let window: Window
    /// `[channels, L′]`, `[channels, H′, W′]` or `[channels, D′, H′, W′]`.
    let outputShape: [Int]
    let parameters: WeightAndBias
    var activation: ElementwiseFunction?
    /// Whether the layer behind masks the gradient with the activation's derivative.
    var isGradientMasked = false

    var keepsPositions: Bool { false }

    var summary: String {
        let groups = specification.groups > 1 ? ", \(specification.groups) groups" : ""
        let stride = specification.stride == 1 ? "" : ", stride \(Extent(window.stride))"
        return "convolution \(window)\(stride)\(window.dilationText)\(groups)" + (activation.map { " + \($0)" } ?? "")
    }

    /// Behind the channels.
    private var gridSize: [Int] { Array(FeatureMap.grid(of: outputShape).dropFirst()) }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        if isTiled(plan, input) {
            return try WinogradConvolution(
                path: path, specification: specification, outputShape: outputShape, parameters: parameters,
                relu: activation == .relu, isGradientMasked: isGradientMasked
            ).prepare(in: plan, input: input)
        }
        guard hasFewChannels(plan, input) else { return try prepare(in: plan, input: input, addend: nil) }
        return try FewChannelConvolution(
            path: path, specification: specification, outputShape: outputShape, parameters: parameters,
            relu: activation == .relu, isGradientMasked: isGradientMasked
        ).prepare(in: plan, input: input)
    }

    private func isTiled(_ plan: PlanBuilder, _ input: FeatureMap) -> Bool {
        WinogradConvolution.isChosen(
            for: specification, inputChannels: input.shape[0], outputSize: gridSize,
            activation: activation, options: plan.options)
    }

    private func hasFewChannels(_ plan: PlanBuilder, _ input: FeatureMap) -> Bool {
        FewChannelConvolution.isChosen(
            for: specification, inputChannels: input.shape[0], activation: activation,
            isFirst: isFirst(plan, input), options: plan.options)
    }

    private func isFirst(_ plan: PlanBuilder, _ input: FeatureMap) -> Bool {
        plan.isInput(input) && input.shape.count > 1
    }

    /// Whether an addend can be fused into the forward pass.
    func canAdd(in plan: PlanBuilder, input: FeatureMap) -> Bool {
        !hasFewChannels(plan, input) && !isTiled(plan, input) && algorithm(plan, input, .forward) == .direct
            && specification.groups == 1
            && plan.options.precision == .float32 && Processor.canFuseAddition
    }

    /// - Parameter addend: of the result's shape, added before the activation.
    func prepare(in plan: PlanBuilder, input: FeatureMap, addend: FeatureMap?) throws -> FeatureMap {
        // The one block is the pixel: the same memory either way, and oneDNN is faster where it takes channels for last.
        let isOneBlock = isOneBlock(plan, input)
        let input =
            isOneBlock
            ? input.viewed(as: try plan.channelsLast(input.shape), shape: input.shape) : try plan.onGrid(input)
        let choice = try layouts(plan, input)
        let precision = plan.options.precision
        // Layouts that differ only in the stride of a single channel are equal to oneDNN, but not to all its kernels.
        let sourceLayout = try choice.source.inPrecision(precision)
        let source = try plan.converted(input, to: sourceLayout, shape: input.shape, layer: path)
            .viewed(as: sourceLayout, shape: input.shape)
        let outputLayout = try choice.destination.inPrecision(precision)
        let output = plan.featureMap(outputLayout, shape: outputShape, needsGradient: true)
        let addend = try addend.map { addend throws in
            isOneBlock && addend.tensor.layout.isBlocked
                ? addend.viewed(as: outputLayout, shape: outputShape)
                : try plan.converted(addend, to: outputLayout, shape: outputShape, layer: path)
        }
        try operation(plan, source, choice.destination).add(
            to: plan, input: source, output: output, addend: addend, activation: activation,
            isGradientMasked: isGradientMasked)
        return isOneBlock ? output.viewed(as: try plan.blocked(outputShape), shape: outputShape) : output
    }

    /// Whether maps in blocks are of one block each on both sides, and are computed directly in float32.
    private func isOneBlock(_ plan: PlanBuilder, _ input: FeatureMap) -> Bool {
        input.tensor.layout.isBlocked && Processor.channelBlock == 16 && input.shape[0] == 16 && outputShape[0] == 16
            && plan.options.precision == .float32 && algorithm(plan, input, .forward) == .direct
    }

    /// The first layouts, from the cheapest to reach on, for which oneDNN has fast code; the same in training and inference.
    /// Their number format is what the convolution computes with: float32 where oneDNN has no fast bfloat16, and where
    /// Winograd's algorithm, which it has in float32 alone, is chosen.
    private func layouts(
        _ plan: PlanBuilder, _ input: FeatureMap
    ) throws -> (source: MemoryDescriptor, destination: MemoryDescriptor) {
        let layout = input.tensor.layout
        // The network's input stays plain: with its few channels that is what oneDNN's kernels prefer.
        let block = Processor.channelBlock
        let isFirst = isFirst(plan, input) && input.shape[0] < block
        let wantsWinograd = algorithm(plan, input, .forward) == .winograd
        // Winograd's algorithm wants them in blocks; where they are not whole, channels last are the safer choice.
        let prefersBlocks =
            layout.isBlocked || wantsWinograd && input.shape[0] % block == 0 && outputShape[0] % block == 0
        let precisions: [Precision] =
            plan.options.precision == .float32 || wantsWinograd ? [.float32] : [.bfloat16, .float32]
        for precision in precisions {
            let blocks = (try plan.blocked(input.shape, precision), try plan.blocked(outputShape, precision))
            let last = (try plan.channelsLast(input.shape, precision), try plan.channelsLast(outputShape, precision))
            let own = try layout.inPrecision(precision)
            let candidates =
                isFirst ? [(own, blocks.1), last, blocks] : prefersBlocks ? [blocks, last] : [last, blocks]
            for (source, destination) in candidates {
                let view = input.viewed(as: source, shape: input.shape)
                let isFast = try operation(plan, view, destination).isFast(
                    source, fusing: activation.map { [.elementwise($0.algorithm)] } ?? [], withBackwardData: !isFirst)
                if isFast { return (source, destination) }
            }
        }
        return (try plan.blocked(input.shape), try plan.blocked(outputShape))
    }

    private func algorithm(
        _ plan: PlanBuilder, _ input: FeatureMap, _ pass: ConvolutionAlgorithm.Pass
    ) -> ConvolutionAlgorithm {
        .chosen(
            for: specification, inputChannels: input.shape[0], outputSize: gridSize, pass: pass,
            options: plan.options)
    }

    private func operation(
        _ plan: PlanBuilder, _ input: FeatureMap, _ destination: MemoryDescriptor
    ) throws -> WeightedOperation {
        let (convolution, groups) = (specification, specification.groups)
        let shape = Array(parameters.weight.shape.prefix(2)) + convolution.kernel.numbers
        let passes = ConvolutionPasses(
            algorithms: (
                algorithm(plan, input, .forward), algorithm(plan, input, .backwardData),
                algorithm(plan, input, .backwardWeights)
            ),
            weightShape: groups == 1 ? shape : [groups, shape[0] / groups] + shape.dropFirst(),
            bias: convolution.bias ? try MemoryDescriptor(plain: [convolution.channels]) : nil,
            destination: destination, strides: window.onGrid.stride,
            dilation: window.onGrid.dilation, padding: (window.onGrid.padding, window.onGrid.paddingBehind),
            engine: plan.engine,
            purpose: "a convolution \(input.tensor.layout.shape) to \(destination.shape)")
        return WeightedOperation(
            layer: path, parameters: parameters, passes: passes,
            multiplyAdds: multiplyAdds([plan.batch, shape[1], window.area] + outputShape),
            multipliesPairs: passes.algorithms.weights == .direct && destination.isBlocked && destination.isBFloat16
                && input.tensor.layout.isBlocked
                && PairedWeightGradient.isChosen(
                    for: convolution, inputChannels: input.shape[0], outputSize: gridSize,
                    options: plan.options)
        )
    }
}
