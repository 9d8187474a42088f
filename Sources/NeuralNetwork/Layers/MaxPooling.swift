import Settings

/// The largest value of each window: `[N, C, H, W]` → `[N, C, H′, W′]`.
public struct MaxPooling: WindowedPooling {
    public static let name = "maxPooling"
    public static let kind = PoolingKind.max

    public var kernel: Extent = 0
    public var ownStride: Extent?
    /// At most half the kernel.
    public var padding: Extent = 0

    public init() {}

    public static let settings = windowSettings(padding: "rows and columns on every side that never win")

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        let output = try shapeBehindWindows(input: input)
        guard kernel.height * kernel.width <= PoolingLayer.mostPlacesOfMaximum else {
            throw SpecificationError(
                "expected a kernel of at most \(PoolingLayer.mostPlacesOfMaximum) places, found \(kernel)")
        }
        return output
    }
}
