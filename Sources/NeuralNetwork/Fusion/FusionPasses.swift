/// A pass over a list of layers that joins neighbours which one primitive or kernel computes.
protocol FusionPass: Sendable {
    static func fuse(_ layers: [any Layer]) -> [any Layer]
}

enum FusionPasses {
    /// In the order in which they are applied.
    static let all: [any FusionPass.Type] = [
        ActivationFusion.self,
        MaskedMaximum.self,
        NormalizedSum.self,
    ]
}
