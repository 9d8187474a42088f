import Settings

/// `[N, C, H, W]` → `[N, C, height, width]`, whatever H and W: row i is the mean of the rows ⌊i · H / height⌋ ..< ⌈(i + 1) · H /
/// height⌉, columns likewise (PyTorch's `AdaptiveAvgPool2d`). A smaller map is enlarged.
public struct AdaptiveAveragePooling: PlainLayer {
    public static let name = "adaptiveAveragePooling"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public var size: Extent = 0

    public init() {}

    public init(size: Extent) {
        self.size = size
    }

    public static let settings: [Setting<Self>] = [
        Setting(
            extent: "size", \.size, .size, expected: "the output's size such as 7 or [7, 5]",
            "rows and columns of the output"
        ).asShortForm
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard input.count == 3, size.numbers.count <= 2 else {
            throw SpecificationError(
                "expected an image [C, H, W] and a size of 1 or 2 numbers, found \(input) and \(size)")
        }
        return [input[0], height, width]
    }

    private var height: Int { size.along(2)[0] }
    private var width: Int { size.along(2)[1] }

    /// The window of a pooling that does the same; nil where windows overlap or differ.
    private func window(over input: [Int]) -> Window? {
        guard input[1] % height == 0, input[2] % width == 0 else { return nil }
        return Window(pieces: [input[1] / height, input[2] / width])
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        let output = try outputShape(input: place.input)
        guard let window = window(over: place.input) else { return plainlyLowered(place, lowering, output) }
        return LoweredLayer(PoolingLayer(path: place.path, kind: .average, window: window, outputShape: output))
    }

    /// The numbers of a side that number `index` of the other is the mean of.
    private static func part(_ index: Int, of count: Int, in length: Int) -> Range<Int> {
        index * length / count..<((index + 1) * length + count - 1) / count
    }

    public func forward(_ pass: inout ForwardPass) {
        let (input, shape) = (pass.input, pass.inputShape)
        var output = 0
        for plane in 0..<pass.batch * shape[0] {
            for row in 0..<height {
                let rows = Self.part(row, of: height, in: shape[1])
                for column in 0..<width {
                    let columns = Self.part(column, of: width, in: shape[2])
                    var sum: Float = 0
                    for row in rows {
                        for column in columns { sum += input[(plane * shape[1] + row) * shape[2] + column] }
                    }
                    pass.output[output] = sum / Float(rows.count * columns.count)
                    output += 1
                }
            }
        }
    }

    public func backward(_ pass: inout BackwardPass) {
        let shape = pass.inputShape
        var output = 0
        for plane in 0..<pass.batch * shape[0] {
            for row in 0..<height {
                let rows = Self.part(row, of: height, in: shape[1])
                for column in 0..<width {
                    let columns = Self.part(column, of: width, in: shape[2])
                    let gradient = pass.outputGradient[output] / Float(rows.count * columns.count)
                    for row in rows {
                        for column in columns {
                            pass.inputGradient[(plane * shape[1] + row) * shape[2] + column] += gradient
                        }
                    }
                    output += 1
                }
            }
        }
    }

    /// As products with the shares of rows and of columns: the set has no operator for it.
    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        func shares(_ count: Int, of length: Int) -> [[Float]] {
            (0..<count).map { index in
                let part = Self.part(index, of: count, in: length)
                return (0..<length).map { part.contains($0) ? 1 / Float(part.count) : 0 }
            }
        }
        let (inputHeight, inputWidth) = (place.input[1], place.input[2])
        let rows = graph.constant(
            "\(place.path).rows", shares(height, of: inputHeight).flatMap { $0 }, shape: [height, inputHeight])
        let columns = shares(width, of: inputWidth)
        let transposed = (0..<inputWidth).flatMap { column in columns.map { $0[column] } }
        let across = graph.constant("\(place.path).columns", transposed, shape: [inputWidth, width])
        return graph.add("MatMul", [graph.add("MatMul", [rows, input], at: place), across], at: place)
    }
}
