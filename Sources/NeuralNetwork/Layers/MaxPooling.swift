import Settings

/// The largest value of each window: `[N, C, H, W]` → `[N, C, H′, W′]`, and so of signals and volumes.
public struct MaxPooling: WindowedPooling {
    public static let name = "maxPooling"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }
    public static let kind = PoolingKind.max

    public var kernel: Extent = 0
    public var ownStride: Extent?
    /// At most half the kernel.
    public var padding: Extent = 0

    public init() {}

    public static let settings = windowSettings(
        padding: "places in front of and behind each dimension, which never win")

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        let window = try window(over: input)
        guard window.area <= PoolingLayer.mostPlacesOfMaximum else {
            throw SpecificationError(
                "expected a kernel of at most \(PoolingLayer.mostPlacesOfMaximum) places, found \(window)")
        }
        return [input[0]] + window.outputSize(over: input)
    }
}
