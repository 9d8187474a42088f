import OneDNN

/// The steps of a ``PlainLayer``: converts what flows to the plain layout in float32 and back.
struct PlainOperation<Kind: PlainLayer>: Layer {
    let path: String
    let layer: Kind
    let outputShape: [Int]
    let parameters: [LayerParameter]
    /// Numbers kept of a sample.
    let keptCount: Int
    let random: LayerRandom

    var summary: String { Kind.name }
    var keepsPositions: Bool { layer.keepsPositions }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.converted(
            input, to: try input.tensor.layout.plain(.float32), shape: input.shape, layer: path)
        let tensors = try parameters.map { parameter in
            try plan.parameter(parameter, of: path, layout: try MemoryDescriptor(plain: parameter.shape))
        }
        let output = plan.featureMap(
            try MemoryDescriptor(plain: [plan.batch] + outputShape), shape: outputShape,
            needsGradient: source.needsGradient || !tensors.isEmpty)
        let kept = plan.tensor(try MemoryDescriptor(plain: [plan.batch, max(keptCount, 1)]))
        let buffers = PlainBuffers(
            shape: PassShape(batch: plan.batch, input: source.shape, output: outputShape), keptCount: keptCount,
            parameters: tensors, input: source.tensor, output: output.tensor, kept: kept)
        let isTraining = plan.mode == .training
        plan.add(label(.forward), uses: [source.tensor, output.tensor, kept]) { addresses in
            PlainForwardStep(layer, buffers, isTraining: isTraining, random, addresses)
        }
        if output.needsGradient {
            plan.addBackward {
                let gradient = plan.gradient(of: output, layer: path)
                // A layer may compute it, whether it is of use or not.
                let target = source.needsGradient ? plan.newGradient(of: source) : plan.tensor(source.tensor.layout)
                plan.add(label(.backward), uses: [source.tensor, output.tensor, kept, gradient, target]) {
                    addresses in
                    PlainBackwardStep(
                        layer, buffers, outputGradient: gradient, inputGradient: target,
                        needsInputGradient: source.needsGradient, random, addresses)
                }
            }
        }
        return try plan.converted(
            output, to: try output.tensor.layout.plain(plan.options.precision), shape: outputShape, layer: path)
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: Kind.name, multiplyAdds: 0)
    }
}

/// The tensors that both passes use.
private struct PlainBuffers {
    let shape: PassShape
    let keptCount: Int
    let parameters: [ParameterTensors]
    let input, output, kept: PlanTensor

    func floats(_ tensor: PlanTensor, _ addresses: PlanBuilder.Addresses) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: tensor.floats(addresses), count: tensor.layout.floatCount)
    }

    func kept(_ addresses: PlanBuilder.Addresses) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: kept.floats(addresses), count: shape.batch * keptCount)
    }
}

/// Where the tensors of a layer's parameters or of their gradients lie.
private final class TensorTable {
    let tensors: UnsafeMutableBufferPointer<UnsafeMutableBufferPointer<Float>>

    init(_ found: [UnsafeMutableBufferPointer<Float>]) {
        // With a place more than there are, so that it has an address.
        let memory = UnsafeMutablePointer<UnsafeMutableBufferPointer<Float>>.allocate(capacity: found.count + 1)
        tensors = UnsafeMutableBufferPointer(start: memory, count: found.count)
        _ = tensors.initialize(from: found)
    }

    deinit {
        tensors.baseAddress!.deallocate()
    }
}

private final class PlainForwardStep<Kind: PlainLayer>: PlanStep {
    private let layer: Kind
    private let shape: PassShape
    private let isTraining: Bool
    private let random: LayerRandom
    private let input, output, kept: UnsafeMutableBufferPointer<Float>
    private let parameters: TensorTable

    init(
        _ layer: Kind, _ buffers: PlainBuffers, isTraining: Bool, _ random: LayerRandom,
        _ addresses: PlanBuilder.Addresses
    ) {
        self.layer = layer
        self.isTraining = isTraining
        self.random = random
        shape = buffers.shape
        input = buffers.floats(buffers.input, addresses)
        output = buffers.floats(buffers.output, addresses)
        kept = buffers.kept(addresses)
        parameters = TensorTable(buffers.parameters.map { buffers.floats($0.value, addresses) })
    }

    func run(_ position: BatchPosition) {
        output.update(repeating: 0)
        kept.update(repeating: 0)
        var pass = ForwardPass(
            shape, isTraining: isTraining, input: UnsafeBufferPointer(input).span,
            parameters: ParameterValues(parameters.tensors), output: output.mutableSpan, kept: kept.mutableSpan,
            random: random.at(position))
        layer.forward(&pass)
    }
}

private final class PlainBackwardStep<Kind: PlainLayer>: PlanStep {
    private let layer: Kind
    private let shape: PassShape
    private let needsInputGradient: Bool
    private let random: LayerRandom
    private let input, output, kept, outputGradient, inputGradient: UnsafeMutableBufferPointer<Float>
    private let parameters, gradients: TensorTable

    init(
        _ layer: Kind, _ buffers: PlainBuffers, outputGradient: PlanTensor, inputGradient: PlanTensor,
        needsInputGradient: Bool, _ random: LayerRandom, _ addresses: PlanBuilder.Addresses
    ) {
        self.layer = layer
        self.needsInputGradient = needsInputGradient
        self.random = random
        shape = buffers.shape
        input = buffers.floats(buffers.input, addresses)
        output = buffers.floats(buffers.output, addresses)
        kept = buffers.kept(addresses)
        self.outputGradient = buffers.floats(outputGradient, addresses)
        self.inputGradient = buffers.floats(inputGradient, addresses)
        parameters = TensorTable(buffers.parameters.map { buffers.floats($0.value, addresses) })
        gradients = TensorTable(buffers.parameters.map { buffers.floats($0.gradient, addresses) })
    }

    func run(_ position: BatchPosition) {
        inputGradient.update(repeating: 0)
        for gradient in gradients.tensors { gradient.update(repeating: 0) }
        var pass = BackwardPass(
            shape, input: UnsafeBufferPointer(input).span, output: UnsafeBufferPointer(output).span,
            kept: UnsafeBufferPointer(kept).span, parameters: ParameterValues(parameters.tensors),
            outputGradient: UnsafeBufferPointer(outputGradient).span, inputGradient: inputGradient.mutableSpan,
            needsInputGradient: needsInputGradient, gradients: ParameterGradients(gradients.tensors),
            random: random.at(position))
        layer.backward(&pass)
    }
}
