extension SectionReader {
    /// The value under `key`; nil where it is absent or null.
    package func value<Value: SettingValue>(
        _ key: String, of type: Value.Type, _ limit: Limit<Value>? = nil, _ form: ValueForm = Value.form
    ) throws(ConfigurationError) -> Value? {
        guard let node = value(key) else { return nil }
        return try value(node, at: key, limit, form)
    }

    /// The values of the list under `key`; nil where it is absent or null.
    ///
    /// - Parameter expected: what is missing where it is absent; nil where it may be.
    func list<Value: SettingValue>(
        _ key: String, of type: Value.Type, _ limit: Limit<Value>?, _ form: ValueForm = Value.form,
        orElse expected: String?
    ) throws(ConfigurationError) -> [Value]? {
        let name = "a list of \(form.plural)\(limit.map { " \($0.text)" } ?? "")"
        guard let nodes = try elements(key, expected: expected ?? name) else {
            if let expected { _ = try required(key, Value?.none, expected: expected) }
            return nil
        }
        var values: [Value] = []
        for (index, node) in nodes.enumerated() {
            guard !node.isNull else {
                throw mismatch("\(key)[\(index)]", expected: form.name(limit?.text ?? ""), found: node)
            }
            values.append(try value(node, at: "\(key)[\(index)]", limit, form))
        }
        return values
    }

    private func value<Value: SettingValue>(
        _ node: ConfigurationNode, at key: String, _ limit: Limit<Value>?, _ form: ValueForm
    ) throws(ConfigurationError) -> Value {
        let value = Value(node)
        var expected = form.name(limit?.text(for: value) ?? "")
        if let value, limit?.contains(value) != false {
            guard let refinement = Value.refinement, !refinement.contains(value) else { return value }
            expected += ", \(refinement.text)"
        }
        var error = mismatch(key, expected: expected, found: node)
        if value == nil, let advice = Value.advice(for: node) { error.problem += "; \(advice)" }
        throw error
    }

    /// The values of the list under `key`, each read by the caller.
    package func elements(_ key: String, expected: String) throws(ConfigurationError) -> [ConfigurationNode]? {
        guard let node = value(key) else { return nil }
        guard case .sequence(let elements) = node.content else { throw mismatch(key, expected: expected, found: node) }
        return elements
    }

    /// One of a few words.
    package func choice(_ key: String, _ words: [String]) throws(ConfigurationError) -> String? {
        guard let node = value(key) else { return nil }
        let text = String(node)
        if let text, words.contains(text) { return text }
        var error = mismatch(key, expected: ValueForm.words(words).name, found: node)
        if let question = text.flatMap({ KeySuggestion.question(for: $0, among: words) }) {
            error.problem += "; \(question)"
        }
        throw error
    }

    /// A component, by its table.
    package func component<Section: Configurable>(_ type: Section.Type) throws(ConfigurationError) -> Section {
        var section = Section()
        noteAliases(of: Section.settings)
        for setting in Section.settings { try setting.read(self, &section) }
        return section
    }
}

extension SectionReader {
    /// Remembers the names that other programs have for settings of this section.
    func noteAliases<Section>(of settings: [Setting<Section>]) {
        for setting in settings {
            let path = path(of: setting.key)
            for word in setting.aliases where !asked.aliases.contains(where: { $0 == (word, path) }) {
                asked.aliases.append((word, path))
            }
        }
    }

    /// A line for each value that was left out because an override chose what it does not go with.
    package var notes: [String] { asked.leftOut.map(\.note) }
}

// MARK: - By hand

extension SectionReader {
    package func integer(_ key: String, _ limit: Limit<Int>) throws(ConfigurationError) -> Int? {
        try value(key, of: Int.self, limit)
    }

    package func double(_ key: String, _ limit: Limit<Double>) throws(ConfigurationError) -> Double? {
        try value(key, of: Double.self, limit)
    }

    /// A number that is computed with in single precision.
    package func single(_ key: String, _ limit: Limit<Double>) throws(ConfigurationError) -> Double? {
        try value(key, of: Double.self, limit.inSinglePrecision)
    }

    package func boolean(_ key: String) throws(ConfigurationError) -> Bool? { try value(key, of: Bool.self) }

    package func integers(_ key: String, _ limit: Limit<Int>) throws(ConfigurationError) -> [Int]? {
        try list(key, of: Int.self, limit, orElse: nil)
    }

    package func string(_ key: String, expected: String) throws(ConfigurationError) -> String? {
        guard let node = value(key) else { return nil }
        guard let text = String(node) else { throw mismatch(key, expected: expected, found: node) }
        return text
    }

    /// One of the cases of an enumeration, by its raw value.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(ConfigurationError) -> Choice? {
        try choice(key, Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
    }

    /// A list of texts that are not empty.
    ///
    /// - Parameters:
    ///   - list: what is expected, in words.
    ///   - element: what is expected of an element, in words.
    ///   - repeats: true where an element may occur twice.
    package func strings(
        _ key: String, list: String, element: String, repeats: Bool
    ) throws(ConfigurationError) -> [String]? {
        guard let nodes = try elements(key, expected: list) else { return nil }
        var texts: [String] = []
        for (index, node) in nodes.enumerated() {
            guard let text = String(node), !node.isNull, repeats || !texts.contains(text) else {
                throw mismatch("\(key)[\(index)]", expected: element, found: node)
            }
            texts.append(text)
        }
        return texts
    }
}
