import OneDNN
import Settings

/// x where x > 0, else alpha · (eˣ − 1) (Clevert, Unterthiner, Hochreiter, arXiv:1511.07289).
public struct ELU: Activation {
    public static let name = "elu"

    public var alpha = 1.0

    public init() {}

    public init(alpha: Double) {
        self.alpha = alpha
    }

    public static let settings: [Setting<Self>] = [
        Setting(
            "alpha", \.alpha, .above(0, through: 100).inSinglePrecision,
            "distance of the limit for large negative values from 0"
        ).asShortForm
    ]

    public var function: ElementwiseFunction { .init(name: "\(Self.name) \(alpha)", .elu(alpha: Float(alpha))) }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Elu", [input], [("alpha", .real(alpha))], at: place)
    }
}
