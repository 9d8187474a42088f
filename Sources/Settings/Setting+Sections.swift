extension Setting {
    /// A section with a default for each of its settings, or one that has to be given.
    ///
    /// - Parameters:
    ///   - expected: what is missing where it is not given; nil where it may be.
    ///   - isInline: true to write it in one line.
    public init<Section: Configurable>(
        section key: String, _ path: any WritableKeyPath<Root, Section> & Sendable, expected: String? = nil,
        isInline: Bool = false, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .section(Section.self, words: []),
            standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let section = try reader.section(key, Section.init(reading:))
                if let expected {
                    root[keyPath: path] = try reader.required(key, section, expected: expected)
                } else if let section {
                    root[keyPath: path] = section
                }
            },
            write: { [.init(key, .mapping($0[keyPath: path].written, isInline: isInline))] },
            problem: { $0[keyPath: path].problem?.under(key) })
        isRequiredSection = expected != nil
    }

    /// A section that may be left out, which is the default.
    ///
    /// - Parameters:
    ///   - word: what stands for no section.
    ///   - shape: what a section looks like, for messages; nil to call it a mapping.
    public init<Section: Configurable>(
        section key: String, _ path: any WritableKeyPath<Root, Section?> & Sendable, or word: String = "null",
        shape: String? = nil, isInline: Bool = false, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .section(Section.self, words: [word]),
            standard: { _ in .word(word) },
            read: { reader, root throws(ConfigurationError) in
                if let node = reader.value(key) {
                    if node.plainText == word {
                        root[keyPath: path] = nil
                        return
                    }
                    if let shape, node.entries == nil {
                        throw reader.mismatch(key, expected: "\(word) or \(shape)", found: node)
                    }
                }
                if let section = try reader.section(key, Section.init(reading:)) { root[keyPath: path] = section }
            },
            write: { root in
                let section = root[keyPath: path]
                return [.init(key, section.map { .mapping($0.written, isInline: isInline) } ?? .word(word))]
            },
            problem: { $0[keyPath: path]?.problem?.under(key) })
    }

    /// A section or one of some words; null, which is the default, for neither.
    ///
    /// - Parameters:
    ///   - words: the words and what they mean.
    ///   - section: the section that gives a value; nil for that of a word.
    ///   - value: the value that a section gives.
    ///   - shape: what a section looks like, for messages.
    public init<Value: Equatable & Sendable, Section: Configurable>(
        section key: String, _ path: any WritableKeyPath<Root, Value?> & Sendable,
        or words: [(word: String, value: Value)], from section: @escaping @Sendable (Value) -> Section?,
        to value: @escaping @Sendable (Section) -> Value, shape: String, _ meaning: String
    ) {
        let names = words.map(\.word)
        let write: @Sendable (Root) -> WrittenValue = { root in
            guard let value = root[keyPath: path] else { return .null }
            if let section = section(value) { return .mapping(section.written, isInline: true) }
            return words.first { $0.value == value }.map { .word($0.word) } ?? .null
        }
        self.init(
            key: key, meaning: meaning, unit: nil, content: .section(Section.self, words: ["null"] + names),
            standard: { _ in .null },
            read: { reader, root throws(ConfigurationError) in
                if let node = reader.value(key), node.entries == nil {
                    guard let (_, value) = words.first(where: { $0.word == node.plainText }) else {
                        let expected = "null, \(names.joined(separator: ", ")) or \(shape)"
                        var error = reader.mismatch(key, expected: expected, found: node)
                        let question = String(node).flatMap { KeySuggestion.question(for: $0, among: names) }
                        error.problem += question.map { "; \($0)" } ?? ""
                        throw error
                    }
                    root[keyPath: path] = value
                } else if let section = try reader.section(key, Section.init(reading:)) {
                    root[keyPath: path] = value(section)
                }
            },
            write: { [.init(key, write($0))] },
            problem: { $0[keyPath: path].flatMap(section)?.problem?.under(key) })
    }

    /// A list of sections.
    ///
    /// - Parameters:
    ///   - element: what an element is, in words.
    ///   - expected: what is missing where the list is not given.
    public init<Section: Configurable>(
        sections key: String, _ path: any WritableKeyPath<Root, [Section]> & Sendable, of element: String,
        expected: String, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .sections(Section.self), standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let sections = try reader.list(key, expected: element, Section.init(reading:))
                root[keyPath: path] = try reader.required(key, sections, expected: expected)
            },
            write: { root in
                [.init(key, .list(root[keyPath: path].map { .mapping($0.written, isInline: true) }))]
            },
            problem: { root in
                for (index, section) in root[keyPath: path].enumerated() {
                    if let problem = section.problem { return problem.under("\(key)[\(index)]") }
                }
                return nil
            })
    }
}
