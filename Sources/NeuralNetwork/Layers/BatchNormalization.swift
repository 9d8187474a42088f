import CKernels
import OneDNN
import Settings

/// Each channel to mean 0 and variance 1 over the batch, then times a weight and plus a bias, both `[C]` (Ioffe, Szegedy, ICML
/// 2015). In inference by running statistics: r ← (1 − momentum) · r + momentum · the batch's, with the unbiased variance.
public struct BatchNormalization: LayerSpecification {
    public static let name = "batchNormalization"

    public var momentum = 0.1
    public var epsilon = 1e-5
    /// Takes the statistics over the global batch, summed over all ranks, and not over each rank's micro-batch.
    public var synchronized = false

    public init() {}

    public init(momentum: Double = 0.1, epsilon: Double = 1e-5, synchronized: Bool = false) {
        self.momentum = momentum
        self.epsilon = epsilon
        self.synchronized = synchronized
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "momentum", \.momentum, .above(0, through: 1).inSinglePrecision,
            "weight of a batch in the running statistics"),
        .epsilon(\.epsilon),
        .synchronized(\.synchronized),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard (1...4).contains(input.count) else {
            throw SpecificationError(
                "expected an input [features], [C, L], [C, H, W] or [C, D, H, W], found \(input)")
        }
        return input
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [.scale([place.input[0]]), .bias([place.input[0]])]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(BatchNormalizationLayer(path: place.path, specification: self, parameters: parameters(place)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        var inputs = [input] + (try graph.parameters(of: self, at: place))
        for statistic in ["running_mean", "running_var"] {
            inputs.append(try graph.tensor(statistic, shape: [place.input[0]], at: place))
        }
        return graph.add("BatchNormalization", inputs, [("epsilon", .real(epsilon))], at: place)
    }

    public var batchStatistics: BatchStatistics? { synchronized ? .ofAllRanks : .ofEachRank }
}

/// y = f((x − mean) / √(variance + ε) · weight + bias + addend) with the statistics of each channel over the batch, by the
/// kernels of `CKernels`: the addition of a residual block and a ReLU, or ReLU6, cost no pass over memory of their own.
///
/// In inference the statistics are the running ones.
struct BatchNormalizationLayer: RectifiedLayer {
    let path: String
    let specification: BatchNormalization
    /// Factor and addend of each channel.
    let parameters: [LayerParameter]
    var rectifier: ElementwiseFunction?

    var summary: String { "batch normalization" + (rectifier.map { " + \($0)" } ?? "") }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        try prepare(in: plan, input: input, addend: nil)
    }

    /// - Parameter addend: of the input's shape.
    func prepare(in plan: PlanBuilder, input: FeatureMap, addend: FeatureMap?) throws -> FeatureMap {
        let source = try plan.blocked(input, layer: path)
        let channels = source.shape[0]
        let vector = try MemoryDescriptor(plain: [channels])
        let weight = try plan.parameter(parameters[0], of: path, layout: vector)
        let bias = try plan.parameter(parameters[1], of: path, layout: vector)
        let isFrozen = parameters.allSatisfy { plan.options.freezes("\(path).\($0.name)") }
        // Statistics that no batch has a share in.
        let momentum = isFrozen ? 0 : Float(specification.momentum)
        let runningMean = plan.statistic("\(path).running_mean", count: channels, initially: 0, momentum: momentum)
        let runningVariance = plan.statistic("\(path).running_var", count: channels, initially: 1, momentum: momentum)
        let output = plan.featureMap(source.tensor.layout, shape: source.shape, needsGradient: true)
        let addend = try addend.map { addend throws in try plan.blocked(addend, layer: path) }

        let shape = kernels_map_shape(source.tensor.layout, block: Processor.channelBlock)
        let state = BatchNormalizationState(
            specification, shape: shape, channels: channels,
            isFrozen: isFrozen, sumOverRanks: specification.synchronized && !isFrozen ? plan.sumOverRanks : nil)
        let mode = isFrozen ? .inference : plan.mode
        plan.add(
            label(.forward), uses: [source.tensor, output.tensor] + (addend.map { [$0.tensor] } ?? [])
        ) { [highest] (addresses) throws in
            // Reached with bindings alone, hence with statistics.
            NormalizationStep(
                state: state, mode: mode, values: addresses(source.tensor), addend: addend.map { addresses($0.tensor) },
                result: addresses(output.tensor), highest: highest,
                weight: addresses(weight.value).assumingMemoryBound(to: Float.self),
                bias: addresses(bias.value).assumingMemoryBound(to: Float.self),
                running: (runningMean!, runningVariance!))
        }
        plan.addBackward {
            addBackward(
                to: plan, state: state, source: source, addend: addend, output: output, weight: weight, bias: bias)
        }
        return input.shape.count > 1 ? output : output.viewed(as: [channels])
    }

    private func addBackward(
        to plan: PlanBuilder, state: BatchNormalizationState, source: FeatureMap, addend: FeatureMap?,
        output: FeatureMap, weight: ParameterTensors, bias: ParameterTensors
    ) {
        let incoming = plan.addends(of: output, layer: path)
        // The gradient behind the activation is written only where somebody else needs it, or two make it.
        var combined: PlanTensor?
        if addend?.needsGradient == true || incoming.count > 1 {
            combined = incoming.first { !plan.isShared($0) } ?? plan.tensor(output.tensor.layout)
        }
        let target = source.needsGradient ? plan.newGradient(of: source) : nil
        let used = incoming + [output.tensor, source.tensor] + [combined, target].compactMap { $0 }
        plan.add(label(.backward), uses: used) { [highest] (addresses) throws in
            NormalizationGradientStep(
                state: state, incoming: incoming.map { UnsafeRawPointer(addresses($0)) },
                combined: combined.map { addresses($0) }, values: addresses(source.tensor),
                result: highest > 0 ? UnsafeRawPointer(addresses(output.tensor)) : nil, highest: highest,
                target: target.map { addresses($0) },
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
