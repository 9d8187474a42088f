import CKernels
import OneDNN
import Settings

/// What comes out of branches, one behind the other along the channels, or the features of vectors. The sizes behind the channels
/// are the same.
public struct Concatenation: BranchedLayer {
    public static let name = "concatenation"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public var branches: [Branch] = []

    public init() {}

    public static let settings = [
        branchSetting(
            "lists of layers by names, whose outputs are joined along the channels; an empty list is the input")
    ]

    public static let requirement = "the same sizes behind the channels"

    public static func joinedShape(_ outputs: [[Int]]) -> [Int]? {
        guard outputs.allSatisfy({ $0.dropFirst() == outputs[0].dropFirst() }) else { return nil }
        return [outputs.reduce(0) { $0 + $1[0] }] + outputs[0].dropFirst()
    }

    public static let operation = (name: "Concat", attributes: [("axis", ONNXGraph.Attribute.integer(1))])

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            ConcatenationLayer(
                path: place.path, branches: try loweredBranches(place, &lowering),
                outputShape: try outputShape(input: place.input)))
    }
}

/// Copies of what comes out of the branches into one map; the gradient is cut up in the same way.
struct ConcatenationLayer: Layer {
    let path: String
    let branches: [[any Layer]]
    let outputShape: [Int]

    var keepsPositions: Bool { false }

    var summary: String { "concatenation of \(branches.count) branches" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let parts = try alike(try plan.prepare(branches, input: input), in: plan)
        let output = plan.featureMap(
            try layout(of: outputShape, isBlocked: parts[0].tensor.layout.isBlocked, in: plan), shape: outputShape,
            needsGradient: parts.contains { $0.needsGradient })
        let places = places(of: parts, in: output)
        plan.add(label(.forward), uses: parts.map(\.tensor) + [output.tensor]) { addresses in
            let (sources, target) = (parts.map { addresses($0.tensor) }, addresses(output.tensor))
            return KernelStep {
                for (source, place) in zip(sources, places) {
                    kernels_copy_rows(
                        target + place.offset, place.stride, source, Int64(place.width), Int64(place.width), place.rows)
                }
            }
        }
        guard output.needsGradient else { return output }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let wanted = zip(parts, places).filter { $0.0.needsGradient }
            let targets = wanted.map { plan.newGradient(of: $0.0) }
            plan.add(label(.backward), uses: targets + [gradient]) { addresses in
                let (source, targets) = (addresses(gradient), targets.map { addresses($0) })
                let places = wanted.map(\.1)
                return KernelStep {
                    for (target, place) in zip(targets, places) {
                        kernels_copy_rows(
                            target, Int64(place.width), source + place.offset, place.stride, Int64(place.width),
                            place.rows)
                    }
                }
            }
        }
        return output
    }

    /// In blocks where each part is of whole ones, else with the channels last; vectors plain.
    private func alike(_ parts: [FeatureMap], in plan: PlanBuilder) throws -> [FeatureMap] {
        if outputShape.count == 1 { return try parts.map { try plan.vector($0, layer: path) } }
        let isBlocked = parts.allSatisfy { $0.shape[0] % Processor.channelBlock == 0 }
        return try parts.map { part in
            try plan.converted(
                part, to: try layout(of: part.shape, isBlocked: isBlocked, in: plan), shape: part.shape, layer: path)
        }
    }

    private func layout(of shape: [Int], isBlocked: Bool, in plan: PlanBuilder) throws -> MemoryDescriptor {
        if shape.count == 1 { return try MemoryDescriptor(plain: [plan.batch] + shape, plan.options.precision) }
        return try isBlocked ? plan.blocked(shape) : plan.channelsLast(shape)
    }

    /// Where a part lies in the whole: rows of as many bytes as it has in a sample, or in a pixel.
    private struct Place {
        let offset, width: Int
        let rows, stride: Int64
    }

    private func places(of parts: [FeatureMap], in output: FeatureMap) -> [Place] {
        let samples = output.tensor.layout.shape[0]
        let pixels = outputShape.dropFirst().reduce(1, *)
        let rows = output.tensor.layout.isBlocked ? samples : samples * pixels
        let stride = Int64(output.tensor.layout.byteCount / rows)
        var offset = 0
        return parts.map { part in
            let width = part.tensor.layout.byteCount / rows
            defer { offset += width }
            return Place(offset: offset, width: width, rows: Int64(rows), stride: stride)
        }
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "concatenation", multiplyAdds: 0)
    }
}
