import Settings

/// `[N, C, H, W]` → `[N, channels, H′, W′]` with H′ = ⌊(H + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1:
/// cross-correlation with a weight `[channels, C / groups, kernel height, kernel width]`, plus a bias `[channels]`. The same of
/// signals `[N, C, L]` and volumes `[N, C, D, H, W]`, by weights with one and three sizes of the kernel.
public struct Convolution: LayerSpecification {
    public static let name = "convolution"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public var channels = 0
    public var kernel: Extent = 0
    public var stride: Extent = 1
    public var padding: Padding = 0
    /// Pixels from one place of the kernel to the next.
    public var dilation: Extent = 1
    /// Divides the channels of input and output; depthwise where it is the number of input channels.
    public var groups = 1
    public var bias = true
    /// Nil: He before a ReLU or batch normalization, else Glorot.
    public var initializer: Initializer?

    public init() {}

    public init(
        channels: Int, kernel: Extent, stride: Extent = 1, padding: Padding = 0, dilation: Extent = 1, groups: Int = 1,
        bias: Bool = true, initializer: Initializer? = nil
    ) {
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.bias = bias
        self.initializer = initializer
    }

    public static let settings: [Setting<Self>] = [
        .channels(\.channels),
        .kernel(\.kernel),
        .init(
            extent: "stride", \.stride, .size, "pixels from one place of the kernel to the next, along each dimension"),
        .init(
            extent: "padding", \.padding, or: [("same", .same)], .sizeOrNone, extent: \.zeros, value: Padding.zeros,
            "zeros in front of and behind each dimension; same, as many as keep the size at stride 1"),
        .init(extent: "dilation", \.dilation, .size, "pixels from one place within the kernel to the next"),
        .groups(\.groups),
        .bias(\.bias),
        .initializer(\.initializer, heBefore: "a ReLU or batch normalization"),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        let window = try window(over: input)
        try SpecificationError.expectGroups(groups, dividing: input[0], channels)
        let output = [channels] + window.outputSize(over: input)
        let weights = [channels, input[0] / groups] + window.kernel
        guard NetworkSpecification.isFeasible(weights), NetworkSpecification.isFeasible(output) else {
            throw SpecificationError(
                "expected at most 2^32 weights and as many outputs a sample, found \(channels) channels of \(window) on "
                    + "\(input)")
        }
        return output
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let favorsHe = place.following is ReLU || place.following is BatchNormalization
        let kernel = kernel.along(place.input.count - 1)
        let area = kernel.reduce(1, *)
        let inputs = place.input[0] / groups
        let initialValue = InitialValue.random(
            initializer ?? (favorsHe ? .he : .glorot), fanIn: inputs * area, fanOut: channels / groups * area)
        return [.weight([channels, inputs] + kernel, initialValue)]
            + (bias ? [.bias([channels])] : [])
    }

    private func window(over input: [Int]) throws(SpecificationError) -> Window {
        try Window(kernel: kernel, stride: stride, dilation: dilation, padding: padding, over: input)
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(try layer(at: place, WeightAndBias(parameters(place))))
    }

    /// - Parameter parameters: with a weight `[channels, C / groups]` and the sizes of the kernel, which may be left out where they
    ///   are 1.
    func layer(at place: LayerPlace, _ parameters: WeightAndBias) throws(SpecificationError) -> ConvolutionLayer {
        let window = try window(over: place.input)
        return ConvolutionLayer(
            path: place.path, specification: over(window.onGrid), window: window,
            outputShape: try outputShape(input: place.input), parameters: parameters)
    }

    /// The same with a number for each dimension.
    private func over(_ window: Window) -> Self {
        var convolution = self
        convolution.kernel = Extent(window.kernel)
        convolution.stride = Extent(window.stride)
        convolution.padding = .zeros(Extent(window.padding))
        convolution.dilation = Extent(window.dilation)
        return convolution
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let inputs = [input] + (try graph.parameters(of: self, at: place))
        let window = try window(over: place.input)
        let attributes = [
            ("kernel_shape", ONNXGraph.Attribute.integers(window.kernel)), ("group", .integer(groups)),
        ]
        return graph.add("Conv", inputs, attributes + window.attributes, at: place)
    }
}
