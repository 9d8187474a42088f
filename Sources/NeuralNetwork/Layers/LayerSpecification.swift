import Settings

/// A layer as a configuration names it: its settings, its shape rule, its parameters and how it is computed, each kind in a
/// file of its own and a line of ``LayerRegistry``. Those of another package are a ``PlainLayer``.
///
/// Maps are `[N, C, H, W]`, signals `[N, C, L]`, volumes `[N, C, D, H, W]`, vectors `[N, features]`, sequences `[N, L, E]`; a shape is
/// that of one sample, without N.
public protocol LayerSpecification: Component, Equatable {
    /// The shape behind the layer. The settings are within their limits.
    ///
    /// - Throws: what was expected of `input` and what was found.
    func outputShape(input: [Int]) throws(SpecificationError) -> [Int]

    /// Parameters of the layer, without those of layers within it, in the order in which they are declared.
    func parameters(_ place: LayerPlace) -> [LayerParameter]

    /// The layer as it is computed, by itself; passes over the list of layers join neighbours afterwards.
    func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer

    /// Adds the ONNX nodes that compute the layer in inference, and returns the name of what comes out. A layer of another package
    /// may do without.
    ///
    /// - Parameter input: the name of what goes in, of the shape `place.input` with N in front.
    /// - Throws: where ONNX has no such nodes, or a tensor of the layer is missing.
    func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String

    /// The layers within it, by the keys of their lists.
    var inner: [(key: String, layers: [any LayerSpecification])] { get }

    /// The same for an input of a shape, on which the sizes of layers within may depend.
    func inner(input: [Int]) -> [(key: String, layers: [any LayerSpecification])]

    /// The statistics over the batch that the layer takes of each channel; nil for none.
    var batchStatistics: BatchStatistics? { get }

    /// Numbers of the samples by which the layer looks rows up, for which it has to be the first one; nil for others.
    var rowIndices: RowIndices? { get }

    /// True of a layer whose network is to be trained, unless another optimizer is chosen, with a rate of its own for each
    /// parameter, as Adam has it: attention, embeddings, and normalizations of single samples or positions, and what has one
    /// within it.
    var favorsAdaptiveRates: Bool { get }

    /// True where position i of a sequence behind the layer is position i in front of it: then padding stays where it is.
    var keepsPositions: Bool { get }
}

extension LayerSpecification {
    public func parameters(_ place: LayerPlace) -> [LayerParameter] { [] }
    public var inner: [(key: String, layers: [any LayerSpecification])] { [] }
    public func inner(input: [Int]) -> [(key: String, layers: [any LayerSpecification])] { inner }
    public var batchStatistics: BatchStatistics? { nil }
    public var rowIndices: RowIndices? { nil }
    public var favorsAdaptiveRates: Bool {
        inner.contains { $0.layers.contains { $0.favorsAdaptiveRates } }
    }
    public var keepsPositions: Bool { true }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        throw SpecificationError("expected a layer that says its ONNX nodes, found one that does not")
    }

    /// The kind as a configuration calls it.
    public var kind: String { Self.name }

    func isEqual(_ other: any LayerSpecification) -> Bool { other as? Self == self }
}

/// Where a layer stands.
public struct LayerPlace {
    /// "3", or "3.branch.0" within another layer: what the names of its parameters begin with.
    public let path: String
    /// Layers in front of it, those within others included: what random masks are told apart by.
    public let number: Int
    /// Shape of one sample in front of it.
    public let input: [Int]
    /// The layer behind it in the same list.
    public let following: (any LayerSpecification)?

    public init(path: String, number: Int = 0, input: [Int], following: (any LayerSpecification)? = nil) {
        self.path = path
        self.number = number
        self.input = input
        self.following = following
    }
}

/// The samples that a layer's statistics are taken over.
public enum BatchStatistics: Sendable, Equatable {
    /// Those that a rank takes through the network at once.
    case ofEachRank
    /// The global batch.
    case ofAllRanks
}

/// A tensor that a layer learns.
public struct LayerParameter: Sendable, Equatable {
    /// The name within the layer, such as `weight`, or `0.weight` in a list of parts.
    public private(set) var name: String
    /// Plain shape: `[units, features]`, `[channels, C / groups]` and the sizes of the kernel, `[units]`.
    public let shape: [Int]
    /// True where weight decay applies.
    public let isDecayed: Bool
    public let initialValue: InitialValue

    /// - Parameters:
    ///   - name: within the layer, without a full stop, and not beginning with `running_`, as running statistics do.
    ///   - shape: at least one dimension, none of them 0.
    ///   - isDecayed: whether weight decay applies, and a rate that depends on norms: to weights, not to biases and scales.
    public init(_ name: String, shape: [Int], isDecayed: Bool, initialValue: InitialValue) {
        precondition(
            !name.isEmpty && !name.contains(".") && !name.hasPrefix("running_"),
            "a parameter with the name \(name.debugDescription), expected one without a full stop or \"running_\"")
        precondition(
            !shape.isEmpty && shape.allSatisfy { $0 > 0 }, "the parameter \(name) has the shape \(shape)")
        self.name = name
        self.shape = shape
        self.isDecayed = isDecayed
        self.initialValue = initialValue
    }

    /// The parameter of this name in a list of parts of the layer: `0.weight`, as PyTorch's `ModuleList` calls it.
    init(_ name: String, at index: Int, shape: [Int], isDecayed: Bool, initialValue: InitialValue) {
        self.init(name, shape: shape, isDecayed: isDecayed, initialValue: initialValue)
        self.name = "\(index).\(name)"
    }

    /// Numbers that the layer's input is multiplied by and summed.
    static func weight(_ shape: [Int], _ initialValue: InitialValue) -> Self {
        Self("weight", shape: shape, isDecayed: true, initialValue: initialValue)
    }

    /// A factor of each channel or feature.
    static func scale(_ shape: [Int]) -> Self {
        Self("weight", shape: shape, isDecayed: false, initialValue: .one)
    }

    /// A number added to each unit, channel or feature.
    static func bias(_ shape: [Int]) -> Self {
        Self("bias", shape: shape, isDecayed: false, initialValue: .zero)
    }

    public var count: Int { shape.reduce(1, *) }

    /// The name within the network. A layer that is called by the name of its parameter is that parameter: `3.layer_scale`, not
    /// `3.layer_scale.layer_scale`.
    public static func name(_ name: String, at path: String) -> String {
        path == name || path.hasSuffix(".\(name)") ? path : "\(path).\(name)"
    }
}

/// Start of a parameter; random ones are a pure function of the seed, the tensor's number and the element.
public enum InitialValue: Sendable, Equatable {
    case constant(Float)
    /// Normal with mean 0.
    case normal(standardDeviation: Double)
    /// The same but for 0 in one row of a matrix of rows of `width` numbers.
    case normalRows(standardDeviation: Double, width: Int, zeroRow: Int)
    /// In ±`bound`.
    case uniform(bound: Double)
    case random(Initializer, fanIn: Int, fanOut: Int)

    public static let zero = Self.constant(0)
    public static let one = Self.constant(1)
}

/// A layer that is computed by this package's operations.
public struct LoweredLayer {
    let layer: any Layer

    init(_ layer: any Layer) {
        self.layer = layer
    }
}

/// Makes layers of specifications, counting them.
public struct Lowering {
    let seed: UInt64
    private var number = 0

    init(seed: UInt64) {
        self.seed = seed
    }

    /// The layers of a list, neighbours that one primitive or kernel computes joined.
    ///
    /// - Parameters:
    ///   - prefix: of their paths.
    ///   - names: the same of those with names of their own; nil where it is no other.
    mutating func layers(
        _ specifications: [any LayerSpecification], input: [Int], prefix: String, names: String? = nil
    ) throws(SpecificationError) -> [any Layer] {
        var layers: [any Layer] = []
        var shape = input
        let listed = NetworkSpecification.listed(specifications, prefix: prefix, names: names)
        for (index, (path, specification)) in listed.enumerated() {
            let place = LayerPlace(
                path: path, number: number, input: shape,
                following: index + 1 < listed.count ? listed[index + 1].layer : nil)
            number += 1
            layers.append(try specification.lowered(place, &self).layer)
            shape = try specification.outputShape(input: shape)
        }
        return FusionPasses.all.reduce(layers) { $1.fuse($0) }
    }
}
