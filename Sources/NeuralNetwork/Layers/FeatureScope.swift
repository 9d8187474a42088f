import Settings

/// The numbers that a layer takes together.
public enum FeatureScope: String, Sendable, CaseIterable, SettingValue {
    /// All of a sample, with parameters of its shape; of a sequence `[L, E]` all of a position, with parameters `[E]`.
    case sample
    /// The channels of each pixel of a map, with parameters `[C]`.
    case channels

    /// Shape behind a layer that keeps it.
    func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        if self == .channels { try SpecificationError.expectMap(input) }
        return input
    }

    /// Shape of the parameters, one for each number.
    func shape(in input: [Int]) -> [Int] {
        switch self {
        case .sample: input.count == 2 ? [input[1]] : input
        case .channels: [input[0]]
        }
    }
}

extension Setting where Root: LayerSpecification {
    static func over(_ path: any WritableKeyPath<Root, FeatureScope> & Sendable, _ taken: String) -> Self {
        .init(
            "over", path, "numbers that are \(taken): sample, all of a sample; channels, those of each pixel of a map")
    }
}
