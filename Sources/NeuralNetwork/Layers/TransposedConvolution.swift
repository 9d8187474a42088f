import Settings

/// `[N, C, H, W]` → `[N, channels, H′, W′]` with H′ = (H − 1) · stride − 2 · padding + kernel + outputPadding, and so of signals and
/// volumes: what the gradient of a convolution is to its result (Dumoulin, Visin, arXiv:1603.07285, chapter 4). The weight is
/// `[C, channels / groups]` and the sizes of the kernel, as PyTorch's `ConvTranspose` has it, the bias `[channels]`.
public struct TransposedConvolution: LayerSpecification {
    public static let name = "transposedConvolution"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public var channels = 0
    public var kernel: Extent = 0
    public var stride: Extent = 1
    public var padding: Extent = 0
    /// Pixels more behind each dimension; less than the stride.
    public var outputPadding: Extent = 0
    public var groups = 1
    public var bias = true
    /// Nil: He before a ReLU or batch normalization, else Glorot.
    public var initializer: Initializer?

    public init() {}

    public init(
        channels: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0, outputPadding: Extent = 0,
        groups: Int = 1, bias: Bool = true
    ) {
        self.channels = channels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.groups = groups
        self.bias = bias
    }

    public static let settings: [Setting<Self>] = [
        .channels(\.channels),
        .kernel(\.kernel),
        .init(extent: "stride", \.stride, .size, "pixels of the output from one of the input to the next"),
        .padding(\.padding, "pixels left out in front of and behind each dimension of the output"),
        .init(
            extent: "outputPadding", \.outputPadding, .sizeOrNone,
            "pixels more behind each dimension of the output, fewer than the stride"),
        .groups(\.groups),
        .bias(\.bias),
        .initializer(\.initializer, heBefore: "a ReLU or batch normalization"),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        try SpecificationError.expectGroups(groups, dividing: input[0], channels)
        let (kernel, stride) = (try kernel.along(input, "kernel"), try stride.along(input, "stride"))
        let (padding, further) = (
            try padding.along(input, "padding"), try outputPadding.along(input, "outputPadding")
        )
        guard zip(further, stride).allSatisfy({ $0 < $1 }) else {
            throw SpecificationError(
                "outputPadding: expected less than the stride \(Extent(stride)), found \(Extent(further))")
        }
        let sizes = kernel.indices.map { axis in
            (input[axis + 1] - 1) * stride[axis] - 2 * padding[axis] + kernel[axis] + further[axis]
        }
        guard sizes.allSatisfy({ $0 >= 1 }) else {
            throw SpecificationError(
                "expected a padding that leaves a pixel of the output, found padding \(Extent(padding)) with kernel "
                    + "\(Extent(kernel)), stride \(Extent(stride)) on \(input)")
        }
        guard NetworkSpecification.isFeasible([channels] + sizes),
            NetworkSpecification.isFeasible([input[0], channels / groups] + kernel)
        else {
            throw SpecificationError(
                "expected at most 2^32 weights and as many outputs a sample, found \(channels) channels of "
                    + "\(Extent(kernel)) on \(input)")
        }
        return [channels] + sizes
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let favorsHe = place.following is ReLU || place.following is BatchNormalization
        let kernel = kernel.along(place.input.count - 1)
        let (area, inputs) = (kernel.reduce(1, *), place.input[0])
        let initialValue = InitialValue.random(
            initializer ?? (favorsHe ? .he : .glorot), fanIn: inputs / groups * area, fanOut: channels / groups * area)
        return [.weight([inputs, channels / groups] + kernel, initialValue)] + (bias ? [.bias([channels])] : [])
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        let output = try outputShape(input: place.input)
        return LoweredLayer(
            TransposedConvolutionLayer(
                path: place.path, groups: groups,
                window: try Window(kernel: kernel, stride: stride, padding: .zeros(padding), over: output),
                outputShape: output, parameters: WeightAndBias(parameters(place))))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let inputs = [input] + (try graph.parameters(of: self, at: place))
        let dimensions = place.input.count - 1
        let padding = padding.along(dimensions)
        return graph.add(
            "ConvTranspose", inputs,
            [
                ("kernel_shape", .integers(kernel.along(dimensions))), ("group", .integer(groups)),
                ("strides", .integers(stride.along(dimensions))), ("pads", .integers(padding + padding)),
                ("output_padding", .integers(outputPadding.along(dimensions))),
            ], at: place)
    }
}
