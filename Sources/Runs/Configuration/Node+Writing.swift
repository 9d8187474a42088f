import Settings
import Yams

extension Node {
    init(_ value: WrittenValue) {
        switch value {
        case .word(let word): self.init(plain: word)
        case .text(let text): self.init(text: text)
        case .list(let elements): self = .flow(elements.map { Node($0) })
        case .items(let elements): self.init(elements.map { Node($0) })
        case .mapping(let entries, let isInline):
            let nodes = entries.map { ($0.key, Node($0.value)) }
            self = isInline ? .flow(nodes) : .section(nodes)
        }
    }

    /// A section over several lines.
    static func section(_ entries: [WrittenValue.Entry]) -> Node { Node(.mapping(entries, isInline: false)) }

    /// A word, number or truth value, without quotes.
    init(plain value: some CustomStringConvertible) {
        self = .scalar(Scalar(value.description))
    }

    init(plain value: Double) { self.init(value.written) }

    /// Free text: without quotes when it is plainly a name or path, else with.
    init(text: String) {
        let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        let isWord = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "-")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "_")
        }
        let isPlain = text.first?.isLetter == true && isWord && !reserved.contains(text.lowercased())
        self = .scalar(Scalar(text, isPlain ? .implicit : Tag(.str), isPlain ? .plain : .doubleQuoted))
    }

    /// A mapping over several lines, in the order given.
    static func section(_ entries: [(String, Node)]) -> Node {
        .mapping(Mapping(entries.map { (Node($0.0), $0.1) }, .implicit, .block))
    }

    /// A mapping in one line, in the order given.
    static func flow(_ entries: [(String, Node)]) -> Node {
        .mapping(Mapping(entries.map { (Node($0.0), $0.1) }, .implicit, .flow))
    }

    static func flow(_ elements: [Node]) -> Node {
        .sequence(Sequence(elements, .implicit, .flow))
    }
}
