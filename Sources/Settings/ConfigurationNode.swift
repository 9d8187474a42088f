/// A value of a configuration and where it was written: the reader's view of YAML, with overrides already in place.
public struct ConfigurationNode: Sendable {
    public enum Content: Sendable {
        /// `isPlain` is false for a quoted or block scalar, which is a string whatever it looks like.
        case scalar(text: String, isPlain: Bool)
        case sequence([ConfigurationNode])
        case mapping([Entry])
    }

    public struct Entry: Sendable {
        public var key: String
        public var place: String
        public var value: ConfigurationNode

        package init(key: String, place: String, value: ConfigurationNode) {
            self.key = key
            self.place = place
            self.value = value
        }
    }

    public var content: Content
    /// As in ``ConfigurationError/place``.
    public var place: String

    package init(content: Content, place: String) {
        self.content = content
        self.place = place
    }
}

extension ConfigurationNode {
    /// The text of an unquoted scalar, the only kind that can be a number or a truth value.
    public var plainText: String? {
        if case .scalar(let text, true) = content { return text }
        return nil
    }

    /// A plain `null`, `~` or nothing: the same as leaving the key out.
    package var isNull: Bool {
        if case .scalar(let text, true) = content { return ["", "~", "null", "Null", "NULL"].contains(text) }
        return false
    }

    /// True where the value, or a part of it, was not in the file.
    var isOverride: Bool {
        if place.hasPrefix("--set ") { return true }
        return switch content {
        case .scalar: false
        case .sequence(let elements): elements.contains(where: \.isOverride)
        case .mapping(let entries): entries.contains(where: \.value.isOverride)
        }
    }

    package var entries: [Entry]? {
        if case .mapping(let entries) = content { return entries }
        return nil
    }

    /// A scalar `relu` as the mapping `{relu: {}}`, else itself.
    var asSection: ConfigurationNode {
        guard case .scalar(let text, _) = content, !isNull else { return self }
        let empty = ConfigurationNode(content: .mapping([]), place: place)
        return ConfigurationNode(content: .mapping([.init(key: text, place: place, value: empty)]), place: place)
    }

    /// What an error message says was found: the scalar itself, within one line, or the kind of collection.
    package var found: String {
        switch content {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let text, let isPlain):
            if isNull { return "nothing" }
            let short = text.count > 60 ? text.prefix(60) + "…" : text[...]
            let looksLikeNumber = Double(text) != nil
            return isPlain && looksLikeNumber ? String(short) : String(short).debugDescription
        }
    }

    /// The place of the value at `path`, or of the nearest section around it that was written. Positions in lists count what is
    /// repeated as often as it stands there.
    package func place(of path: [String]) -> String {
        guard let first = path.first else { return place }
        switch content {
        case .mapping(let entries):
            guard let entry = entries.first(where: { $0.key == first }) else { return place }
            return entry.value.place(of: Array(path.dropFirst()))
        case .sequence:
            guard let index = Int(first), index >= 0, let element = component(at: index) else { return place }
            return element.place(of: Array(path.dropFirst()))
        case .scalar: return place
        }
    }
}

/// `model.layers[2].dense` as `["model", "layers", "2", "dense"]`; `model.layers.2.dense` is the same.
package func components(ofKeyPath path: String) -> [String] {
    path.replacing("[", with: ".").replacing("]", with: "")
        .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
}
