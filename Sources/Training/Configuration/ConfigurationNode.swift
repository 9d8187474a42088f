/// A value of a configuration and where it was written: the reader's view of YAML, with overrides already in place.
package struct ConfigurationNode: Sendable {
    package enum Content: Sendable {
        /// `isPlain` is false for a quoted or block scalar, which is a string whatever it looks like.
        case scalar(text: String, isPlain: Bool)
        case sequence([ConfigurationNode])
        case mapping([Entry])
    }

    package struct Entry: Sendable {
        package var key: String
        package var place: String
        package var value: ConfigurationNode
    }

    package var content: Content
    /// As in ``ConfigurationError/place``.
    package var place: String
}

extension ConfigurationNode {
    /// A plain `null`, `~` or nothing: the same as leaving the key out.
    package var isNull: Bool {
        if case .scalar(let text, true) = content { return ["", "~", "null", "Null", "NULL"].contains(text) }
        return false
    }

    package var entries: [Entry]? {
        if case .mapping(let entries) = content { return entries }
        return nil
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

    /// The place of the value at `path`, or of the nearest section around it that was written.
    package func place(of path: [String]) -> String {
        guard let first = path.first else { return place }
        switch content {
        case .mapping(let entries):
            guard let entry = entries.first(where: { $0.key == first }) else { return place }
            return entry.value.place(of: Array(path.dropFirst()))
        case .sequence(let elements):
            guard let index = Int(first), elements.indices.contains(index) else { return place }
            return elements[index].place(of: Array(path.dropFirst()))
        case .scalar: return place
        }
    }
}

/// `model.layers[2].dense` as `["model", "layers", "2", "dense"]`; `model.layers.2.dense` is the same.
package func components(ofKeyPath path: String) -> [String] {
    path.replacing("[", with: ".").replacing("]", with: "")
        .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
}
