/// A type whose values stand under one key: a number, a word, a text.
public protocol SettingValue: Sendable {
    /// The value that is written there; nil where it is of another kind.
    init?(_ node: ConfigurationNode)
    var written: WrittenValue { get }
    static var form: ValueForm { get }
    /// Advice for who wrote what is no such value; nil for none.
    static func advice(for node: ConfigurationNode) -> String?
    /// A further limit that all values have; nil for none.
    static var refinement: Limit<Self>? { get }
}

extension SettingValue {
    /// Advice that names the nearest of some words.
    public static func nearest(to node: ConfigurationNode, among words: [String]) -> String? {
        String(node).flatMap { KeySuggestion.question(for: $0, among: words) }
    }

    public static func advice(for node: ConfigurationNode) -> String? { nil }
    public static var refinement: Limit<Self>? { nil }
}

/// The look of a type's values.
public struct ValueForm: Sendable, Hashable {
    /// With an article, as messages call it: `an integer`.
    public var name: String
    /// More than one of it: `integers`.
    public var plural: String
    /// The words that there are; empty where there are others than words.
    public var words: [String]
    /// The keywords of a JSON Schema for it.
    public var schema: [WrittenValue.Entry]

    public init(_ name: String, plural: String? = nil, words: [String] = [], schema: [WrittenValue.Entry]) {
        self.name = name
        self.plural = plural ?? name
        self.words = words
        self.schema = schema
    }

    /// A text of a kind, such as `a file name`.
    public static func text(_ name: String, plural: String) -> Self { .type("string", name, plural: plural) }

    /// The name with what a limit says of the values.
    func name(_ limit: String) -> String { limit.isEmpty ? name : "\(name) \(limit)" }

    /// - Parameter type: of JSON, such as `integer`.
    static func type(_ type: String, _ name: String, plural: String? = nil) -> Self {
        Self(name, plural: plural, schema: [.init("type", .text(type))])
    }

    /// One of some words.
    public static func words(_ words: [String]) -> Self {
        Self(
            "one of \(words.joined(separator: ", "))", words: words,
            schema: [.init("enum", .list(words.map(WrittenValue.text)))])
    }
}

extension Int: SettingValue {
    public init?(_ node: ConfigurationNode) {
        guard let number = node.plainText.flatMap({ Int($0) }) else { return nil }
        self = number
    }
    public var written: WrittenValue { .word(description) }
    public static var form: ValueForm { .type("integer", "an integer", plural: "integers") }
}

extension UInt64: SettingValue {
    public init?(_ node: ConfigurationNode) {
        guard let number = node.plainText.flatMap({ UInt64($0) }) else { return nil }
        self = number
    }
    public var written: WrittenValue { .word(description) }
    public static var form: ValueForm { .type("integer", "an integer", plural: "integers") }
}

extension Double: SettingValue {
    /// Decimal notation alone: `Double.init` would also take "inf", "nan" and hexadecimal.
    public init?(_ node: ConfigurationNode) {
        guard let text = node.plainText, text.allSatisfy({ "+-.0123456789eE".contains($0) }),
            let number = Double(text), number.isFinite
        else { return nil }
        self = number
    }

    /// Training flushes what is smaller than normal numbers to 0, which a limit may not allow.
    public static var refinement: Limit<Self>? {
        Limit("of at least \(leastNormalMagnitude) if it is not 0") { !$0.isSubnormal }
    }

    /// The shortest decimal notation that reads back to the same bits, with the point that YAML 1.1 asks for.
    public var written: WrittenValue {
        let text = description
        return .word(text.contains("e") && !text.contains(".") ? text.replacing("e", with: ".0e") : text)
    }

    public static var form: ValueForm { .type("number", "a number", plural: "numbers") }
}

extension Bool: SettingValue {
    public init?(_ node: ConfigurationNode) {
        switch node.plainText {
        case "true", "True", "TRUE": self = true
        case "false", "False", "FALSE": self = false
        default: return nil
        }
    }
    public var written: WrittenValue { .word(description) }
    public static var form: ValueForm { .type("boolean", "true or false") }
}

extension String: SettingValue {
    /// Any scalar that is not empty.
    public init?(_ node: ConfigurationNode) {
        guard case .scalar(let text, _) = node.content, !text.isEmpty else { return nil }
        self = text
    }
    public var written: WrittenValue { .text(self) }
    public static var form: ValueForm { .type("string", "a text", plural: "texts") }
}

/// One character of ASCII other than a line feed; a tab also by the names that shells and other programs give it.
extension Character: SettingValue {
    public init?(_ node: ConfigurationNode) {
        guard let text = String(node).map({ ["\\t", "tab"].contains($0) ? "\t" : $0 }), text.count == 1,
            let character = text.first, character.isASCII, character != "\n"
        else { return nil }
        self = character
    }
    public var written: WrittenValue { .text(String(self)) }
    public static var form: ValueForm { .text("one ASCII character, or tab", plural: "characters") }
}

extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
    public init?(_ node: ConfigurationNode) {
        guard let value = String(node).flatMap(Self.init(rawValue:)) else { return nil }
        self = value
    }
    public static func advice(for node: ConfigurationNode) -> String? {
        nearest(to: node, among: allCases.map(\.rawValue))
    }
    public var written: WrittenValue { .word(rawValue) }
    public static var form: ValueForm { .words(allCases.map(\.rawValue)) }
}
