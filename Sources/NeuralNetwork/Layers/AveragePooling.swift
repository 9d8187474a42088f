import Settings

/// The mean of each window: `[N, C, H, W]` → `[N, C, H′, W′]`, and so of signals and volumes.
public struct AveragePooling: WindowedPooling {
    public static let name = "averagePooling"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }
    public static let kind = PoolingKind.average

    public var kernel: Extent = 0
    public var ownStride: Extent?
    /// At most half the kernel.
    public var padding: Extent = 0

    public init() {}

    public static let settings = windowSettings(padding: "zeros in front of and behind each dimension, which count")
}
