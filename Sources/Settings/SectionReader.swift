/// Reads the keys of one section; a key that nobody asked for is an unknown one.
///
/// Each reading method returns nil when the key is absent or null, so that the default stands.
public struct SectionReader {
    /// The keys asked for so far in the whole configuration, by the path of their section; the root's path is empty.
    package final class AskedKeys {
        var keys: [String: [String]] = [:]
        /// Names that other programs have for keys, with the keys' paths.
        var aliases: [(word: String, path: String)] = []
        /// Values that were left out, by the paths of their keys, and why.
        var leftOut: [(path: String, note: String)] = []
    }

    package let node: ConfigurationNode
    package let path: String
    let asked: AskedKeys
    /// Components of a user's own.
    let additions: [any Component.Type]
    /// Components that stand where a choice of their kind is not made.
    private var defaults: [ObjectIdentifier: any Component] = [:]

    /// - Parameter additions: components that a choice of their kind is made from besides its registry's.
    package init(root: ConfigurationNode, additions: [any Component.Type] = []) {
        self.init(node: root, path: "", asked: AskedKeys(), additions: additions)
    }

    private init(node: ConfigurationNode, path: String, asked: AskedKeys, additions: [any Component.Type]) {
        self.node = node
        self.path = path
        self.asked = asked
        self.additions = additions
        if asked.keys[path] == nil { asked.keys[path] = [] }
    }

    /// Sets what stands, here and further in, where a choice among components that are a `Base` is not made.
    package mutating func setDefault<Base>(_ component: Base, of base: Base.Type) {
        guard let component = component as? any Component else {
            preconditionFailure("\(type(of: component)) has no settings")
        }
        defaults[ObjectIdentifier(base)] = component
    }

    func defaultComponent<Base>(of base: Base.Type) -> Base? { defaults[ObjectIdentifier(base)] as? Base }

    private func inside(_ node: ConfigurationNode, path: String) -> Self {
        var reader = SectionReader(node: node, path: path, asked: asked, additions: additions)
        reader.defaults = defaults
        return reader
    }

    package func path(of key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    /// The value of `key`, unless it is absent or null.
    package func value(_ key: String) -> ConfigurationNode? {
        if asked.keys[path]?.contains(key) == false { asked.keys[path]?.append(key) }
        guard let entry = node.entries?.first(where: { $0.key == key }), !entry.value.isNull else { return nil }
        return entry.value
    }

    /// - Parameter problem: what was expected and what was found under `key`.
    package func error(at key: String, _ problem: String) -> ConfigurationError {
        ConfigurationError(place: node.place(of: [key]), keyPath: path(of: key), problem: problem)
    }

    package func mismatch(_ key: String, expected: String, found node: ConfigurationNode) -> ConfigurationError {
        ConfigurationError(
            place: node.place, keyPath: path(of: key), problem: "expected \(expected), found \(node.found)")
    }
}

// MARK: - Sections and presence

extension SectionReader {
    /// Reads the mapping under `key`.
    package func section<Section>(
        _ key: String, _ read: (SectionReader) throws(ConfigurationError) -> Section
    ) throws(ConfigurationError) -> Section? {
        guard let value = value(key) else {
            // Nobody wants what is read here, only that the keys are known when a mistyped one elsewhere needs a
            // suggestion.
            let empty = ConfigurationNode(content: .mapping([]), place: node.place)
            _ = try? read(section(of: empty, at: key, path: path(of: key)))
            return nil
        }
        return try read(section(of: value, at: key, path: path(of: key)))
    }

    private func section(
        of value: ConfigurationNode, at key: String, path: String
    ) throws(ConfigurationError) -> SectionReader {
        guard case .mapping = value.content else { throw mismatch(key, expected: "a mapping", found: value) }
        return inside(value, path: path)
    }

    /// Reads the list under `key`, element by element. An element that is a scalar is read as a mapping with it as the
    /// only key, so that `- relu` is `- relu: {}`.
    package func list<Element>(
        _ key: String, expected: String, _ read: (SectionReader) throws(ConfigurationError) -> Element
    ) throws(ConfigurationError) -> [Element]? {
        guard let value = value(key) else { return nil }
        guard case .sequence(let elements) = value.content else {
            throw mismatch(key, expected: "a list of \(expected)", found: value)
        }
        var result: [Element] = []
        for (index, element) in elements.enumerated() {
            let name = "\(key)[\(index)]"
            let section = element.asSection
            guard case .mapping = section.content else { throw mismatch(name, expected: expected, found: element) }
            result.append(try read(self.section(of: section, at: name, path: path(of: name))))
        }
        return result
    }

    /// Reads what is under `key`, where a scalar is a mapping with it as the only key.
    func named<Element>(
        _ key: String, _ read: (SectionReader) throws(ConfigurationError) -> Element
    ) throws(ConfigurationError) -> Element? {
        guard let value = value(key) else { return nil }
        return try read(section(of: value.asSection, at: key, path: path(of: key)))
    }

    /// The one key of a section whose key says what kind of thing it is, such as `dense: {units: 10}`, and what is
    /// under it.
    ///
    /// - Parameter short: the setting of a kind that a value which is no mapping is that of.
    func kind(
        _ kinds: [String], short: (String) -> String?
    ) throws(ConfigurationError) -> (kind: String, section: SectionReader) {
        for kind in kinds { _ = self.value(kind) }
        let expected = "one of \(kinds.joined(separator: ", "))"
        guard let entries = node.entries, let entry = entries.first, entries.count == 1 else {
            throw ConfigurationError(
                place: node.place, keyPath: path,
                problem: "expected \(expected), found \(node.entries?.count ?? 0) keys")
        }
        guard kinds.contains(entry.key) else {
            let near = KeySuggestion.question(for: entry.key, among: kinds).map { "; \($0)" } ?? ""
            throw ConfigurationError(
                place: entry.place, keyPath: path,
                problem: "expected \(expected), found \(entry.key.debugDescription)\(near)")
        }
        var value = entry.value
        if value.isNull {
            value.content = .mapping([])
        } else if value.entries == nil, let key = short(entry.key) {
            value.content = .mapping([.init(key: key, place: value.place, value: entry.value)])
        }
        return (entry.key, try section(of: value, at: entry.key, path: path(of: entry.key)))
    }

    /// Whether `key` has a value; does not count as asking for it.
    package func has(_ key: String) -> Bool {
        node.entries?.contains { $0.key == key && !$0.value.isNull } == true
    }

    /// The value of a key that has no default.
    package func required<Value>(_ key: String, _ value: Value?, expected: String) throws(ConfigurationError) -> Value {
        if let value { return value }
        for entry in node.entries ?? [] where asked.keys[path]?.contains(entry.key) != true {
            guard KeySuggestion.nearest(to: entry.key, among: [key]) != nil else { continue }
            throw ConfigurationError(
                place: entry.place, keyPath: path(of: entry.key),
                problem: "unknown key; did you mean \(path(of: key))?")
        }
        throw ConfigurationError(
            place: node.place, keyPath: path(of: key), problem: "missing; expected \(expected)")
    }

    /// Throws when one of `keys` is given although it belongs to a choice that was not made.
    ///
    /// - Parameter choice: the key that makes the choice. Where it is an override, what the file says for the file's own choice
    ///   is left out, with a note.
    package func reject(
        _ keys: [String], because reason: String, chosenBy choice: String? = nil
    ) throws(ConfigurationError) {
        let chosen = choice.flatMap { key in node.entries?.first { $0.key == key }?.value }
        for entry in node.entries ?? [] where keys.contains(entry.key) && !entry.value.isNull {
            if let chosen, chosen.isOverride, !entry.value.isOverride {
                let path = path(of: entry.key)
                guard !asked.leftOut.contains(where: { $0.path == path }) else { continue }
                asked.leftOut.append((path, "\(entry.place): \(path): left out: \(reason) (\(chosen.place))"))
                continue
            }
            throw ConfigurationError(place: entry.place, keyPath: path(of: entry.key), problem: reason)
        }
        for key in keys { _ = value(key) }
    }

    /// Throws for the first key, in the order written, that was never asked for. To be called at the root, after all
    /// reading.
    package func checkForUnknownKeys() throws(ConfigurationError) {
        try checkForUnknownKeys(node, path: "")
    }

    private func checkForUnknownKeys(_ node: ConfigurationNode, path: String) throws(ConfigurationError) {
        switch node.content {
        case .mapping(let entries):
            guard let valid = asked.keys[path] else { return }
            for entry in entries {
                let entryPath = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                guard valid.contains(entry.key) else {
                    let hint = suggestion(for: entry.key, section: path, valid: valid)
                    throw ConfigurationError(place: entry.place, keyPath: entryPath, problem: "unknown key; \(hint)")
                }
                try checkForUnknownKeys(entry.value, path: entryPath)
            }
        case .sequence(let elements):
            for (index, element) in elements.enumerated() {
                try checkForUnknownKeys(element, path: "\(path)[\(index)]")
            }
        case .scalar: break
        }
    }

    private func suggestion(for key: String, section: String, valid: [String]) -> String {
        func join(_ section: String, _ key: String) -> String { section.isEmpty ? key : "\(section).\(key)" }
        if let alike = valid.first(where: { KeySuggestion.areAlike($0, key) }) {
            return "did you mean \(join(section, alike))?"
        }
        if let known = asked.aliases.first(where: { KeySuggestion.areAlike($0.word, key) }) {
            return "did you mean \(known.path)?"
        }
        if let near = KeySuggestion.nearest(to: key, among: valid) { return "did you mean \(join(section, near))?" }
        for (other, keys) in asked.keys.sorted(by: { $0.key < $1.key }) {
            for candidate in keys where KeySuggestion.nearest(to: key, among: [candidate]) != nil {
                return "did you mean \(join(other, candidate))?"
            }
        }
        return valid.isEmpty ? "no key is valid here" : "valid here: \(valid.joined(separator: ", "))"
    }
}
