import Settings

/// The sum of what comes out of branches, which have one shape.
public struct Addition: BranchedLayer {
    public static let name = "addition"
    /// The branches say what stays in its place.
    public var keepsPositions: Bool { false }

    public var branches: [Branch] = []

    public init() {}

    public static let settings = [
        branchSetting("lists of layers by names, whose outputs are added; an empty list is the input")
    ]

    public var requirement: String { "one shape" }

    public func joinedShape(_ outputs: [[Int]]) -> [Int]? {
        outputs.allSatisfy { $0 == outputs[0] } ? outputs[0] : nil
    }

    public var operation: (name: String, attributes: [(String, ONNXGraph.Attribute)]) { ("Sum", []) }

    public func joinedMask(
        _ outputs: [(value: String, shape: [Int])], in graph: inout ONNXGraph, at place: LayerPlace
    ) -> String? {
        graph.commonMask(of: outputs.map(\.value), at: place)
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            AdditionLayer(
                path: place.path, branches: try loweredBranches(place, &lowering),
                outputShape: try outputShape(input: place.input)))
    }
}

/// A sum from the first branch to the last; its gradient is that of each.
struct AdditionLayer: Layer {
    let path: String
    let branches: [[any Layer]]
    let outputShape: [Int]

    var keepsPositions: Bool { false }

    var summary: String { "sum of \(branches.count) branches" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let outputs = try plan.prepare(branches, input: input)
        let addends = try alike(outputs, in: plan)
        var output = plan.featureMap(
            addends[0].tensor.layout, shape: outputShape, needsGradient: addends.contains { $0.needsGradient })
        var sum = addends[0].tensor
        for addend in addends.dropFirst() {
            plan.addSum(sum, addend.tensor, into: output.tensor, layer: path, .forward)
            sum = output.tensor
        }
        output.mask = plan.commonMask(of: outputs, layer: path)
        guard output.needsGradient else { return output }
        plan.addBackward { [output] in
            let gradient = plan.gradient(of: output, layer: path)
            if addends.count(where: \.needsGradient) > 1 { plan.share(gradient) }
            for addend in addends { plan.pass(gradient, to: addend) }
        }
        return output
    }

    /// In the layout of the first branch that has one of channels together, vectors plain.
    private func alike(_ maps: [FeatureMap], in plan: PlanBuilder) throws -> [FeatureMap] {
        if outputShape.count == 1 { return try maps.map { try plan.vector($0, layer: path) } }
        let layout =
            try maps.map(\.tensor.layout).first { !$0.isPlain && !$0.isInSampleBlocks } ?? plan.blocked(outputShape)
        return try maps.map { try plan.converted($0, to: layout, shape: outputShape, layer: path) }
    }
}
