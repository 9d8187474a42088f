import OneDNN
import Settings

/// `[N, C, H, W]` → `[N, C, scale · H, scale · W]`, and so of signals and volumes: PyTorch's `Upsample` with `align_corners` false.
public struct Upsampling: LayerSpecification {
    public static let name = "upsampling"
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public enum Mode: String, Sendable, CaseIterable, SettingValue {
        /// Each pixel repeated.
        case nearest
        /// Between the centers of pixels along each dimension.
        case linear
    }

    /// Times that each dimension grows.
    public var scale: Extent = 2
    public var mode = Mode.nearest

    public init() {}

    public init(scale: Extent, mode: Mode = .nearest) {
        self.scale = scale
        self.mode = mode
    }

    public static let settings: [Setting<Self>] = [
        Setting(extent: "scale", \.scale, .size, "times that each dimension grows").asShortForm,
        .init(
            "mode", \.mode, "nearest, each pixel repeated; linear, between the centers of pixels along each dimension"),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        let scales = try scale.along(input, "scale")
        let output =
            [input[0]] + zip(input.dropFirst(), scales).map { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard NetworkSpecification.isFeasible([input[0]] + input.dropFirst() + scales) else {
            throw SpecificationError("expected at most 2^32 outputs a sample, found scale \(scale) on \(input)")
        }
        return output
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            UpsamplingLayer(
                path: place.path, specification: self, outputShape: try outputShape(input: place.input)))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        let scales = [1, 1] + scale.along(place.input.count - 1).map(Float.init)
        let constant = graph.constant("\(place.path).scales", scales, shape: [scales.count])
        let attributes: [(String, ONNXGraph.Attribute)] =
            switch mode {
            case .nearest:
                [
                    ("mode", .text("nearest")), ("coordinate_transformation_mode", .text("asymmetric")),
                    ("nearest_mode", .text("floor")),
                ]
            case .linear: [("mode", .text("linear")), ("coordinate_transformation_mode", .text("half_pixel"))]
            }
        // Without a region of interest.
        return graph.add("Resize", [input, "", constant], attributes, at: place)
    }
}

/// A map at more pixels: oneDNN's resampling.
struct UpsamplingLayer: Layer {
    let path: String
    let specification: Upsampling
    let outputShape: [Int]

    var keepsPositions: Bool { false }

    var summary: String { "upsampling \(specification.mode), scale \(specification.scale)" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let layout = input.tensor.layout
        let source = layout.isPlain || layout.isInSampleBlocks ? try plan.blocked(input, layer: path) : input
        let output = plan.featureMap(
            source.tensor.layout.isBlocked ? try plan.blocked(outputShape) : try plan.channelsLast(outputShape),
            shape: outputShape, needsGradient: source.needsGradient)
        let passes = ResamplingPasses(
            specification.mode == .nearest ? .nearest : .linear, source.tensor.layout, to: output.tensor.layout,
            engine: plan.engine, purpose: "upsampling \(source.shape) to \(outputShape)")
        let forward = try passes.forward()
        plan.add(forward, [(.source, source.tensor), (.destination, output.tensor)], layer: path, .forward)
        guard source.needsGradient else { return output }
        plan.addBackward {
            plan.add(
                try passes.backward(forward),
                [
                    (.destinationGradient, plan.gradient(of: output, layer: path)),
                    (.sourceGradient, plan.newGradient(of: source)),
                ], layer: path, .backward)
        }
        return output
    }
}
