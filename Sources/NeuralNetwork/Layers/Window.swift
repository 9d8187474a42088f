/// A window that slides over the dimensions of a map behind its channels, with one number for each of them.
struct Window: Equatable, CustomStringConvertible {
    let kernel, stride, dilation: [Int]
    /// Zeros in front of a dimension, and behind it.
    let padding, paddingBehind: [Int]

    /// - Parameter input: `[C, L]`, `[C, H, W]` or `[C, D, H, W]`.
    /// - Throws: where the input is no map, there are more or fewer numbers than it has dimensions, or the kernel does not fit.
    init(
        kernel: Extent, stride: Extent, dilation: Extent = 1, padding: Padding, over input: [Int]
    ) throws(SpecificationError) {
        try SpecificationError.expectMap(input)
        let dimensions = input.count - 1
        let (kernel, dilation) = (try kernel.along(input, "kernel"), try dilation.along(input, "dilation"))
        let strides = try stride.along(input, "stride")
        let zeros = try (padding.zeros ?? 0).along(input, "padding")
        var (front, behind) = (zeros, zeros)
        if padding == .same {
            guard stride == 1 else {
                throw SpecificationError("padding: expected stride 1 where it is same, found stride \(stride)")
            }
            // As PyTorch does: of an odd number the further zero comes last.
            let reach = zip(dilation, kernel).map { $0 * ($1 - 1) }
            (front, behind) = (reach.map { $0 / 2 }, reach.map { $0 - $0 / 2 })
        }
        self.init(
            kernel: kernel, stride: strides, dilation: dilation, padding: front, paddingBehind: behind)
        guard (0..<dimensions).allSatisfy({ reach(along: $0) <= input[$0 + 1] + front[$0] + behind[$0] }) else {
            throw SpecificationError(
                "expected a kernel of at least 1 that fits the input \(input) with its padding, and a stride of at least "
                    + "1; found kernel \(self), stride \(Extent(self.stride))\(dilationText), padding "
                    + "\(Extent(self.padding))")
        }
    }

    private init(kernel: [Int], stride: [Int], dilation: [Int], padding: [Int], paddingBehind: [Int]) {
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.paddingBehind = paddingBehind
    }

    /// Pixels that the kernel spans.
    private func reach(along axis: Int) -> Int { dilation[axis] * (kernel[axis] - 1) + 1 }

    /// For messages and tables; empty where pixels are next to each other.
    var dilationText: String { dilation.allSatisfy { $0 == 1 } ? "" : ", dilation \(Extent(dilation))" }

    /// All of a map.
    init(whole input: [Int]) {
        self.init(pieces: Array(input.dropFirst()))
    }

    /// Windows side by side.
    init(pieces sizes: [Int]) {
        let (zeros, ones) = (sizes.map { _ in 0 }, sizes.map { _ in 1 })
        self.init(kernel: sizes, stride: sizes, dilation: ones, padding: zeros, paddingBehind: zeros)
    }

    /// Sizes behind the window, one a dimension.
    func outputSize(over input: [Int]) -> [Int] {
        kernel.indices.map {
            (input[$0 + 1] + padding[$0] + paddingBehind[$0] - reach(along: $0)) / stride[$0] + 1
        }
    }

    /// Places of the kernel.
    var area: Int { kernel.reduce(1, *) }

    /// The same over the map that a signal is computed as, which has one row.
    var onGrid: Self {
        guard kernel.count == 1 else { return self }
        return Self(
            kernel: [1] + kernel, stride: [1] + stride, dilation: [1] + dilation, padding: [0] + padding,
            paddingBehind: [0] + paddingBehind)
    }

    /// The kernel, as tables show it.
    var description: String { Extent(kernel).description }

    /// Stride, padding and dilation as ONNX's nodes have them: the padding in front of each dimension, then behind.
    var attributes: [(String, ONNXGraph.Attribute)] {
        [("strides", .integers(stride)), ("pads", .integers(padding + paddingBehind))]
            + (dilation.allSatisfy { $0 == 1 } ? [] : [("dilations", .integers(dilation))])
    }
}

extension FeatureMap {
    /// The shape that a sample is computed in: a signal `[C, L]` as a map of one row, `[C, 1, L]`, a vector as one pixel.
    static func grid(of shape: [Int]) -> [Int] {
        switch shape.count {
        case 1: [shape[0], 1, 1]
        case 2: [shape[0], 1, shape[1]]
        default: shape
        }
    }
}
