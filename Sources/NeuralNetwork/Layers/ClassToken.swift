import CKernels
import OneDNN
import Settings

/// `[N, L, E]` → `[N, L + 1, E]`: a learned row in front of the positions, to which blocks behind bring what tells the class
/// (Devlin et al., NAACL 2019; Dosovitskiy et al., ICLR 2021).
public struct ClassToken: LayerSpecification {
    public static let name = "classToken"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var keepsPositions: Bool { false }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        return [input[0] + 1, input[1]]
    }

    /// Normal with the standard deviation of BERT's and of vision transformers'.
    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [
            LayerParameter(
                "weight", shape: [place.input[1]], isDecayed: false, initialValue: .normal(standardDeviation: 0.02))
        ]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(ClassTokenLayer(path: place.path, parameter: parameters(place)[0]))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let weight = try graph.parameters(of: self, at: place)[0]
        // As many rows as samples: each sample's first position times 0, plus the token.
        let axis = graph.constant("\(place.path).axis", [1])
        let bounds = [
            graph.constant("\(place.path).start", [0]), graph.constant("\(place.path).end", [1]),
        ]
        let row = graph.add("Slice", [input] + bounds + [axis], at: place)
        let zero = graph.constant("\(place.path).zero", [Float(0)])
        let token = graph.add("Add", [graph.add("Mul", [row, zero], at: place), weight], at: place)
        let output = graph.add("Concat", [token, input], [("axis", .integer(1))], at: place)
        if let mask = graph.mask(of: input) {
            let column = graph.add("Slice", [mask] + bounds + [axis], at: place)
            let one = graph.constant("\(place.path).one", [Float(1)])
            let seen = graph.add("Add", [graph.add("Mul", [column, zero], at: place), one], at: place)
            graph.setMask(graph.add("Concat", [seen, mask], [("axis", .integer(1))], at: place), of: output)
        }
        return output
    }
}

/// Puts a row in front of each sample's.
struct ClassTokenLayer: Layer {
    let path: String
    let parameter: LayerParameter

    var summary: String { "class token" }
    var givesSequence: Bool { true }
    var keepsPositions: Bool { false }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.sequence(input, .float32, layer: path)
        let token = try plan.parameter(parameter, of: path, layout: try MemoryDescriptor(plain: parameter.shape))
        let shape = kernels_sequences(batch: plan.batch, shape: input.shape)
        let output = try plan.kernelResult([input.shape[0] + 1, input.shape[1]], needsGradient: true)
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (from, to) = (source.tensor.floats(addresses), output.tensor.floats(addresses))
            let row = token.value.floats(addresses)
            return KernelStep { kernels_prepend(shape, to, from, row) }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = source.needsGradient ? plan.newGradient(of: source) : nil
            plan.add(label(.backward), uses: [gradient] + (target.map { [$0] } ?? [])) { addresses in
                let (gradient, target) = (gradient.floats(addresses), target?.floats(addresses))
                let row = token.gradient.floats(addresses)
                return KernelStep { kernels_prepend_gradient(shape, target, row, gradient) }
            }
        }
        var result = try plan.inNetworkPrecision(output, layer: path)
        if let mask = source.mask { result.mask = try extended(mask, in: plan, shape) }
        return result
    }

    /// The mask with a place for the token, which is never padding.
    private func extended(
        _ mask: PlanTensor, in plan: PlanBuilder, _ shape: kernels_sequences
    ) throws -> PlanTensor {
        let longer = plan.tensor(try MemoryDescriptor(plain: [plan.batch, Int(shape.positions) + 1]))
        let places = kernels_sequences(samples: shape.samples, positions: shape.positions, features: 1)
        plan.add(label(.forward), uses: [mask, longer]) { addresses in
            let (from, to) = (mask.floats(addresses), longer.floats(addresses))
            return KernelStep {
                var one: Float = 1
                kernels_prepend(places, to, from, &one)
            }
        }
        return longer
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "copies", multiplyAdds: 0)
    }
}
