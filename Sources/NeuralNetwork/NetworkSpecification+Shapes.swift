/// A specification that no network can be made of.
public struct SpecificationError: Error, CustomStringConvertible, Sendable, Equatable {
    /// Where the layer stands: its index, and for a layer of a residual block "3.branch.0" or "3.shortcut.0".
    public let layer: String
    /// What was expected and what was found.
    public let problem: String

    public var description: String {
        layer.isEmpty ? "the network: \(problem)" : "layer \(layer) of the network: \(problem)"
    }
}

extension NetworkSpecification {
    /// Shape of one sample behind each layer.
    ///
    /// - Throws: at the first layer that does not fit the shape in front of it.
    public func outputShapes() throws(SpecificationError) -> [[Int]] {
        guard !inputShape.isEmpty, inputShape.allSatisfy({ $0 >= 1 }), LayerSpecification.isFeasible(inputShape) else {
            throw SpecificationError(
                layer: "",
                problem: "expected an input of dimensions of at least 1 and at most 2^32 values, found \(inputShape)")
        }
        guard !layers.isEmpty else { throw SpecificationError(layer: "", problem: "expected at least 1 layer") }
        return try Self.outputShapes(of: layers, input: inputShape, prefix: "")
    }

    private static func outputShapes(
        of layers: [LayerSpecification], input: [Int], prefix: String
    ) throws(SpecificationError) -> [[Int]] {
        var shapes: [[Int]] = []
        var shape = input
        for (index, layer) in layers.enumerated() {
            shape = try layer.outputShape(input: shape, path: "\(prefix)\(index)")
            shapes.append(shape)
        }
        return shapes
    }
}

extension LayerSpecification {
    /// The kind as a configuration calls it.
    public var kind: String {
        switch self {
        case .dense: "dense"
        case .convolution: "convolution"
        case .batchNormalization: "batchNormalization"
        case .layerNormalization: "layerNormalization"
        case .activation(let activation): activation.rawValue
        case .pooling(let pooling): pooling.kind == .max ? "maxPooling" : "averagePooling"
        case .globalAveragePooling: "globalAveragePooling"
        case .flatten: "flatten"
        case .dropout: "dropout"
        case .residual: "residual"
        }
    }

    /// Shape of one sample behind the layer.
    ///
    /// - Parameter path: of the layer, for the error.
    func outputShape(input: [Int], path: String) throws(SpecificationError) -> [Int] {
        func expect(_ condition: Bool, _ problem: @autoclosure () -> String) throws(SpecificationError) {
            if !condition { throw SpecificationError(layer: path, problem: "\(kind): \(problem())") }
        }
        func expectMap() throws(SpecificationError) {
            try expect(input.count == 3, "expected an input [C, H, W], found \(input)")
        }
        switch self {
        case .dense(let units, _, _):
            try expect(units >= 1, "expected at least 1 unit, found \(units)")
            try expect(
                Self.isFeasible(input + [units]),
                "expected at most 2^32 weights, found \(units) units on \(input)")
            return [units]
        case .convolution(let convolution):
            try expectMap()
            try expect(convolution.channels >= 1, "expected at least 1 channel, found \(convolution.channels)")
            let groups = convolution.groups
            try expect(
                groups >= 1 && input[0] % groups == 0 && convolution.channels % groups == 0,
                "expected groups that divide \(input[0]) and \(convolution.channels) channels, found \(groups)")
            let size = try windowed(
                input, convolution.kernel, convolution.stride, convolution.padding, path: path)
            let kernel = convolution.kernel
            try expect(
                Self.isFeasible([convolution.channels, input[0] / groups, kernel.height, kernel.width])
                    && Self.isFeasible([convolution.channels] + size),
                "expected at most 2^32 weights and as many outputs a sample, found \(convolution.channels) channels "
                    + "of \(kernel) on \(input)")
            return [convolution.channels] + size
        case .pooling(let pooling):
            try expectMap()
            try expect(
                2 * pooling.padding.height <= pooling.kernel.height
                    && 2 * pooling.padding.width <= pooling.kernel.width,
                "expected padding of at most half the kernel \(pooling.kernel), found \(pooling.padding)")
            try expect(
                pooling.kind == .average || pooling.kernel.height * pooling.kernel.width <= 256,
                "expected a kernel of at most 256 places, found \(pooling.kernel)")
            return [input[0]] + (try windowed(input, pooling.kernel, pooling.stride, pooling.padding, path: path))
        case .globalAveragePooling:
            try expectMap()
            return [input[0], 1, 1]
        case .flatten:
            return [input.reduce(1, *)]
        case .batchNormalization(let normalization):
            try expect(
                input.count == 1 || input.count == 3, "expected an input [C, H, W] or [features], found \(input)")
            try expect(
                normalization.epsilon > 0, "expected an epsilon above 0, found \(normalization.epsilon)")
            try expect(
                normalization.momentum > 0 && normalization.momentum <= 1,
                "expected a momentum above 0 and at most 1, found \(normalization.momentum)")
            return input
        case .layerNormalization(let epsilon):
            try expect(epsilon > 0, "expected an epsilon above 0, found \(epsilon)")
            return input
        case .dropout(let rate):
            try expect((0..<1).contains(rate), "expected a rate in 0 ..< 1, found \(rate)")
            return input
        case .activation:
            return input
        case .residual(let residual):
            try expect(!residual.branch.isEmpty, "expected a branch of at least 1 layer")
            return try outputShape(of: residual, input: input, path: path)
        }
    }

    private func outputShape(
        of residual: Residual, input: [Int], path: String
    ) throws(SpecificationError) -> [Int] {
        func outputShape(_ layers: [LayerSpecification], _ name: String) throws(SpecificationError) -> [Int] {
            var shape = input
            for (index, layer) in layers.enumerated() {
                shape = try layer.outputShape(input: shape, path: "\(path).\(name).\(index)")
            }
            return shape
        }
        let branch = try outputShape(residual.branch, "branch")
        switch residual.shortcut {
        case .identity:
            guard branch == input else {
                throw SpecificationError(
                    layer: path,
                    problem: "residual: expected a branch to \(input) with shortcut identity, found one to \(branch)")
            }
        case .padding:
            // Every stride-th row and column: the same stride as the branch has.
            guard input.count == 3, branch.count == 3, branch[0] >= input[0],
                let stride = Residual.stride(from: input, to: branch), stride >= 1
            else {
                throw SpecificationError(
                    layer: path,
                    problem: "residual: expected a branch that keeps or divides the size of \(input) and has at least "
                        + "its channels, with shortcut padding; found one to \(branch)")
            }
        case .layers(let layers):
            let shortcut = try outputShape(layers, "shortcut")
            guard shortcut == branch else {
                throw SpecificationError(
                    layer: path,
                    problem: "residual: expected branch and shortcut to one shape, found \(branch) and \(shortcut)")
            }
        }
        return branch
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

    /// Height and width behind a window that slides over `[C, H, W]`.
    private func windowed(
        _ input: [Int], _ kernel: Extent, _ stride: Extent, _ padding: Extent, path: String
    ) throws(SpecificationError) -> [Int] {
        func size(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int? {
            guard kernel >= 1, stride >= 1, padding >= 0, size + 2 * padding >= kernel else { return nil }
            return (size + 2 * padding - kernel) / stride + 1
        }
        guard let height = size(input[1], kernel.height, stride.height, padding.height),
            let width = size(input[2], kernel.width, stride.width, padding.width)
        else {
            throw SpecificationError(
                layer: path,
                problem:
                    "\(kind): expected a kernel of at least 1 that fits the input \(input) with its padding, and a "
                    + "stride of at least 1; found kernel \(kernel), stride \(stride), padding \(padding)")
        }
        return [height, width]
    }
}

extension NetworkSpecification {
    /// A batch normalization of the network, also one inside a residual block.
    public struct Normalization: Sendable, Equatable {
        /// Where the layer stands, as in ``SpecificationError/layer``.
        public let layer: String
        /// Values of each channel that one sample gives: H · W of a map, 1 of a vector.
        public let valuesOfSample: Int
        /// Whether its statistics are those of all ranks.
        public let isSynchronized: Bool
    }

    /// All batch normalizations, in the order of the layers.
    ///
    /// - Throws: at the first layer that does not fit the shape in front of it.
    public func normalizations() throws(SpecificationError) -> [Normalization] {
        try Self.normalizations(in: layers, input: inputShape, prefix: "")
    }

    private static func normalizations(
        in layers: [LayerSpecification], input: [Int], prefix: String
    ) throws(SpecificationError) -> [Normalization] {
        var found: [Normalization] = []
        var shape = input
        for (index, layer) in layers.enumerated() {
            let path = "\(prefix)\(index)"
            switch layer {
            case .batchNormalization(let normalization):
                found.append(
                    Normalization(
                        layer: path, valuesOfSample: shape.dropFirst().reduce(1, *),
                        isSynchronized: normalization.synchronized))
            case .residual(let residual):
                found += try normalizations(in: residual.branch, input: shape, prefix: "\(path).branch.")
                if case .layers(let shortcut) = residual.shortcut {
                    found += try normalizations(in: shortcut, input: shape, prefix: "\(path).shortcut.")
                }
            default: break
            }
            shape = try layer.outputShape(input: shape, path: path)
        }
        return found
    }
}

extension LayerSpecification.Residual {
    /// The stride of a padding shortcut; nil where rows and columns have different ones or none.
    static func stride(from input: [Int], to output: [Int]) -> Int? {
        // A side of 1 tells nothing of the stride.
        let stride = [1, 2].map { (input[$0] + output[$0] - 1) / output[$0] }.max()!
        let fits = [1, 2].allSatisfy { (input[$0] + stride - 1) / stride == output[$0] }
        return fits ? stride : nil
    }
}

extension LayerSpecification.Extent: CustomStringConvertible {
    public var description: String {
        "\(height) × \(width)"
    }
}
