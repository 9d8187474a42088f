import OneDNN

/// Where each parameter tensor lies in the parameter and the gradient arena.
///
/// Both arenas have the same layout. Each tensor starts at a multiple of 64 bytes and is stored as the primitives want
/// it (oneDNN's blocked layouts, padding included and always 0); `Network.exportParameters()` gives the plain layout.
public struct ParameterLayout: Sendable {
    /// One parameter tensor.
    public struct Tensor: Sendable {
        /// The layer's place in the specification and the role, for example "2.weight" or "3.branch.0.weight".
        public let name: String
        /// The layer's place among the layers that have parameters.
        public let layer: Int
        /// Plain shape: `[units, features]` for the weight of a dense layer, `[channels, C / groups, kernel height, kernel
        /// width]` for that of a convolution, `[units]` for a bias.
        public let shape: [Int]
        /// Elements of the arena, padding included.
        public let range: Range<Int>
        /// Whether weight decay applies: to the weights of dense layers and convolutions, not to biases and normalisations.
        public let isDecayed: Bool
        /// True where it stays as it is: see `Network.Options.frozen`.
        public let isFrozen: Bool
    }

    /// In the order of the layers.
    public let tensors: [Tensor]
    /// Floats in each arena; a multiple of 16.
    public let count: Int

    /// Trainable numbers, without padding.
    public var parameterCount: Int {
        tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    /// The layers that have parameters, by their places in the specification, in order.
    public let layers: [String]

    static let alignment = 16

    init(_ declarations: [ParameterDeclaration], isFrozen: (String) -> Bool) {
        var offset = 0
        var layers: [String] = []
        tensors = declarations.map { declaration in
            let range = offset..<offset + declaration.descriptor.floatCount
            offset = (range.upperBound + Self.alignment - 1) / Self.alignment * Self.alignment
            if layers.last != declaration.layer { layers.append(declaration.layer) }
            return Tensor(
                name: declaration.name, layer: layers.count - 1, shape: declaration.parameter.shape, range: range,
                isDecayed: declaration.parameter.isDecayed, isFrozen: isFrozen(declaration.name))
        }
        self.layers = layers
        count = offset
    }
}

/// What a layer asks for: a tensor with the layout that its primitives chose.
struct ParameterDeclaration {
    /// The path of the layer that it belongs to.
    let layer: String
    /// The path and the role.
    let name: String
    let parameter: LayerParameter
    let descriptor: MemoryDescriptor
}

/// A running statistic that a layer keeps, `[count]`.
struct StatisticDeclaration {
    let name: String
    let count: Int
    let initialValue: Float
    /// The share of each batch in it.
    let momentum: Float
}
