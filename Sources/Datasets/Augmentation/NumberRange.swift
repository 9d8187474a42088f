import Settings

/// Numbers from one to another, written as `[0.08, 1.0]`; one number stands for both.
public struct NumberRange: SettingValue, Equatable {
    public var low: Double
    public var high: Double

    public init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    public init?(_ node: ConfigurationNode) {
        if let number = Double(node) {
            self.init(number, number)
            return
        }
        guard case .sequence(let nodes) = node.content, nodes.count == 2, let low = Double(nodes[0]),
            let high = Double(nodes[1]), low <= high
        else { return nil }
        self.init(low, high)
    }

    public var written: WrittenValue { low == high ? low.written : .list([low.written, high.written]) }

    public static var form: ValueForm {
        ValueForm(
            "a number or [smallest, largest]", plural: "ranges",
            schema: [
                .init("type", .list([.text("number"), .text("array")])), .init("minItems", 2.written),
                .init("maxItems", 2.written),
            ])
    }
}
