import CKernels

/// y = f((x − mean) / √(variance + ε) · weight + bias + addend) with the statistics of each channel over the batch, by the
/// kernels of `CKernels`: the addition of a residual block and a ReLU cost no pass over memory of their own.
///
/// In inference the statistics are the running ones.
struct BatchNormalizationLayer: Layer {
    let path: String
    let specification: LayerSpecification.BatchNormalization
    /// Whether f is max(0, x), else x.
    let relu: Bool

    var summary: String { "batch normalization" + (relu ? " + relu" : "") }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws(DNNLError) -> FeatureMap {
        try prepare(in: plan, input: input, addend: nil)
    }

    /// - Parameter addend: of the input's shape.
    func prepare(in plan: PlanBuilder, input: FeatureMap, addend: FeatureMap?) throws(DNNLError) -> FeatureMap {
        let source = try plan.blocked(input, layer: path)
        let channels = source.shape[0]
        let vector = try MemoryDescriptor(plain: [channels])
        let weight = try plan.parameter(
            "weight", of: path, shape: [channels], layout: vector, isDecayed: false, initially: .one)
        let bias = try plan.parameter(
            "bias", of: path, shape: [channels], layout: vector, isDecayed: false, initially: .zero)
        let momentum = specification.momentum
        let runningMean = plan.statistic("\(path).running_mean", count: channels, initially: 0, momentum: momentum)
        let runningVariance = plan.statistic("\(path).running_var", count: channels, initially: 1, momentum: momentum)
        let output = plan.featureMap(source.tensor.layout, shape: source.shape, needsGradient: true)
        let addend = try addend.map { addend throws(DNNLError) in try plan.blocked(addend, layer: path) }

        let shape = kernels_map_shape(source.tensor.layout, block: DNNLEngine.channelBlock)
        let state = BatchNormalizationState(
            specification, shape: shape, channels: channels,
            sumOverRanks: specification.synchronized ? plan.sumOverRanks : nil)
        let mode = plan.mode
        plan.add(
            label(.forward), uses: [source.tensor, output.tensor] + (addend.map { [$0.tensor] } ?? [])
        ) { [relu] (addresses) throws(DNNLError) in
            // Reached with bindings alone, hence with statistics.
            NormalizationStep(
                state: state, mode: mode, values: addresses(source.tensor), addend: addend.map { addresses($0.tensor) },
                result: addresses(output.tensor), relu: relu,
                weight: addresses(weight.value).assumingMemoryBound(to: Float.self),
                bias: addresses(bias.value).assumingMemoryBound(to: Float.self),
                running: (runningMean!, runningVariance!))
        }
        plan.addBackward { () throws(DNNLError) in
            addBackward(
                to: plan, state: state, source: source, addend: addend, output: output, weight: weight, bias: bias)
        }
        return input.shape.count == 3 ? output : output.viewed(as: [channels])
    }

    private func addBackward(
        to plan: PlanBuilder, state: BatchNormalizationState, source: FeatureMap, addend: FeatureMap?,
        output: FeatureMap, weight: ParameterTensors, bias: ParameterTensors
    ) {
        let incoming = plan.addends(of: output, layer: path)
        // The gradient behind the ReLU is written only where somebody else needs it, or two make it.
        var combined: PlanTensor?
        if addend?.needsGradient == true || incoming.count > 1 {
            combined = incoming.first { !plan.isShared($0) } ?? plan.tensor(output.tensor.layout)
        }
        let target = source.needsGradient ? plan.newGradient(of: source) : nil
        let used = incoming + [output.tensor, source.tensor] + [combined, target].compactMap { $0 }
        plan.add(label(.backward), uses: used) { [relu] (addresses) throws(DNNLError) in
            NormalizationGradientStep(
                state: state, incoming: incoming.map { UnsafeRawPointer(addresses($0)) },
                combined: combined.map { addresses($0) }, values: addresses(source.tensor),
                result: relu ? UnsafeRawPointer(addresses(output.tensor)) : nil, target: target.map { addresses($0) },
                weight: addresses(weight.value).assumingMemoryBound(to: Float.self),
                weightGradient: addresses(weight.gradient).assumingMemoryBound(to: Float.self),
                biasGradient: addresses(bias.gradient).assumingMemoryBound(to: Float.self))
        }
        if let addend, let combined { plan.pass(combined, to: addend) }
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "batch normalization", multiplyAdds: 0)
    }
}

extension kernels_map_shape {
    /// Of a map `[N, C, H, W]` in blocks.
    init(_ layout: MemoryDescriptor, block: Int) {
        let shape = layout.shape
        self.init(
            samples: Int64(shape[0]), blocks: Int64((shape[1] + block - 1) / block),
            pixels: Int64(shape[2] * shape[3]), block: Int32(block), isHalf: layout.isBFloat16 ? 1 : 0)
    }
}

/// What the forward and the backward step of a batch normalisation share: the statistics of the batch.
private final class BatchNormalizationState {
    let specification: LayerSpecification.BatchNormalization
    let shape: kernels_map_shape
    let channels: Int
    let sumOverRanks: SumOverRanks?
    /// Channels with those that fill up the last block.
    let paddedChannels: Int
    /// Values of each channel, on all ranks where synchronised.
    var count = 0.0
    /// Arrays over channels: mean, 1 / √(variance + ε), and what the kernels multiply and add.
    let mean, inverseDeviation, scale, slope, shift: UnsafeMutablePointer<Float>
    /// Two arrays over channels, and a count: what is summed over ranks.
    let sums: UnsafeMutableBufferPointer<Double>
    private let floats: AlignedBuffer

    init(
        _ specification: LayerSpecification.BatchNormalization, shape: kernels_map_shape, channels: Int,
        sumOverRanks: SumOverRanks?
    ) {
        self.specification = specification
        self.shape = shape
        self.channels = channels
        self.sumOverRanks = sumOverRanks
        let padded = Int(shape.blocks) * Int(shape.block)
        paddedChannels = padded
        floats = AlignedBuffer(floats: 5 * padded)
        let start = floats.floats.baseAddress!
        (mean, inverseDeviation, scale) = (start, start + padded, start + 2 * padded)
        (slope, shift) = (start + 3 * padded, start + 4 * padded)
        sums = .allocate(capacity: 2 * padded + 1)
        sums.initialize(repeating: 0)
    }

    deinit {
        sums.deallocate()
    }

    var first: UnsafeMutablePointer<Double> { sums.baseAddress! }
    var second: UnsafeMutablePointer<Double> { sums.baseAddress! + paddedChannels }

    /// Statistics of `values`, of all ranks' where synchronised; without values, this rank adds nothing.
    func measure(_ values: UnsafeRawPointer?) throws {
        sums.update(repeating: 0)
        if let values {
            kernels_moments(shape, values, mean, first, second)
            count = Double(shape.samples * shape.pixels)
        } else {
            mean.update(repeating: 0, count: paddedChannels)
            count = 0
        }
        if let sumOverRanks {
            // The origins differ between ranks: sums of the values themselves, exact enough in Double.
            for channel in 0..<paddedChannels {
                let (origin, sum) = (Double(mean[channel]), first[channel])
                first[channel] = sum + count * origin
                second[channel] += 2 * origin * sum + count * origin * origin
                mean[channel] = 0
            }
            sums[2 * paddedChannels] = count
            try sumOverRanks(sums)
            count = sums[2 * paddedChannels]
        }
    }

    /// Turns the sums into mean, deviation and running statistics, and clears nothing.
    func conclude(running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)) {
        let momentum = Double(specification.momentum)
        for channel in 0..<paddedChannels {
            let offset = first[channel] / count
            let average = Double(mean[channel]) + offset
            let variance = max(0, second[channel] / count - offset * offset)
            mean[channel] = Float(average)
            inverseDeviation[channel] = Float(1 / (variance + Double(specification.epsilon)).squareRoot())
            guard channel < channels else { continue }
            let unbiased = count > 1 ? variance * count / (count - 1) : variance
            running.mean[channel] = Float((1 - momentum) * Double(running.mean[channel]) + momentum * average)
            running.variance[channel] = Float(
                (1 - momentum) * Double(running.variance[channel]) + momentum * unbiased)
        }
    }
}

private final class NormalizationStep: PlanStep {
    private let state: BatchNormalizationState
    private let mode: ExecutionPlan.Mode
    private let values, result: UnsafeMutableRawPointer
    private let addend: UnsafeMutableRawPointer?
    private let relu: Bool
    private let weight, bias: UnsafeMutablePointer<Float>
    private let running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)

    init(
        state: BatchNormalizationState, mode: ExecutionPlan.Mode, values: UnsafeMutableRawPointer,
        addend: UnsafeMutableRawPointer?, result: UnsafeMutableRawPointer, relu: Bool,
        weight: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>,
        running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)
    ) {
        self.state = state
        self.mode = mode
        self.values = values
        self.addend = addend
        self.result = result
        self.relu = relu
        self.weight = weight
        self.bias = bias
        self.running = running
    }

    func run(_ position: BatchPosition) throws {
        let epsilon = Double(state.specification.epsilon)
        if mode == .training {
            try state.measure(values)
            state.conclude(running: running)
        } else {
            for channel in 0..<state.channels {
                state.mean[channel] = running.mean[channel]
                state.inverseDeviation[channel] = Float(1 / (Double(running.variance[channel]) + epsilon).squareRoot())
            }
        }
        for channel in 0..<state.channels {
            let scale = weight[channel] * state.inverseDeviation[channel]
            state.scale[channel] = scale
            state.shift[channel] = bias[channel] - state.mean[channel] * scale
        }
        kernels_scale_shift(state.shape, result, values, addend, state.scale, state.shift, relu ? 1 : 0)
    }

    func runWithoutSamples() throws {
        guard mode == .training, state.sumOverRanks != nil else { return }
        try state.measure(nil)
        state.conclude(running: running)
    }
}

private final class NormalizationGradientStep: PlanStep {
    private let state: BatchNormalizationState
    private let incoming: [UnsafeRawPointer]
    private let combined, target: UnsafeMutableRawPointer?
    private let values: UnsafeMutableRawPointer
    private let result: UnsafeRawPointer?
    private let weight, weightGradient, biasGradient: UnsafeMutablePointer<Float>

    init(
        state: BatchNormalizationState, incoming: [UnsafeRawPointer], combined: UnsafeMutableRawPointer?,
        values: UnsafeMutableRawPointer, result: UnsafeRawPointer?, target: UnsafeMutableRawPointer?,
        weight: UnsafeMutablePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>
    ) {
        self.state = state
        self.incoming = incoming
        self.combined = combined
        self.values = values
        self.result = result
        self.target = target
        self.weight = weight
        self.weightGradient = weightGradient
        self.biasGradient = biasGradient
    }

    func run(_ position: BatchPosition) throws {
        kernels_gradient_moments(
            state.shape, incoming[0], incoming.count > 1 ? incoming[1] : nil, result, values, state.mean, combined,
            state.first, state.second)
        // The gradients of the parameters are this rank's; those of all ranks are summed with the others.
        for channel in 0..<state.channels {
            weightGradient[channel] = Float(state.second[channel] * Double(state.inverseDeviation[channel]))
            biasGradient[channel] = Float(state.first[channel])
        }
        try state.sumOverRanks?(state.sums)
        guard let target else { return }
        for channel in 0..<state.channels {
            let deviation = Double(state.inverseDeviation[channel])
            let scale = Double(weight[channel]) * deviation
            state.scale[channel] = Float(scale)
            state.slope[channel] = Float(scale * deviation * deviation * state.second[channel] / state.count)
            state.shift[channel] = Float(scale * state.first[channel] / state.count)
        }
        kernels_normalization_gradient(
            state.shape, target, combined.map { UnsafeRawPointer($0) } ?? incoming[0],
            combined == nil ? result : nil, values, state.mean, state.scale, state.slope, state.shift)
    }

    func runWithoutSamples() throws {
        guard let sumOverRanks = state.sumOverRanks else { return }
        state.sums.update(repeating: 0)
        try sumOverRanks(state.sums)
    }
}
