import Settings

/// Layers side by side, which all take what goes into the block.
public struct Branch: Sendable, Equatable {
    /// Letters, digits and `_`: what the paths of its layers have between the block's and their own, as in "3.skip.0".
    public var name: String
    /// Empty for the input as it is.
    public var layers: [any LayerSpecification]

    public init(_ name: String, _ layers: [any LayerSpecification] = []) {
        self.name = name
        self.layers = layers
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.name == other.name && NetworkSpecification.areEqual(one.layers, other.layers)
    }
}

/// A layer that joins what comes out of branches.
public protocol BranchedLayer: LayerSpecification {
    /// At least two.
    var branches: [Branch] { get set }

    /// The shape behind the layer.
    ///
    /// - Parameter outputs: the shapes behind the branches, of as many dimensions each.
    func joinedShape(_ outputs: [[Int]]) -> [Int]?

    /// Property of the branches' outputs that has to be equal, as messages say it.
    var requirement: String { get }

    /// The operator of ONNX that joins them.
    var operation: (name: String, attributes: [(String, ONNXGraph.Attribute)]) { get }

    /// The ONNX value of the mask behind the layer; nil where no branch gives a sequence with padding.
    func joinedMask(
        _ outputs: [(value: String, shape: [Int])], in graph: inout ONNXGraph, at place: LayerPlace
    ) -> String?
}

extension BranchedLayer {
    public init(_ branches: [Branch]) {
        self.init()
        self.branches = branches
    }

    static func branchSetting(_ meaning: String) -> Setting<Self> {
        .init(
            namedComponents: "branches", \.branches, of: "layers", example: LayerRegistry.example,
            among: LayerRegistry.all, list: { ($0.name, $0.layers) }, element: { Branch($0, $1) }, meaning)
    }

    public var inner: [(key: String, layers: [any LayerSpecification])] { branches.map { ($0.name, $0.layers) } }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard branches.count >= 2 else {
            throw SpecificationError("branches: expected at least 2, found \(branches.count)")
        }
        var names: Set<String> = []
        for name in branches.map(\.name) {
            guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }),
                names.insert(name).inserted
            else {
                throw SpecificationError(
                    "branches: expected names of letters, digits and _, each once, found \(name.debugDescription)")
            }
        }
        let outputs = try branchShapes(input: input)
        guard Set(outputs.map(\.count)).count == 1, let shape = joinedShape(outputs) else {
            let found = zip(branches, outputs).map { "\($0.name) to \($1)" }.joined(separator: ", ")
            throw SpecificationError("expected branches to \(requirement), found \(found)")
        }
        return shape
    }

    func branchShapes(input: [Int]) throws(SpecificationError) -> [[Int]] {
        var outputs: [[Int]] = []
        for branch in branches {
            do {
                outputs.append(try NetworkSpecification.outputShapes(of: branch.layers, input: input).last ?? input)
            } catch {
                throw error.within(branch.name, of: self)
            }
        }
        return outputs
    }

    func loweredBranches(
        _ place: LayerPlace, _ lowering: inout Lowering
    ) throws(SpecificationError) -> [[any Layer]] {
        var lowered: [[any Layer]] = []
        for branch in branches {
            let prefix = "\(place.path).\(branch.name)."
            lowered.append(
                try lowering.layers(branch.layers, input: place.input, prefix: prefix, names: "\(place.path)."))
        }
        return lowered
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let shapes = try branchShapes(input: place.input)
        var outputs: [(value: String, shape: [Int])] = []
        for (branch, shape) in zip(branches, shapes) {
            let prefix = "\(place.path).\(branch.name)."
            do {
                let value = try graph.add(
                    branch.layers, input: input, shape: place.input, prefix: prefix, names: "\(place.path).")
                outputs.append((value, shape))
            } catch {
                throw error.within(branch.name, of: self)
            }
        }
        let joined = graph.add(operation.name, outputs.map(\.value), operation.attributes, at: place)
        if let mask = joinedMask(outputs, in: &graph, at: place) { graph.setMask(mask, of: joined) }
        return joined
    }
}

extension PlanBuilder {
    /// Outputs of branches that all take `input`.
    func prepare(_ branches: [[any Layer]], input: FeatureMap) throws -> [FeatureMap] {
        try branches.map { layers in
            try layers.reduce(input) { flow, layer in try prepare(layer, input: flow) }
        }
    }
}
