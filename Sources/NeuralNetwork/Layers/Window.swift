/// A window that slides over the dimensions of a map behind its channels, with one number for each of them.
struct Window: Equatable, CustomStringConvertible {
    let kernel, stride, padding: [Int]

    /// - Parameter input: `[C, L]`, `[C, H, W]` or `[C, D, H, W]`.
    /// - Throws: where the input is no map, there are more or fewer numbers than it has dimensions, or the kernel does not fit.
    init(kernel: Extent, stride: Extent, padding: Extent, over input: [Int]) throws(SpecificationError) {
        try SpecificationError.expectMap(input)
        let dimensions = input.count - 1
        for (name, extent) in [("kernel", kernel), ("stride", stride), ("padding", padding)]
        where ![1, dimensions].contains(extent.numbers.count) {
            throw SpecificationError(
                "\(name): expected one number, or a list of \(dimensions), one for each dimension of \(input) behind its "
                    + "channels; found \(extent.numbers)")
        }
        self.init(
            kernel: kernel.along(dimensions), stride: stride.along(dimensions), padding: padding.along(dimensions))
        guard (0..<dimensions).allSatisfy({ self.kernel[$0] <= input[$0 + 1] + 2 * self.padding[$0] }) else {
            throw SpecificationError(
                "expected a kernel of at least 1 that fits the input \(input) with its padding, and a stride of at least "
                    + "1; found kernel \(self), stride \(Extent(self.stride)), padding \(Extent(self.padding))")
        }
    }

    private init(kernel: [Int], stride: [Int], padding: [Int]) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    /// All of a map.
    init(whole input: [Int]) {
        self.init(pieces: Array(input.dropFirst()))
    }

    /// Windows side by side.
    init(pieces sizes: [Int]) {
        self.init(kernel: sizes, stride: sizes, padding: sizes.map { _ in 0 })
    }

    /// Sizes behind the window, one a dimension.
    func outputSize(over input: [Int]) -> [Int] {
        kernel.indices.map { (input[$0 + 1] + 2 * padding[$0] - kernel[$0]) / stride[$0] + 1 }
    }

    /// Places of the kernel.
    var area: Int { kernel.reduce(1, *) }

    /// The same over the map that a signal is computed as, which has one row.
    var onGrid: Self {
        guard kernel.count == 1 else { return self }
        return Self(kernel: [1] + kernel, stride: [1] + stride, padding: [0] + padding)
    }

    /// The kernel, as tables show it.
    var description: String { Extent(kernel).description }

    /// Stride and padding as ONNX's nodes have them: the padding in front of each dimension, then behind.
    var attributes: [(String, ONNXGraph.Attribute)] {
        [("strides", .integers(stride)), ("pads", .integers(padding + padding))]
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
