import Settings

/// A layer that takes one number from each window of a map: `[N, C, H, W]` → `[N, C, H′, W′]`, the extents as those of a
/// convolution.
protocol WindowedPooling: LayerSpecification {
    var kernel: Extent { get set }
    /// Nil for the kernel's size.
    var ownStride: Extent? { get set }
    /// At most half the kernel.
    var padding: Extent { get set }

    static var kind: PoolingLayer.Kind { get }
}

extension WindowedPooling {
    var strideOfWindows: Extent {
        get { ownStride ?? kernel }
        set { ownStride = newValue }
    }

    /// - Parameter padding: what the rows and columns on every side are.
    static func windowSettings(padding: String) -> [Setting<Self>] {
        [
            Setting.kernel(\.kernel).asShortForm,
            .init(
                pair: "stride", \.strideOfWindows, .size,
                "rows and columns from one window to the next; by default those of the kernel"),
            .padding(\.padding, padding),
        ]
    }

    func shapeBehindWindows(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        guard 2 * padding.height <= kernel.height, 2 * padding.width <= kernel.width else {
            throw SpecificationError("expected padding of at most half the kernel \(kernel), found \(padding)")
        }
        return [input[0]] + (try Extent.size(behind: kernel, strideOfWindows, padding, over: input))
    }

    func loweredWindows(_ place: LayerPlace) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            PoolingLayer(
                path: place.path, kind: Self.kind, kernel: kernel, stride: strideOfWindows, padding: padding,
                outputShape: try outputShape(input: place.input)))
    }
}
