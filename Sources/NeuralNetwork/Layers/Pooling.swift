import Settings

/// A layer that takes one number from each window of a map: `[N, C, H, W]` → `[N, C, H′, W′]`, the extents as those of a
/// convolution.
public protocol WindowedPooling: LayerSpecification {
    var kernel: Extent { get set }
    /// Nil for the kernel's size.
    var ownStride: Extent? { get set }
    /// At most half the kernel.
    var padding: Extent { get set }

    static var kind: PoolingKind { get }
}

/// The number that is taken from a window.
public enum PoolingKind: Sendable {
    /// The largest; padding never wins.
    case max
    /// The mean; padding counts as zeros.
    case average
}

extension WindowedPooling {
    /// - Parameter stride: nil for that of the kernel's size.
    public init(kernel: Extent, stride: Extent? = nil, padding: Extent = 0) {
        self.init()
        self.kernel = kernel
        ownStride = stride
        self.padding = padding
    }

    public var stride: Extent {
        get { ownStride ?? kernel }
        set { ownStride = newValue }
    }

    /// - Parameter padding: what the rows and columns on every side are.
    static func windowSettings(padding: String) -> [Setting<Self>] {
        [
            Setting.kernel(\.kernel).asShortForm,
            .init(
                pair: "stride", \.stride, .size,
                "rows and columns from one window to the next; by default those of the kernel"),
            .padding(\.padding, padding),
        ]
    }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try shapeBehindWindows(input: input)
    }

    func shapeBehindWindows(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        guard 2 * padding.height <= kernel.height, 2 * padding.width <= kernel.width else {
            throw SpecificationError("expected padding of at most half the kernel \(kernel), found \(padding)")
        }
        return [input[0]] + (try Extent.size(behind: kernel, stride, padding, over: input))
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            PoolingLayer(
                path: place.path, kind: Self.kind, kernel: kernel, stride: stride, padding: padding,
                outputShape: try outputShape(input: place.input)))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        var attributes = [("kernel_shape", ONNXGraph.Attribute.integers([kernel.height, kernel.width]))]
        attributes += Extent.attributes(stride: stride, padding: padding)
        switch Self.kind {
        case .max: return graph.add("MaxPool", [input], attributes, at: place)
        case .average:
            attributes.append(("count_include_pad", .integer(1)))
            return graph.add("AveragePool", [input], attributes, at: place)
        }
    }

    /// A stride of the kernel's size is the same given or not.
    public static func == (one: Self, other: Self) -> Bool {
        one.kernel == other.kernel && one.stride == other.stride && one.padding == other.padding
    }
}
