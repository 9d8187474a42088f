import Settings

/// A layer that takes one number from each window of a map: `[N, C, H, W]` → `[N, C, H′, W′]`, the extents as those of a
/// convolution; signals and volumes too.
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

    /// - Parameter padding: what it puts around the map.
    static func windowSettings(padding: String) -> [Setting<Self>] {
        [
            Setting.kernel(\.kernel).asShortForm,
            .init(
                extent: "stride", \.stride, .size,
                "pixels from one window to the next, along each dimension; by default those of the kernel"),
            .padding(\.padding, padding),
        ]
    }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        [input[0]] + (try window(over: input)).outputSize(over: input)
    }

    func window(over input: [Int]) throws(SpecificationError) -> Window {
        let window = try Window(kernel: kernel, stride: stride, padding: .zeros(padding), over: input)
        guard zip(window.padding, window.kernel).allSatisfy({ 2 * $0 <= $1 }) else {
            throw SpecificationError(
                "expected padding of at most half the kernel \(window), found \(Extent(window.padding))")
        }
        return window
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            PoolingLayer(
                path: place.path, kind: Self.kind, window: try window(over: place.input),
                outputShape: try outputShape(input: place.input)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let window = try window(over: place.input)
        var attributes = [("kernel_shape", ONNXGraph.Attribute.integers(window.kernel))] + window.attributes
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
