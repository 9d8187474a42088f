import CKernels
import OneDNN
import Settings

/// Each channel times a factor `[C, 1, 1]`, or each feature times one `[features]`, that is learned and near 0 at first (Touvron et
/// al., ICCV 2021, section 3; the factor of torchvision's ConvNeXt).
public struct LayerScale: LayerSpecification {
    public static let name = "layerScale"

    public var initial = 1e-6

    public init() {}

    public init(initial: Double) {
        self.initial = initial
    }

    public static let settings: [Setting<Self>] = [
        Setting("initial", \.initial, .from(-1, through: 1).inSinglePrecision, "factor before training").asShortForm
    ]

    public func outputShape(input: [Int]) -> [Int] { input }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let shape = [place.input[0]] + place.input.dropFirst().map { _ in 1 }
        return [
            LayerParameter(
                "layer_scale", shape: shape, isDecayed: false, initialValue: .constant(Float(initial)))
        ]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(LayerScaleLayer(path: place.path, parameter: parameters(place)[0]))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        graph.add("Mul", [input] + (try graph.parameters(of: self, at: place)), at: place)
    }
}

/// y = x · factor of the channel, by the kernels of batch normalization.
private struct LayerScaleLayer: Layer {
    let path: String
    let parameter: LayerParameter

    var summary: String { "layer scale" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.channelBlocks(input, layer: path)
        let factor = try plan.parameter(parameter, of: path, layout: try MemoryDescriptor(plain: parameter.shape))
        let output = plan.featureMap(source.tensor.layout, shape: source.shape, needsGradient: true)
        let state = LayerScaleState(source.tensor.layout)
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (values, result) = (addresses(source.tensor), addresses(output.tensor))
            let factors = factor.value.floats(addresses)
            return KernelStep { state.scale(values, into: result, by: factors) }
        }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = source.needsGradient ? plan.newGradient(of: source) : nil
            let used = [gradient, source.tensor] + (target.map { [$0] } ?? [])
            plan.add(label(.backward), uses: used) { addresses in
                let (incoming, values) = (addresses(gradient), addresses(source.tensor))
                let (outgoing, factors) = (target.map { addresses($0) }, factor.value.floats(addresses))
                let factorGradient = factor.gradient.floats(addresses)
                return KernelStep {
                    state.sumProducts(of: incoming, values, into: factorGradient)
                    if let outgoing { state.scale(incoming, into: outgoing, by: factors) }
                }
            }
        }
        return try plan.outOfChannelBlocks(output, shape: input.shape, layer: path)
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: summary, multiplyAdds: 0)
    }
}

/// Arrays over channels, with what fills the last block up.
private final class LayerScaleState {
    private let shape: kernels_map_shape
    private let channels: Int
    private let factors, zeros: UnsafeMutablePointer<Float>
    private let sums, products: UnsafeMutablePointer<Double>
    private let floats, doubles: AlignedBuffer

    init(_ layout: MemoryDescriptor) {
        shape = kernels_map_shape(layout, block: Processor.channelBlock)
        channels = layout.shape[1]
        let padded = Int(shape.blocks) * Int(shape.block)
        floats = AlignedBuffer(floats: 2 * padded)
        factors = floats.floats.baseAddress!
        zeros = factors + padded
        doubles = AlignedBuffer(byteCount: 2 * padded * MemoryLayout<Double>.stride)
        sums = doubles.address.assumingMemoryBound(to: Double.self)
        products = sums + padded
    }

    func scale(
        _ values: UnsafeMutableRawPointer, into result: UnsafeMutableRawPointer, by given: UnsafeMutablePointer<Float>
    ) {
        factors.update(from: given, count: channels)
        kernels_scale_shift(shape, result, values, nil, factors, zeros, 0)
    }

    func sumProducts(
        of gradient: UnsafeMutableRawPointer, _ values: UnsafeMutableRawPointer,
        into target: UnsafeMutablePointer<Float>
    ) {
        kernels_gradient_moments(shape, gradient, nil, nil, 0, values, zeros, nil, sums, products)
        for channel in 0..<channels { target[channel] = Float(products[channel]) }
    }
}
