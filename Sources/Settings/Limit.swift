/// The values that a setting allows, with the words that messages use for them.
public struct Limit<Value>: Sendable {
    /// Follows the name of the kind of value: `of at least 1`.
    public let text: String
    /// The same for a JSON Schema, such as `minimum`.
    let schema: [WrittenValue.Entry]
    private let isAllowed: @Sendable (Value) -> Bool
    /// A further condition that few values fail, told only of those.
    private var refinement: (text: String, contains: @Sendable (Value) -> Bool)?

    /// - Parameter text: what is allowed, in words that follow `an integer` or `a number`.
    public init(_ text: String, _ contains: @escaping @Sendable (Value) -> Bool) {
        self.init(text, schema: [], contains)
    }

    init(_ text: String, schema: [WrittenValue.Entry], _ contains: @escaping @Sendable (Value) -> Bool) {
        self.text = text
        self.schema = schema
        isAllowed = contains
    }

    public func contains(_ value: Value) -> Bool { isAllowed(value) && refinement?.contains(value) != false }

    /// The words for a value that is not allowed.
    func text(for value: Value?) -> String {
        guard let value, isAllowed(value), let refinement else { return text }
        return "\(text), \(refinement.text)"
    }

    package func refined(_ text: String, _ contains: @escaping @Sendable (Value) -> Bool) -> Self {
        var limit = self
        limit.refinement = (text, contains)
        return limit
    }
}

extension Limit where Value: Comparable & Sendable & SettingValue {
    public static func atLeast(_ bound: Value) -> Self {
        Self("of at least \(bound)", schema: [.init("minimum", bound.written)]) { $0 >= bound }
    }

    public static func above(_ bound: Value) -> Self {
        Self("above \(bound)", schema: [.init("exclusiveMinimum", bound.written)]) { $0 > bound }
    }

    /// low ≤ x < high
    public static func from(_ low: Value, below high: Value) -> Self {
        Self(
            "in [\(low), \(high))",
            schema: [.init("minimum", low.written), .init("exclusiveMaximum", high.written)]
        ) { $0 >= low && $0 < high }
    }

    /// low < x < high
    public static func between(_ low: Value, _ high: Value) -> Self {
        Self(
            "in (\(low), \(high))",
            schema: [.init("exclusiveMinimum", low.written), .init("exclusiveMaximum", high.written)]
        ) { $0 > low && $0 < high }
    }

    /// low < x ≤ high
    public static func above(_ low: Value, through high: Value) -> Self {
        Self(
            "in (\(low), \(high)]",
            schema: [.init("exclusiveMinimum", low.written), .init("maximum", high.written)]
        ) { $0 > low && $0 <= high }
    }

    /// low ≤ x ≤ high
    public static func from(_ low: Value, through high: Value) -> Self {
        Self(
            "from \(low) to \(high)", schema: [.init("minimum", low.written), .init("maximum", high.written)]
        ) { $0 >= low && $0 <= high }
    }
}

extension Limit<Double> {
    /// The limit of a number that is computed with in single precision: it has to be within it there too, and 0 only if it
    /// is 0.
    public var inSinglePrecision: Self {
        refined("that stays one in single precision (0, and 1.18e-38 to 3.40e38)") { [self] number in
            let rounded = Float(number)
            return rounded.isFinite && (rounded.isNormal || number == 0) && contains(Double(rounded))
        }
    }
}
