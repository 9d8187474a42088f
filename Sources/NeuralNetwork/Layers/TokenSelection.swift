import CKernels
import OneDNN
import Settings

/// `[N, L, E]` → `[N, E]`: one position, such as that of the class token.
public struct TokenSelection: LayerSpecification {
    public static let name = "tokenSelection"

    /// From the first, 0.
    public var position = 0

    public init() {}

    public init(position: Int) {
        self.position = position
    }

    public static let settings: [Setting<Self>] = [
        Setting("position", \.position, .from(0, through: 1 << 24), "the position, counted from 0").asShortForm
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        guard position < input[0] else {
            throw SpecificationError("expected a position below \(input[0]), found \(position)")
        }
        return [input[1]]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(TokenSelectionLayer(path: place.path, position: position))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        // A scalar index leaves the axis out.
        let row = graph.add(
            "Gather", [input, graph.constant("\(place.path).position", [position])], [("axis", .integer(1))], at: place)
        return graph.add("Squeeze", [row, graph.constant("\(place.path).axis", [1])], at: place)
    }
}

/// Copies a row of each sample.
struct TokenSelectionLayer: Layer {
    let path: String
    let position: Int

    var summary: String { "position \(position)" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.sequence(input, layer: path)
        let features = input.shape[1]
        let output = plan.featureMap(
            try MemoryDescriptor(plain: [plan.batch, features], plan.options.precision), shape: [features],
            needsGradient: source.needsGradient)
        let width = plan.options.precision == .bfloat16 ? 2 : 4
        let (sample, row) = (input.featureCount * width, features * width)
        let (batch, start) = (plan.batch, position * row)
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (from, to) = (addresses(source.tensor), addresses(output.tensor))
            return KernelStep {
                for n in 0..<batch { (to + n * row).copyMemory(from: from + n * sample + start, byteCount: row) }
            }
        }
        guard source.needsGradient else { return output }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = plan.newGradient(of: source)
            plan.add(label(.backward), uses: [gradient, target]) { addresses in
                let (from, to) = (addresses(gradient), addresses(target))
                return KernelStep {
                    to.initializeMemory(as: UInt8.self, repeating: 0, count: batch * sample)
                    for n in 0..<batch { (to + n * sample + start).copyMemory(from: from + n * row, byteCount: row) }
                }
            }
        }
        return output
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "copies", multiplyAdds: 0)
    }
}
