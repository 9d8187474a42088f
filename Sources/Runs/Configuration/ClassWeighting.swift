import Settings

/// Weights of the classes in the loss, as a configuration gives them.
public enum ClassWeighting: Equatable, Sendable {
    /// In inverse proportion to the training samples of a class, as scikit-learn's `class_weight="balanced"`.
    case balanced
    /// One a class, in the order of the classes.
    case all([Double])
    /// By the name of a class, or its number where the data name none; 1 for the others.
    case some([Named])

    public struct Named: Equatable, Sendable {
        public var name: String
        public var weight: Double

        public init(_ name: String, _ weight: Double) {
            self.name = name
            self.weight = weight
        }
    }
}

extension ClassWeighting: SettingValue {
    private static let allowed = 1e-4...1e4

    public init?(_ node: ConfigurationNode) {
        func weight(_ node: ConfigurationNode) -> Double? {
            Double(node).flatMap { Self.allowed.contains($0) ? $0 : nil }
        }
        switch node.content {
        case .scalar("balanced", _): self = .balanced
        case .sequence(let elements) where !elements.isEmpty:
            let weights = elements.compactMap(weight)
            guard weights.count == elements.count else { return nil }
            self = .all(weights)
        case .mapping(let entries) where !entries.isEmpty:
            let weights = entries.compactMap { entry in weight(entry.value).map { Named(entry.key, $0) } }
            guard weights.count == entries.count else { return nil }
            self = .some(weights)
        default: return nil
        }
    }

    public var written: WrittenValue {
        switch self {
        case .balanced: .word("balanced")
        case .all(let weights): .list(weights.map(\.written))
        case .some(let weights): .mapping(weights.map { .init($0.name, $0.weight.written) }, isInline: true)
        }
    }

    public static var form: ValueForm {
        ValueForm(
            "balanced, a list of weights or weights by class",
            schema: [
                .init("type", .list([.text("string"), .text("array"), .text("object")]))
            ])
    }

    public static func advice(for node: ConfigurationNode) -> String? {
        if case .scalar = node.content { return nearest(to: node, among: ["balanced"]) }
        return "each weight is a number from 0.0001 through 10000"
    }
}
