import OneDNN
import Settings

/// x where x > 0, else slope · x (Maas, Hannun, Ng, ICML 2013).
public struct LeakyReLU: Activation {
    public static let name = "leakyRelu"

    public var slope = 0.01

    public init() {}

    public init(slope: Double) {
        self.slope = slope
    }

    public static let settings: [Setting<Self>] = [
        Setting("slope", \.slope, .from(0, through: 1).inSinglePrecision, "factor of values below 0").asShortForm
    ]

    public var function: ElementwiseFunction { .init(name: "\(Self.name) \(slope)", .leakyRelu(slope: Float(slope))) }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("LeakyRelu", [input], [("alpha", .real(slope))], at: place)
    }
}
