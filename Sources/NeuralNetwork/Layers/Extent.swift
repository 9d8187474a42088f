import Settings

/// Rows and columns of a kernel, a stride or a padding.
public struct Extent: Sendable, Equatable, ExpressibleByIntegerLiteral {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// A square.
    public init(_ side: Int) {
        self.init(height: side, width: side)
    }

    public init(integerLiteral side: Int) {
        self.init(side)
    }
}

extension Extent: PairOfIntegers {
    public init(_ height: Int, _ width: Int) {
        self.init(height: height, width: width)
    }

    public var pair: (Int, Int) { (height, width) }
    public static var names: String { "[height, width]" }
}

extension Extent: CustomStringConvertible {
    public var description: String { "\(height) × \(width)" }
}

extension Extent {
    /// Height and width behind a window that slides over `[C, H, W]`.
    static func size(
        behind kernel: Extent, _ stride: Extent, _ padding: Extent, over input: [Int]
    ) throws(SpecificationError) -> [Int] {
        let rows = input[1] + 2 * padding.height - kernel.height
        let columns = input[2] + 2 * padding.width - kernel.width
        guard rows >= 0, columns >= 0 else {
            throw SpecificationError(
                "expected a kernel of at least 1 that fits the input \(input) with its padding, and a stride of at least "
                    + "1; found kernel \(kernel), stride \(stride), padding \(padding)")
        }
        return [rows / stride.height + 1, columns / stride.width + 1]
    }

    /// Stride and padding of a window as ONNX's nodes have them: the padding in front of each dimension, then behind.
    static func attributes(stride: Extent, padding: Extent) -> [(String, ONNXGraph.Attribute)] {
        [
            ("strides", .integers([stride.height, stride.width])),
            ("pads", .integers([padding.height, padding.width, padding.height, padding.width])),
        ]
    }
}

extension Setting {
    static func kernel(_ path: any WritableKeyPath<Root, Extent> & Sendable) -> Self {
        .init(
            pair: "kernel", path, .size, expected: "the kernel's size such as 3 or [3, 5]",
            "rows and columns of the window that slides over the map")
    }

    static func padding(_ path: any WritableKeyPath<Root, Extent> & Sendable, _ meaning: String) -> Self {
        .init(pair: "padding", path, .sizeOrNone, meaning)
    }
}
