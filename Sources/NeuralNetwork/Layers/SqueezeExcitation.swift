import CKernels
import OneDNN
import Settings

/// Each channel of a map times a number in 0 … 1 that depends on the means of all (Hu, Shen, Sun, CVPR 2018): a dense layer of
/// C / reduction units on the means, ReLU, a dense layer of C units, sigmoid.
public struct SqueezeExcitation: LayerSpecification {
    public static let name = "squeezeExcitation"

    /// Channels of the map for each unit of the first dense layer, which has at least one.
    public var reduction = 16

    public init() {}

    public init(reduction: Int) {
        self.reduction = reduction
    }

    public static let settings: [Setting<Self>] = [
        Setting("reduction", \.reduction, .size, "channels for each unit of the first of the two dense layers")
            .asShortForm
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        return input
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let (channels, units) = (place.input[0], max(place.input[0] / reduction, 1))
        func weight(_ name: String, _ shape: [Int], _ initializer: Initializer) -> LayerParameter {
            LayerParameter(
                name, shape: shape, isDecayed: true,
                initialValue: .random(initializer, fanIn: shape[1], fanOut: shape[0]))
        }
        func bias(_ name: String, _ count: Int) -> LayerParameter {
            LayerParameter(name, shape: [count], isDecayed: false, initialValue: .zero)
        }
        return [
            weight("reduce_weight", [units, channels], .he), bias("reduce_bias", units),
            weight("expand_weight", [channels, units], .glorot), bias("expand_bias", channels),
        ]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        let parameters = parameters(place)
        let (units, channels) = (parameters[1].shape[0], place.input[0])
        return LoweredLayer(
            SqueezeExcitationLayer(
                mean: PoolingLayer(
                    path: place.path, kind: .average, window: Window(whole: place.input),
                    outputShape: [channels] + place.input.dropFirst().map { _ in 1 }),
                reduce: DenseLayer(
                    path: place.path, units: units, parameters: WeightAndBias(Array(parameters[..<2])),
                    activation: .relu),
                expand: DenseLayer(
                    path: place.path, units: channels, parameters: WeightAndBias(Array(parameters[2...])),
                    activation: .sigmoid)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let names = try graph.parameters(of: self, at: place)
        let transposed = [("transB", ONNXGraph.Attribute.integer(1))]
        let mean = graph.add("GlobalAveragePool", [input], at: place)
        let means = graph.add("Flatten", [mean], [("axis", .integer(1))], at: place)
        let reduced = graph.add("Relu", [graph.add("Gemm", [means] + names[..<2], transposed, at: place)], at: place)
        let scales = graph.add(
            "Sigmoid", [graph.add("Gemm", [reduced] + names[2...], transposed, at: place)], at: place)
        let axes = graph.constant("\(place.path).axes", place.input.indices.dropFirst().map { $0 + 1 })
        return graph.add("Mul", [input, graph.add("Unsqueeze", [scales, axes], at: place)], at: place)
    }
}

/// The means by oneDNN's pooling, the dense layers as any, the product by the kernels of `CKernels`.
struct SqueezeExcitationLayer: Layer {
    let mean: PoolingLayer
    let reduce, expand: DenseLayer

    var path: String { mean.path }
    var summary: String { "squeeze and excitation, \(reduce.units) units" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.blocked(input, layer: path)
        let channels = source.shape[0]
        let means = try mean.prepare(in: plan, input: source).viewed(as: [channels])
        let scales = try expand.prepare(in: plan, input: try reduce.prepare(in: plan, input: means))
        let output = plan.featureMap(source.tensor.layout, shape: source.shape, needsGradient: true)
        let shape = kernels_map_shape(source.tensor.layout, block: Processor.channelBlock)
        plan.add(label(.forward), uses: [source.tensor, scales.tensor, output.tensor]) { addresses in
            let (from, factors, to) = (addresses(source.tensor), addresses(scales.tensor), addresses(output.tensor))
            return KernelStep { kernels_scale_channels(shape, to, from, factors, Int64(channels)) }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let factorGradient = plan.newGradient(of: scales)
            let target = source.needsGradient ? plan.newGradient(of: source) : nil
            let used = [gradient, source.tensor, scales.tensor, factorGradient] + (target.map { [$0] } ?? [])
            plan.add(label(.backward), uses: used) { addresses in
                let (from, factors) = (addresses(source.tensor), addresses(scales.tensor))
                let (gradient, toFactors) = (addresses(gradient), addresses(factorGradient))
                let to = target.map { addresses($0) }
                return KernelStep {
                    kernels_scale_channels_gradient(shape, to, toFactors, gradient, from, factors, Int64(channels))
                }
            }
        }
        return output
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "channel scales", multiplyAdds: 0)
    }
}
