/// The nodes that compute a network in inference, as an ONNX file has them: operators of one set, on values that are known by their
/// names (onnx.ai, "Open Neural Network Exchange Intermediate Representation Specification").
///
/// Values are float32: maps `[N, C, H, W]` and vectors `[N, features]`.
public struct ONNXGraph: Sendable {
    /// The set of ONNX's own operators that the nodes are of.
    public static let operatorSet = 17

    /// An application of an operator.
    public struct Node: Sendable, Equatable {
        /// `Conv`, `Gemm` and so on.
        public let operation: String
        public let inputs: [String]
        /// The name of what comes out, and of the node.
        public let output: String
        public let attributes: [(name: String, value: Attribute)]

        public static func == (one: Self, other: Self) -> Bool {
            one.operation == other.operation && one.inputs == other.inputs && one.output == other.output
                && one.attributes.elementsEqual(other.attributes, by: ==)
        }
    }

    public enum Attribute: Sendable, Equatable {
        case integer(Int)
        case integers([Int])
        case real(Double)
        case text(String)
    }

    /// A value that is kept in the file.
    public struct Constant: Sendable, Equatable {
        public let name: String
        /// Empty for a scalar.
        public let shape: [Int]
        public let values: Values

        public enum Values: Sendable, Equatable {
            case reals([Float])
            case integers([Int64])
        }
    }

    /// Each behind those that make its inputs.
    public private(set) var nodes: [Node] = []
    public private(set) var constants: [Constant] = []
    private var tensors: [String: Tensor]
    private var outputs: Set<String> = []
    /// Masks of sequences with padding, by the sequences' names: the value `[N, L]` that is 1 where there is a token and 0 at
    /// padding.
    private var masks: [String: String] = [:]

    /// - Parameter tensors: parameters and running statistics, each with a name of its own.
    public init(tensors: [Tensor]) {
        self.tensors = Dictionary(tensors.map { ($0.name, $0) }) { $1 }
    }

    // MARK: - Nodes

    /// Adds a node.
    ///
    /// - Parameter name: of what comes out; a number is put behind it where it is taken, so that all nodes of a layer may have its
    ///   path.
    /// - Returns: that name.
    @discardableResult
    public mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], named name: String
    ) -> String {
        var (output, number) = (name, 0)
        while !outputs.insert(output).inserted {
            number += 1
            output = "\(name)/\(number)"
        }
        nodes.append(
            Node(
                operation: operation, inputs: inputs, output: output,
                attributes: attributes.map { (name: $0.0, value: $0.1) }))
        return output
    }

    /// Keeps names from nodes and constants of layers: those of what goes into a model and what comes out.
    public mutating func reserve(_ names: [String]) { outputs.formUnion(names) }

    /// Adds the node whose result is that of the model, under a name that was reserved.
    public mutating func addResult(
        _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], named name: String
    ) {
        nodes.append(
            Node(
                operation: operation, inputs: inputs, output: name,
                attributes: attributes.map { (name: $0.0, value: $0.1) }))
    }

    /// Adds a node of a layer.
    public mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], at place: LayerPlace
    ) -> String {
        add(operation, inputs, attributes, named: place.path)
    }

    // MARK: - Values

    /// Keeps a value, and returns its name.
    public mutating func constant(_ name: String, _ values: [Float], shape: [Int] = []) -> String {
        precondition(values.count == shape.reduce(1, *), "\(name): \(values.count) values for \(shape)")
        outputs.insert(name)
        constants.append(Constant(name: name, shape: shape, values: .reals(values)))
        return name
    }

    /// Keeps a list of integers, and returns its name.
    public mutating func constant(_ name: String, _ values: [Int]) -> String {
        outputs.insert(name)
        constants.append(Constant(name: name, shape: [values.count], values: .integers(values.map(Int64.init))))
        return name
    }

    /// Keeps the parameters of a layer, in the order in which it declares them, and returns their names.
    ///
    /// - Throws: where one is missing or of another shape.
    public mutating func parameters(
        of layer: any LayerSpecification, at place: LayerPlace
    ) throws(SpecificationError) -> [String] {
        var names: [String] = []
        for parameter in layer.parameters(place) {
            names.append(try tensor(parameter.name, shape: parameter.shape, at: place))
        }
        return names
    }

    /// Keeps a tensor of a layer, such as a running statistic, and returns its name.
    ///
    /// - Throws: where it is missing or of another shape.
    public mutating func tensor(
        _ name: String, shape: [Int], at place: LayerPlace
    ) throws(SpecificationError) -> String {
        let name = LayerParameter.name(name, at: place.path)
        guard let tensor = tensors.removeValue(forKey: name), tensor.shape == shape else {
            throw SpecificationError("expected a tensor \(name) \(shape) among the weights, found none")
        }
        // A layer may be called by the name of its parameter; its node is then not.
        outputs.insert(name)
        return constant(name, tensor.values, shape: shape)
    }

    // MARK: - Padding

    /// The value `[N, L]` that is 1 where a sequence has a token and 0 at padding; nil where it has no padding.
    public func mask(of sequence: String) -> String? { masks[sequence] }

    /// Tells the mask of a sequence. Layers behind that keep its positions keep it.
    public mutating func setMask(_ mask: String, of sequence: String) {
        masks[sequence] = mask
    }

    // MARK: - Layers

    /// Adds a network, and returns the name of its logits.
    ///
    /// - Parameter input: the name of what the network takes.
    /// - Throws: at the first layer that does not fit the shape in front of it, has no nodes in ONNX, or lacks its tensors; where
    ///   tensors are left over.
    public mutating func add(_ network: NetworkSpecification, input: String) throws(SpecificationError) -> String {
        _ = try network.outputShapes()
        let output = try add(network.layers, input: input, shape: network.inputShape, prefix: "")
        if let name = tensors.keys.min() {
            throw SpecificationError("expected the weights of its layers alone, found \(name) too")
        }
        return output
    }

    /// Adds layers one behind the other, and returns the name of what comes out of the last.
    ///
    /// - Parameters:
    ///   - shape: of a sample in front of the first.
    ///   - prefix: of their paths.
    ///   - names: the same of those with names of their own; nil where it is no other.
    public mutating func add(
        _ layers: [any LayerSpecification], input: String, shape: [Int], prefix: String, names: String? = nil
    ) throws(SpecificationError) -> String {
        var (value, shape) = (input, shape)
        for (index, (path, layer)) in NetworkSpecification.listed(layers, prefix: prefix, names: names).enumerated() {
            do {
                let place = LayerPlace(path: path, input: shape)
                let input = value
                value = try layer.exported(place, input: input, to: &self)
                let output = try layer.outputShape(input: shape)
                if masks[value] == nil, let mask = masks[input], layer.keepsPositions, output.count == 2,
                    output[0] == shape[0]
                {
                    masks[value] = mask
                }
                shape = output
            } catch {
                throw error.at(index, layers[index])
            }
        }
        return value
    }
}
