import Settings

/// Outputs of branches, one behind the other along the channels, the positions of sequences, or the features of vectors. The sizes
/// behind those are the same. With ``Axis/features`` sequences of as many positions, joined along their features.
public struct Concatenation: BranchedLayer {
    public static let name = "concatenation"
    /// The branches say what stays in its place.
    public var keepsPositions: Bool { false }

    /// A dimension that outputs are joined along.
    public enum Axis: String, Sendable, CaseIterable, SettingValue {
        /// The first one of a sample.
        case channels
        /// The last one of a sequence `[L, E]`.
        case features
    }

    public var branches: [Branch] = []
    public var along = Axis.channels

    public init() {}

    public init(_ branches: [Branch], along: Axis) {
        self.branches = branches
        self.along = along
    }

    public static let settings: [Setting<Self>] = [
        branchSetting(
            "lists of layers by names, whose outputs are joined; an empty list is the input"),
        Setting(
            "along", \.along,
            "dimension that they are joined along: channels, of sequences the positions; features, of sequences alone"),
    ]

    public var requirement: String {
        along == .channels ? "the same sizes behind the channels" : "sequences [L, features] of as many positions"
    }

    public func joinedShape(_ outputs: [[Int]]) -> [Int]? {
        switch along {
        case .channels:
            guard outputs.allSatisfy({ $0.dropFirst() == outputs[0].dropFirst() }) else { return nil }
            return [outputs.reduce(0) { $0 + $1[0] }] + outputs[0].dropFirst()
        case .features:
            guard outputs.allSatisfy({ $0.count == 2 && $0[0] == outputs[0][0] }) else { return nil }
            return [outputs[0][0], outputs.reduce(0) { $0 + $1[1] }]
        }
    }

    public var operation: (name: String, attributes: [(String, ONNXGraph.Attribute)]) {
        ("Concat", [("axis", .integer(along == .channels ? 1 : 2))])
    }

    public func joinedMask(
        _ outputs: [(value: String, shape: [Int])], in graph: inout ONNXGraph, at place: LayerPlace
    ) -> String? {
        along == .channels
            ? graph.joinedMask(of: outputs, at: place) : graph.commonMask(of: outputs.map(\.value), at: place)
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            ConcatenationLayer(
                path: place.path, branches: try loweredBranches(place, &lowering), along: along,
                outputShape: try outputShape(input: place.input)))
    }
}
