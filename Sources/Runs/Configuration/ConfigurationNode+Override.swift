import Settings

extension ConfigurationNode {
    /// Puts the value of `key.path=value` in its place, making the sections on the way that are not there yet.
    ///
    /// Whether the key is a valid one is found out when the tree is read, just as for the keys of the file.
    package mutating func apply(override text: String) throws(ConfigurationError) {
        let place = "--set \(text)"
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ConfigurationError(
                place: place, keyPath: "",
                problem: "expected key.path=value, such as training.batch=64; found \(text.debugDescription)")
        }
        let path = components(ofKeyPath: String(text[..<equals]))
        guard !path.contains("") else {
            throw ConfigurationError(
                place: place, keyPath: "",
                problem: "expected a key path such as training.batch, found \(text[..<equals].debugDescription)")
        }
        let written = String(text[text.index(after: equals)...])
        // YAML has a tab in quotes alone, which a shell takes off.
        let value = try ConfigurationNode.value(yaml: written == "\t" ? "\"\\t\"" : written, place: place)
        try replace(at: path[...], by: value)
    }

    /// Puts `value` at `path`, making the sections on the way that are not there yet.
    package mutating func replace(at path: ArraySlice<String>, by value: ConfigurationNode) throws(ConfigurationError) {
        guard let key = path.first else {
            self = value
            return
        }
        if case .sequence(var elements) = content {
            guard let index = Int(key), elements.indices.contains(index) else {
                throw ConfigurationError(
                    place: value.place, keyPath: "",
                    problem: "expected a position in 0..<\(elements.count) of the list, found \(key.debugDescription)")
            }
            try elements[index].replace(at: path.dropFirst(), by: value)
            content = .sequence(elements)
            return
        }
        var entries = self.entries ?? []
        if self.entries == nil { place = value.place }
        if let index = entries.firstIndex(where: { $0.key == key }) {
            try entries[index].value.replace(at: path.dropFirst(), by: value)
            if path.count == 1 { entries[index].place = value.place }
        } else {
            var section = ConfigurationNode(content: .mapping([]), place: value.place)
            try section.replace(at: path.dropFirst(), by: value)
            entries.append(Entry(key: key, place: value.place, value: section))
        }
        content = .mapping(entries)
    }
}
