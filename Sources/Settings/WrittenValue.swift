/// A value as a configuration shows it: what a component writes of itself, ready for YAML or JSON.
public enum WrittenValue: Sendable, Hashable {
    /// A number, a truth value, null or one of a choice's words: never in quotes.
    case word(String)
    /// Free text, such as the name of a file.
    case text(String)
    case list([WrittenValue])
    /// A list with a line or more for each element.
    case items([WrittenValue])
    /// Keys in the order written; `isInline` in one line.
    case mapping([Entry], isInline: Bool)

    public struct Entry: Sendable, Hashable {
        public var key: String
        public var value: WrittenValue

        public init(_ key: String, _ value: WrittenValue) {
            self.key = key
            self.value = value
        }
    }

    public static let null = WrittenValue.word("null")
}

extension WrittenValue {
    /// The value in one line, as a message or a table shows it.
    public var line: String {
        switch self {
        case .word(let text): text
        case .text(let text): text.debugDescription
        case .list(let elements), .items(let elements): "[\(elements.map(\.line).joined(separator: ", "))]"
        case .mapping(let entries, _): "{\(entries.map { "\($0.key): \($0.value.line)" }.joined(separator: ", "))}"
        }
    }

    /// The value as JSON, indented by two spaces a level.
    public var json: String { json(indent: "") }

    private func json(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .word(let text):
            return text == "true" || text == "false" || text == "null" || Double(text) != nil ? text : Self.quoted(text)
        case .text(let text): return Self.quoted(text)
        case .list(let elements), .items(let elements):
            if elements.isEmpty { return "[]" }
            if elements.allSatisfy(\.isScalar) {
                return "[\(elements.map { $0.json(indent: "") }.joined(separator: ", "))]"
            }
            return "[\n" + elements.map { inner + $0.json(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .mapping(let entries, _):
            if entries.isEmpty { return "{}" }
            let lines = entries.map { "\(inner)\(Self.quoted($0.key)): \($0.value.json(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .word, .text: true
        case .list, .items, .mapping: false
        }
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
