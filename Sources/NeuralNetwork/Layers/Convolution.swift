import Settings

/// `[N, C, H, W]` → `[N, channels, H′, W′]` with H′ = ⌊(H + 2 · padding − kernel) / stride⌋ + 1: cross-correlation with a
/// weight `[channels, C / groups, kernel height, kernel width]`, plus a bias `[channels]`.
public struct Convolution: LayerSpecification {
    public static let name = "convolution"

    public var channels = 0
    public var kernel: Extent = 0
    public var stride: Extent = 1
    public var padding: Extent = 0
    /// Divides the channels of input and output; depthwise where it is the number of input channels.
    public var groups = 1
    public var bias = true
    /// Nil: He before a ReLU or batch normalization, else Glorot.
    public var initializer: Initializer?

    public init() {}

    public init(
        channels: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0, groups: Int = 1, bias: Bool = true,
        initializer: Initializer? = nil
    ) {
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.groups = groups
        self.bias = bias
        self.initializer = initializer
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "channels", \.channels, .size, expected: "the number of output channels", "channels of the output"
        ),
        .kernel(\.kernel),
        .init(pair: "stride", \.stride, .size, "rows and columns from one place of the kernel to the next"),
        .padding(\.padding, "rows and columns of zeros on every side"),
        .init(
            "groups", \.groups, .size,
            "parts that the channels of input and output are cut into, each output seeing one part of the input"),
        .bias(\.bias),
        .initializer(\.initializer, heBefore: "a ReLU or batch normalization"),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        guard input[0] % groups == 0, channels % groups == 0 else {
            throw SpecificationError(
                "expected groups that divide \(input[0]) and \(channels) channels, found \(groups)")
        }
        let output = [channels] + (try Extent.size(behind: kernel, stride, padding, over: input))
        let weights = [channels, input[0] / groups, kernel.height, kernel.width]
        guard NetworkSpecification.isFeasible(weights), NetworkSpecification.isFeasible(output) else {
            throw SpecificationError(
                "expected at most 2^32 weights and as many outputs a sample, found \(channels) channels of \(kernel) on "
                    + "\(input)")
        }
        return output
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let favorsHe = place.following is ReLU || place.following is BatchNormalization
        let area = kernel.height * kernel.width
        let inputs = place.input[0] / groups
        let initialValue = InitialValue.random(
            initializer ?? (favorsHe ? .he : .glorot), fanIn: inputs * area, fanOut: channels / groups * area)
        return [.weight([channels, inputs, kernel.height, kernel.width], initialValue)]
            + (bias ? [.bias([channels])] : [])
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            ConvolutionLayer(
                path: place.path, specification: self, outputShape: try outputShape(input: place.input),
                parameters: WeightAndBias(parameters(place))))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let inputs = [input] + (try graph.parameters(of: self, at: place))
        var attributes = [
            ("kernel_shape", ONNXGraph.Attribute.integers([kernel.height, kernel.width])), ("group", .integer(groups)),
        ]
        attributes += Extent.attributes(stride: stride, padding: padding)
        return graph.add("Conv", inputs, attributes, at: place)
    }
}
