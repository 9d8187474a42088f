import Settings

/// Bounds that are given, not found by a search.
public struct GivenBounds: Configurable, Hashable, Codable {
    /// The lowest rate.
    public var min = 0.0
    /// The highest rate.
    public var max = 0.0

    public init() {}

    public init(min: Double, max: Double) {
        self.min = min
        self.max = max
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "min", \.min, .above(0).inSinglePrecision, expected: "the lowest learning rate",
            "lowest learning rate"),
        .init(
            required: "max", \.max, .above(0).inSinglePrecision, expected: "the highest learning rate",
            "highest learning rate"),
    ]

    public var contradiction: Contradiction? {
        min > max ? Contradiction("max", "expected at least bounds.min (\(min)), found \(max)") : nil
    }

    var rates: RateBounds { RateBounds(minimum: min, maximum: max) }
}

extension Setting where Root: Schedule {
    /// Key `bounds`, of schedules that move between two rates.
    public static func bounds(_ path: any WritableKeyPath<Root, GivenBounds?> & Sendable) -> Self {
        .init(
            section: "bounds", path, or: "auto", shape: "{min: …, max: …}", isInline: true,
            "lowest and highest learning rate; auto: found by the search")
    }

    /// Key `rate`.
    public static func rate(_ path: any WritableKeyPath<Root, Rate> & Sendable) -> Self {
        .init("rate", path, .rate, "highest learning rate; auto: the upper bound that the search finds")
            .alsoKnownAs("lr", "learning_rate", "initial_lr", "base_lr", "max_lr")
    }

    /// Key `floor`.
    public static func floor(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init("floor", path, .from(0, through: 1), "lowest learning rate, as a share of the highest")
    }
}

extension Limit<Double> {
    /// More than any run has, and steps can be counted.
    public static let mostEpochs = 1e6

    /// A length in epochs.
    public static let epochs = Limit.above(0, through: mostEpochs)
}
