import Settings

/// A layer with a name in place of its number in the list: its parameters are called by it, `conv1.weight` for `3.weight`. In a
/// residual block or a branch the name stands in place of that and of the number: `layer1.0.conv1.weight` for
/// `layer1.0.branch.0.weight`. A name may have full stops.
public struct Named: LayerSpecification {
    public static let name = "named"

    public var label = ""
    public var layer: any LayerSpecification = Flatten()

    public init() {}

    public init(_ label: String, _ layer: any LayerSpecification) {
        self.label = label
        self.layer = layer
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "name", \.label, .ofPaths, expected: "a name such as conv1",
            "what the layer's parameters are called by, in place of its number"),
        .init(
            requiredComponent: "layer", \.layer, among: LayerRegistry.all,
            expected: "a layer such as \(LayerRegistry.example)", "layer that has the name"),
    ]

    public var contradiction: Contradiction? {
        layer is Named ? Contradiction("layer", "expected a layer of another kind, found one with a name") : nil
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.label == other.label && one.layer.isEqual(other.layer)
    }

    // MARK: - The layer's own

    public var inner: [(key: String, layers: [any LayerSpecification])] { layer.inner }
    public func inner(input: [Int]) -> [(key: String, layers: [any LayerSpecification])] { layer.inner(input: input) }
    public var batchStatistics: BatchStatistics? { layer.batchStatistics }
    public var rowIndices: RowIndices? { layer.rowIndices }
    public var favorsAdaptiveRates: Bool { layer.favorsAdaptiveRates }
    public var keepsPositions: Bool { layer.keepsPositions }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] { try layer.outputShape(input: input) }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] { layer.parameters(place) }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        try layer.lowered(place, &lowering)
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        try layer.exported(place, input: input, to: &graph)
    }
}

extension Limit<String> {
    /// Limit of a name that may have full stops between its parts.
    fileprivate static let ofPaths = Self("of letters, digits and _, with full stops between") { name in
        name.wholeMatch(of: /[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*/) != nil
    }
}

extension LayerSpecification {
    /// The layer without the name that it may have.
    public var unnamed: any LayerSpecification { (self as? Named)?.layer ?? self }
}

extension NetworkSpecification {
    /// The layers of a list with their paths, those with names of their own as the layers that they name.
    ///
    /// - Parameters:
    ///   - prefix: of the numbers of layers, such as `3.branch.`.
    ///   - names: the same of names, such as `3.`; nil where it is no other.
    public static func listed(
        _ layers: [any LayerSpecification], prefix: String = "", names: String? = nil
    ) -> [(path: String, layer: any LayerSpecification)] {
        layers.enumerated().map { index, layer in
            guard let named = layer as? Named else { return ("\(prefix)\(index)", layer) }
            return ("\(names ?? prefix)\(named.label)", named.layer)
        }
    }
}
