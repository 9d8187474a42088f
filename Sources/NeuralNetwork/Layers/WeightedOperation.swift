import OneDNN

/// What dense layers and convolutions have in common: a primitive with weights and, in training, one for the gradient of
/// its input and one for that of its weights.
///
/// The weights lie in the arenas in one float32 layout. Where a pass wants another layout, or bfloat16, they are
/// reordered in front of it, the gradient behind it.
struct WeightedOperation {
    let layer: String
    let parameters: WeightAndBias
    let passes: any WeightedPasses
    /// Multiplications with an addition in a pass.
    let multiplyAdds: Int
    /// Whether `PairedWeightGradient` computes the gradient of the weights.
    var multipliesPairs = false

    /// Layout of the result, in the number format that the passes compute with; where maps are in another they are converted in
    /// front and behind.
    private var destination: MemoryDescriptor { passes.destination }
    private var precision: Precision { destination.precision }
    private var weightShape: [Int] { passes.weightShape }

    /// Adds the passes to a plan.
    ///
    /// - Parameters:
    ///   - addend: added to the result before the activation.
    ///   - activation: fused into the forward pass.
    ///   - isGradientMasked: whether the gradient that comes back has passed the activation already.
    func add(
        to plan: PlanBuilder, input: FeatureMap, output: FeatureMap, addend: FeatureMap? = nil,
        activation: ElementwiseFunction?, isGradientMasked: Bool = false
    ) throws {
        let ownSource = try input.tensor.layout.inPrecision(precision)
        let anySource = try MemoryDescriptor(anyLayout: input.tensor.layout.shape, precision)
        let anyWeights = try MemoryDescriptor(anyLayout: weightShape, precision)
        let anyGradient = try MemoryDescriptor(anyLayout: weightShape)
        var fusing: [PostOperation] = []
        if let addend { fusing.append(.add(addend.tensor.layout)) }
        if let activation { fusing.append(.elementwise(activation.algorithm)) }

        let forward = try fastest([ownSource, anySource]) { [fusing] source in
            try passes.forward(source, anyWeights, fusing: fusing)
        }
        let sourceLayout = forward.layout(of: .source)
        let weight = try plan.parameter(
            parameters.weight, of: layer,
            layout: try multipliesPairs
                ? MemoryDescriptor(weightBlocks: weightShape, block: 16)
                : precision == .float32
                    ? forward.layout(of: .weights)
                    : fastestBackwardWeights([sourceLayout, ownSource, anySource], anyGradient)
                        .layout(of: .weightsGradient))
        let bias = try plan.bias(parameters, of: layer)

        let source = try plan.reordered(input.tensor, to: sourceLayout, layer: layer)
        let result = destination == output.tensor.layout ? output.tensor : plan.tensor(destination)
        var arguments: [PlanBuilder.Argument] = [
            (.source, source),
            (
                .weights,
                try plan.reordered(weight.value, to: forward.layout(of: .weights), layer: layer)
            ),
            (.destination, result),
        ]
        if let bias { arguments.append((.bias, bias.value)) }
        if let addend { arguments.append((.addend(0), addend.tensor)) }
        plan.add(forward, arguments, layer: layer, .forward, multiplyAdds: multiplyAdds)
        if result.number != output.tensor.number { try plan.reorder(result, into: output.tensor, layer: layer) }

        plan.addBackward {
            let gradient = try plan.gradient(of: output, before: isGradientMasked ? nil : activation, layer: layer)
            if let addend { plan.pass(gradient, to: addend) }
            let computed = try plan.reordered(gradient, to: destination, layer: layer)
            if input.needsGradient { try addBackwardData(to: plan, input, computed, weight, anySource, anyWeights) }
            if multipliesPairs {
                try PairedWeightGradient.add(
                    to: plan, layer: layer, input: input.tensor, gradient: computed, weight: weight, bias: bias,
                    multiplyAdds: multiplyAdds)
                return
            }
            try addBackwardWeights(to: plan, input, sourceLayout, computed, weight, bias, anySource, anyGradient)
        }
    }

    /// Whether oneDNN has fast code for all passes with these layouts.
    ///
    /// - Parameters:
    ///   - fusing: what the forward pass is to do to its result.
    ///   - withBackwardData: false for the network's first layer.
    func isFast(
        _ source: MemoryDescriptor, fusing: [PostOperation], withBackwardData: Bool
    ) -> Bool {
        guard let weights = try? MemoryDescriptor(anyLayout: weightShape, precision),
            let gradient = try? MemoryDescriptor(anyLayout: weightShape)
        else { return false }
        func isFast(_ make: () throws -> PrimitiveDescriptor) -> Bool {
            (try? make()).map { !$0.isReference } ?? false
        }
        return isFast { try passes.forward(source, weights, fusing: fusing) }
            && isFast { try passes.backwardWeights(source, gradient) }
            && (!withBackwardData || isFast { try passes.backwardData(source, weights) })
    }

    private func addBackwardData(
        to plan: PlanBuilder, _ input: FeatureMap, _ gradient: PlanTensor, _ weight: ParameterTensors,
        _ anySource: MemoryDescriptor, _ anyWeights: MemoryDescriptor
    ) throws {
        let ownSource = try input.tensor.layout.inPrecision(precision)
        let backward = try fastest([ownSource, anySource]) { try passes.backwardData($0, anyWeights) }
        let result = plan.newGradient(of: input)
        let layout = backward.layout(of: .sourceGradient)
        let target = layout == result.layout ? result : plan.tensor(layout)
        plan.add(
            backward,
            [
                (.destinationGradient, gradient),
                (
                    .weights,
                    try plan.reordered(weight.value, to: backward.layout(of: .weights), layer: layer)
                ), (.sourceGradient, target),
            ], layer: layer, .backwardData, multiplyAdds: multiplyAdds)
        if layout != result.layout { try plan.reorder(target, into: result, layer: layer) }
    }

    private func addBackwardWeights(
        to plan: PlanBuilder, _ input: FeatureMap, _ forwardSource: MemoryDescriptor, _ gradient: PlanTensor,
        _ weight: ParameterTensors, _ bias: ParameterTensors?, _ anySource: MemoryDescriptor,
        _ anyGradient: MemoryDescriptor
    ) throws {
        let ownSource = try input.tensor.layout.inPrecision(precision)
        let backward = try fastestBackwardWeights([forwardSource, ownSource, anySource], anyGradient)
        let layout = backward.layout(of: .weightsGradient)
        let target = layout == weight.gradient.layout ? weight.gradient : plan.tensor(layout)
        // Copied again where it was copied forward, rather than kept from the one pass to the other.
        let source = try plan.reordered(input.tensor, to: backward.layout(of: .source), layer: layer)
        var arguments: [PlanBuilder.Argument] = [
            (.source, source), (.destinationGradient, gradient), (.weightsGradient, target),
        ]
        if let bias { arguments.append((.biasGradient, bias.gradient)) }
        plan.add(backward, arguments, layer: layer, .backwardWeights, multiplyAdds: multiplyAdds)
        if layout != weight.gradient.layout { try plan.reorder(target, into: weight.gradient, layer: layer) }
    }

    private func fastestBackwardWeights(
        _ sources: [MemoryDescriptor], _ weights: MemoryDescriptor
    ) throws -> PrimitiveDescriptor {
        try fastest(sources) { try passes.backwardWeights($0, weights) }
    }

    /// The primitive for the first of the layouts that oneDNN has fast code for; where it has for none, its reference loop
    /// for the first that it takes.
    private func fastest(
        _ layouts: [MemoryDescriptor], _ make: (MemoryDescriptor) throws -> PrimitiveDescriptor
    ) throws -> PrimitiveDescriptor {
        var fallback: PrimitiveDescriptor?
        var failure: (any Error)?
        for layout in layouts {
            do {
                let descriptor = try make(layout)
                if !descriptor.isReference { return descriptor }
                fallback = fallback ?? descriptor
            } catch {
                failure = failure ?? error
            }
        }
        if let fallback { return fallback }
        throw failure!
    }
}

/// Parameters of a layer that multiplies.
struct WeightAndBias {
    let weight: LayerParameter
    let bias: LayerParameter?

    /// - Parameter parameters: as the layer declares them, the weight first.
    init(_ parameters: [LayerParameter]) {
        weight = parameters[0]
        bias = parameters.count > 1 ? parameters[1] : nil
    }
}

/// The product of what a pass goes through; the largest integer where that is larger.
func multiplyAdds(_ extents: [Int]) -> Int {
    extents.reduce(1) { product, extent in
        let (result, overflow) = product.multipliedReportingOverflow(by: extent)
        return overflow ? .max : result
    }
}
