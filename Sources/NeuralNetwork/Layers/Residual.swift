import Settings

/// branch(x) + shortcut(x), followed by whatever comes next (He, Zhang, Ren, Sun, CVPR 2016).
public struct Residual: LayerSpecification {
    public static let name = "residual"
    /// Branch and shortcut say what stays in its place.
    public var keepsPositions: Bool { false }

    /// How the input reaches the sum.
    public enum Shortcut: Sendable, Equatable {
        /// As it is; the branch keeps its shape.
        case identity
        /// Option A of the paper: every stride-th pixel along each dimension, and zeros for the further channels; no parameters.
        case padding
        /// Layers of its own; option B of the paper is a convolution 1 × 1 with batch normalization.
        case layers([any LayerSpecification])

        public static func == (one: Self, other: Self) -> Bool {
            switch (one, other) {
            case (.identity, .identity), (.padding, .padding): true
            case (.layers(let one), .layers(let other)): NetworkSpecification.areEqual(one, other)
            default: false
            }
        }

        var layers: [any LayerSpecification]? {
            if case .layers(let layers) = self { layers } else { nil }
        }
    }

    /// At least one layer.
    public var branch: [any LayerSpecification] = []
    public var shortcut = Shortcut.identity

    public init() {}

    public init(_ branch: [any LayerSpecification], shortcut: Shortcut = .identity) {
        self.branch = branch
        self.shortcut = shortcut
    }

    public static func == (one: Self, other: Self) -> Bool {
        NetworkSpecification.areEqual(one.branch, other.branch) && one.shortcut == other.shortcut
    }

    public static let settings: [Setting<Self>] = [
        .layers("branch", \.branch, "layers whose output is added to the shortcut's"),
        .init(
            components: "shortcut", \.shortcut, or: [("identity", .identity), ("padding", .padding)], of: "layers",
            example: LayerRegistry.example, among: LayerRegistry.all, list: \.layers, value: Shortcut.layers,
            "way of the input to the sum: identity, as it is; padding, every stride-th pixel of each dimension with zeros for "
                + "further channels; or layers"),
    ]

    public var inner: [(key: String, layers: [any LayerSpecification])] {
        [("branch", branch)] + (shortcut.layers.map { [("shortcut", $0)] } ?? [])
    }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard !branch.isEmpty else { throw SpecificationError("expected a branch of at least 1 layer") }
        let output = try outputShape(of: branch, "branch", input)
        switch shortcut {
        case .identity:
            guard output == input else {
                throw SpecificationError(
                    "expected a branch to \(input) with shortcut identity, found one to \(output)")
            }
        case .padding:
            // Every stride-th pixel: the same stride as the branch has.
            guard (2...4).contains(input.count), output.count == input.count, output[0] >= input[0],
                let stride = Self.stride(from: input, to: output), stride >= 1
            else {
                throw SpecificationError(
                    "expected a branch that keeps or divides the size of \(input) and has at least its channels, with "
                        + "shortcut padding; found one to \(output)")
            }
        case .layers(let layers):
            let other = try outputShape(of: layers, "shortcut", input)
            guard other == output else {
                throw SpecificationError("expected branch and shortcut to one shape, found \(output) and \(other)")
            }
        }
        return output
    }

    private func outputShape(
        of layers: [any LayerSpecification], _ key: String, _ input: [Int]
    ) throws(SpecificationError) -> [Int] {
        do {
            return try NetworkSpecification.outputShapes(of: layers, input: input).last ?? input
        } catch {
            throw error.within(key, of: self)
        }
    }

    /// The stride of a padding shortcut; nil where the dimensions have different ones or none.
    private static func stride(from input: [Int], to output: [Int]) -> Int? {
        // A side of 1 tells nothing of the stride.
        let stride = input.indices.dropFirst().map { (input[$0] + output[$0] - 1) / output[$0] }.max()!
        let fits = input.indices.dropFirst().allSatisfy { (input[$0] + stride - 1) / stride == output[$0] }
        return fits ? stride : nil
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        let output = try outputShape(input: place.input)
        let branch = try lowering.layers(
            branch, input: place.input, prefix: "\(place.path).branch.", names: "\(place.path).")
        let way: ResidualLayer.Shortcut
        switch shortcut {
        case .identity: way = .identity
        case .padding: way = .padding(stride: Self.stride(from: place.input, to: output)!)
        case .layers(let layers):
            way = .layers(
                try lowering.layers(
                    layers, input: place.input, prefix: "\(place.path).shortcut.", names: "\(place.path)."))
        }
        return LoweredLayer(ResidualLayer(path: place.path, branch: branch, shortcut: way, outputShape: output))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        func exported(_ layers: [any LayerSpecification], _ key: String) throws(SpecificationError) -> String {
            do {
                return try graph.add(
                    layers, input: input, shape: place.input, prefix: "\(place.path).\(key).", names: "\(place.path).")
            } catch {
                throw error.within(key, of: self)
            }
        }
        let sum = try exported(branch, "branch")
        let shape = try outputShape(input: place.input)
        let way: String
        switch shortcut {
        case .identity: way = input
        case .padding: way = subsampled(place, input: input, to: &graph, outputShape: shape)
        case .layers(let layers): way = try exported(layers, "shortcut")
        }
        let output = graph.add("Add", [sum, way], at: place)
        if let mask = graph.commonMask(of: [sum, way], at: place) { graph.setMask(mask, of: output) }
        return output
    }

    /// Every stride-th pixel along each dimension, with zeros for further channels.
    private func subsampled(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph, outputShape: [Int]
    ) -> String {
        func list(_ name: String, _ values: [Int]) -> String {
            graph.constant("\(place.path).shortcut.\(name)", values)
        }
        let stride = Self.stride(from: place.input, to: outputShape)!
        var value = input
        if stride > 1 {
            let sizes = Array(place.input.dropFirst())
            let window = [
                list("starts", sizes.map { _ in 0 }), list("ends", sizes), list("axes", Array(2..<sizes.count + 2)),
                list("steps", sizes.map { _ in stride }),
            ]
            value = graph.add("Slice", [value] + window, at: place)
        }
        let further = outputShape[0] - place.input[0]
        guard further > 0 else { return value }
        // The numbers in front of each dimension, then those behind.
        let rank = place.input.count + 1
        var pads = [Int](repeating: 0, count: 2 * rank)
        pads[rank + 1] = further
        return graph.add("Pad", [value, list("pads", pads)], at: place)
    }
}
