import CKernels
import Foundation
import OneDNN
import Settings

/// `[N, L, E]` → `[N, L, E]`: adds to each position a row that tells where it is.
public struct PositionalEncoding: LayerSpecification {
    public static let name = "positionalEncoding"

    public enum Kind: String, Sendable, CaseIterable, SettingValue {
        /// sin(l / 10000^(2 i / E)) at feature 2 i, the cosine at 2 i + 1 (Vaswani et al., NeurIPS 2017, section 3.5).
        case sinusoidal
        /// A weight `[L, E]` (Gehring et al., ICML 2017).
        case learned
    }

    public var kind = Kind.sinusoidal

    public init() {}

    public init(_ kind: Kind) {
        self.kind = kind
    }

    public static let settings: [Setting<Self>] = [
        Setting(
            "kind", \.kind,
            "sinusoidal, sines and cosines of the position with wavelengths from 2 π to 20000 π; learned, a weight for each "
                + "position and feature"
        ).asShortForm
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        return input
    }

    /// Normal with the mean square of sinusoidal ones, 1/2, so that networks begin alike with either kind.
    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        guard kind == .learned else { return [] }
        return [
            LayerParameter(
                "weight", shape: place.input, isDecayed: false,
                initialValue: .normal(standardDeviation: 0.5.squareRoot()))
        ]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            PositionalEncodingLayer(
                path: place.path, parameter: parameters(place).first,
                sinusoids: kind == .sinusoidal ? Self.sinusoids(place.input) : []))
    }

    /// Sinusoids of `[L, E]`, computed in Double.
    static func sinusoids(_ shape: [Int]) -> [Float] {
        (0..<shape[0]).flatMap { position in
            (0..<shape[1]).map { feature in
                let angle = Double(position) * pow(10000, -Double(feature / 2 * 2) / Double(shape[1]))
                return Float(feature % 2 == 0 ? sin(angle) : cos(angle))
            }
        }
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let rows =
            kind == .learned
            ? try graph.parameters(of: self, at: place)[0]
            : graph.constant("\(place.path).sinusoids", Self.sinusoids(place.input), shape: place.input)
        return graph.add("Add", [input, rows], at: place)
    }
}

/// Adds one matrix to each sample.
struct PositionalEncodingLayer: Layer {
    let path: String
    /// Nil of sinusoids.
    let parameter: LayerParameter?
    let sinusoids: [Float]

    var summary: String { parameter == nil ? "sinusoidal positions" : "learned positions" }
    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.sequence(input, .float32, layer: path)
        let weight = try parameter.map {
            try plan.parameter($0, of: path, layout: try MemoryDescriptor(plain: $0.shape))
        }
        let shape = kernels_sequences(batch: plan.batch, shape: input.shape)
        let output = try plan.kernelResult(
            input.shape, needsGradient: source.needsGradient || weight != nil)
        let table = AlignedBuffer(floats: sinusoids.count)
        _ = table.floats.update(from: sinusoids)
        plan.keep(byteCount: table.byteCount)
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (from, to) = (source.tensor.floats(addresses), output.tensor.floats(addresses))
            let rows = weight?.value.floats(addresses)
            return KernelStep { kernels_add_to_samples(shape, to, from, rows ?? table.floats.baseAddress!) }
        }
        guard output.needsGradient else { return try plan.inNetworkPrecision(output, layer: path) }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            plan.pass(gradient, to: source)
            guard let weight else { return }
            plan.add(label(.backward), uses: [gradient]) { addresses in
                let (from, to) = (gradient.floats(addresses), weight.gradient.floats(addresses))
                return KernelStep { kernels_sum_over_samples(shape, to, from) }
            }
        }
        return try plan.inNetworkPrecision(output, layer: path)
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "sum", multiplyAdds: 0)
    }
}
