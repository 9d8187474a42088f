/// A specification that no network can be made of.
public struct SpecificationError: Error, CustomStringConvertible, Sendable, Equatable {
    /// Where the layer stands: its index, and for a layer of a residual block "3.branch.0" or "3.shortcut.0".
    public private(set) var layer = ""
    /// The same as a configuration's key behind that of the list, to the setting where one alone is wrong:
    /// "[3].residual.branch[0]".
    public private(set) var key = ""
    /// What was expected and what was found.
    public private(set) var problem: String

    /// - Parameter problem: of the layer whose shape rule throws it.
    public init(_ problem: String) {
        self.problem = problem
    }

    public var description: String {
        layer.isEmpty ? "the network: \(problem)" : "layer \(layer) of the network: \(problem)"
    }

    /// Throws where a shape is not that of a map.
    static func expectMap(_ input: [Int]) throws(SpecificationError) {
        guard (2...4).contains(input.count) else {
            throw SpecificationError("expected an input [C, L], [C, H, W] or [C, D, H, W], found \(input)")
        }
    }

    /// Throws where channels of input and output are not cut into groups of the same size.
    static func expectGroups(_ groups: Int, dividing inputs: Int, _ outputs: Int) throws(SpecificationError) {
        guard inputs % groups == 0, outputs % groups == 0 else {
            throw SpecificationError("expected groups that divide \(inputs) and \(outputs) channels, found \(groups)")
        }
    }

    /// Throws where a shape is not that of a sequence.
    static func expectSequence(_ input: [Int]) throws(SpecificationError) {
        guard input.count == 2 else { throw SpecificationError("expected a sequence [L, features], found \(input)") }
    }

    /// The same as seen from the list that has the layer.
    func at(_ index: Int, _ specification: any LayerSpecification) -> Self {
        var error = self
        if layer.isEmpty { error.problem = "\(specification.unnamed.kind): \(problem)" }
        error.layer = layer.isEmpty ? "\(index)" : "\(index).\(layer)"
        let isNamed = specification is Named && !key.isEmpty
        error.key = "[\(index)]" + (isNamed ? ".\(Named.name).layer" : "") + key
        return error
    }

    /// The same as seen from a layer that has the list under a key of its own, or among its branches.
    func within(_ list: String, of specification: any LayerSpecification) -> Self {
        var error = self
        let section = specification is any BranchedLayer ? "branches." : ""
        error.layer = "\(list).\(layer)"
        error.key = ".\(specification.kind).\(section)\(list)\(key)"
        return error
    }
}

extension NetworkSpecification {
    /// Shape of one sample behind each layer.
    ///
    /// - Throws: at the first layer that has a setting out of its range or does not fit the shape in front of it.
    public func outputShapes() throws(SpecificationError) -> [[Int]] {
        guard !inputShape.isEmpty, inputShape.allSatisfy({ $0 >= 1 }), Self.isFeasible(inputShape) else {
            throw SpecificationError(
                "expected an input of dimensions of at least 1 and at most 2^32 values, found \(inputShape)")
        }
        guard !layers.isEmpty else { throw SpecificationError("expected at least 1 layer") }
        guard Self.isCountable(layers) else {
            throw SpecificationError("expected at most \(Self.mostLayers) layers, those within others included")
        }
        for (index, layer) in layers.enumerated() {
            if let problem = layer.problem {
                throw SpecificationError("\(problem.key): \(problem.problem)").at(index, layer)
            }
        }
        try Self.checkNumbers(layers, isFirst: true)
        let shapes = try Self.outputShapes(of: layers, input: inputShape)
        try checkNames()
        return shapes
    }

    /// Most layers that random streams can tell apart.
    private static let mostLayers = 65_535

    private static func isCountable(_ layers: [any LayerSpecification]) -> Bool {
        var count = 0
        func add(_ layers: [any LayerSpecification]) {
            count += layers.count
            for layer in layers where count <= mostLayers {
                for (_, layers) in layer.inner where count <= mostLayers { add(layers) }
            }
        }
        add(layers)
        return count <= mostLayers
    }

    /// Throws where a layer that looks rows up does not do so by the numbers of the samples.
    private static func checkNumbers(
        _ layers: [any LayerSpecification], isFirst: Bool
    ) throws(SpecificationError) {
        for (index, layer) in layers.enumerated() {
            if let indices = layer.rowIndices, !(isFirst && index == 0) {
                throw SpecificationError(
                    "expected at the first place, where samples are still \(indices.name); move it there"
                )
                .at(index, layer)
            }
            for (key, layers) in layer.inner {
                do { try checkNumbers(layers, isFirst: false) } catch {
                    throw error.within(key, of: layer.unnamed).at(index, layer)
                }
            }
        }
    }

    static func outputShapes(
        of layers: [any LayerSpecification], input: [Int]
    ) throws(SpecificationError) -> [[Int]] {
        var shapes: [[Int]] = []
        var shape = input
        for (index, layer) in layers.enumerated() {
            do {
                let input = shape
                shape = try layer.outputShape(input: input)
                try checkSizes(of: layer, input: input, output: shape)
            } catch {
                throw error.at(index, layer)
            }
            shapes.append(shape)
        }
        return shapes
    }

    /// Throws where what a layer says of itself cannot be held in memory, or two parameters have one name.
    private static func checkSizes(
        of layer: any LayerSpecification, input: [Int], output: [Int]
    ) throws(SpecificationError) {
        guard !output.isEmpty, output.allSatisfy({ $0 >= 1 }), isFeasible(output) else {
            throw SpecificationError(
                "expected an output of dimensions of at least 1 and at most 2^32 values, found \(output)")
        }
        var names: Set<String> = []
        for parameter in layer.parameters(LayerPlace(path: "", input: input)) {
            guard names.insert(parameter.name).inserted else {
                throw SpecificationError("expected parameters with names of their own, found \(parameter.name) twice")
            }
            guard isFeasible(parameter.shape) else {
                throw SpecificationError(
                    "expected parameters of at most 2^32 numbers, found \(parameter.name) \(parameter.shape)")
            }
        }
    }

    /// Whether a tensor of this shape has at most 2³² elements.
    static func isFeasible(_ shape: [Int]) -> Bool {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product <= 1 << 32 else { return false }
            count = product
        }
        return true
    }
}

extension NetworkSpecification {
    /// A layer with statistics over the batch, also one inside a residual block.
    public struct Normalization: Sendable, Equatable {
        /// What its parameters are called by: its place, as in ``SpecificationError/layer``, or its name.
        public let layer: String
        /// Values of each channel that one sample gives: the pixels of a map, 1 of a vector.
        public let valuesOfSample: Int
        /// Whether its statistics are those of all ranks.
        public let isSynchronized: Bool
    }

    /// All batch normalizations, in the order of the layers.
    ///
    /// - Throws: at the first layer that does not fit the shape in front of it.
    public func normalizations() throws(SpecificationError) -> [Normalization] {
        try Self.normalizations(in: layers, input: inputShape, prefix: "", names: "")
    }

    private static func normalizations(
        in layers: [any LayerSpecification], input: [Int], prefix: String, names: String
    ) throws(SpecificationError) -> [Normalization] {
        var found: [Normalization] = []
        var shape = input
        for (path, layer) in listed(layers, prefix: prefix, names: names) {
            if let statistics = layer.batchStatistics {
                found.append(
                    Normalization(
                        layer: path, valuesOfSample: shape.dropFirst().reduce(1, *),
                        isSynchronized: statistics == .ofAllRanks))
            }
            for (key, layers) in layer.inner(input: shape) {
                found += try normalizations(
                    in: layers, input: shape, prefix: "\(path).\(key).", names: "\(path).")
            }
            shape = try layer.outputShape(input: shape)
        }
        return found
    }
}
