import Settings

/// The largest value of each window: `[N, C, H, W]` → `[N, C, H′, W′]`.
public struct MaxPooling: LayerSpecification, WindowedPooling {
    public static let name = "maxPooling"
    static let kind = PoolingLayer.Kind.max

    public var kernel: Extent = 0
    var ownStride: Extent?
    /// At most half the kernel.
    public var padding: Extent = 0

    public init() {}

    /// - Parameter stride: nil for that of the kernel's size.
    public init(kernel: Extent, stride: Extent? = nil, padding: Extent = 0) {
        self.kernel = kernel
        ownStride = stride
        self.padding = padding
    }

    public var stride: Extent {
        get { strideOfWindows }
        set { strideOfWindows = newValue }
    }

    public static let settings = windowSettings(padding: "rows and columns on every side that never win")

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        let output = try shapeBehindWindows(input: input)
        guard kernel.height * kernel.width <= PoolingLayer.mostPlacesOfMaximum else {
            throw SpecificationError(
                "expected a kernel of at most \(PoolingLayer.mostPlacesOfMaximum) places, found \(kernel)")
        }
        return output
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        try loweredWindows(place)
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.kernel == other.kernel && one.stride == other.stride && one.padding == other.padding
    }
}
