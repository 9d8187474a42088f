extension Setting where Root: Configurable {
    /// Settings of the component in a section of their own, such as `train: {file: …}`.
    ///
    /// - Parameters:
    ///   - expected: what is missing where the section is not given; nil where its settings have defaults.
    ///   - isInline: true to write it in one line.
    public init(
        group key: String, expected: String? = nil, isInline: Bool = false, _ meaning: String,
        _ settings: [Setting<Root>]
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil,
            content: .group(
                {
                    let root = Root()
                    return settings.map { $0.described(in: root) }
                }),
            standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let standard = root
                let read = try reader.section(key) { reader throws(ConfigurationError) in
                    var root = standard
                    for setting in settings { try setting.read(reader, &root) }
                    return root
                }
                if let expected {
                    root = try reader.required(key, read, expected: expected)
                } else if let read {
                    root = read
                }
            },
            write: { root in [.init(key, .mapping(settings.flatMap { $0.write(root) }, isInline: isInline))] },
            problem: { root in settings.lazy.compactMap { $0.problem(root) }.first?.under(key) })
        isRequiredSection = expected != nil
    }
}

// MARK: - One of several sections

extension Setting {
    /// A section that gives some of the values of a property of which another section gives the others, such as
    /// `test: {file: …}` and `split: {testFraction: 0.2}`.
    ///
    /// - Parameters:
    ///   - section: the section that gives a value; nil for a value of the other one.
    ///   - value: the value that a section gives, in which nothing contradicts.
    ///   - other: the key of the other section, which stands before this one in the table; nil in the first one.
    ///   - both: names the two of which one is expected.
    ///   - isInline: true to write it in one line.
    public init<Value, Section: Configurable>(
        case key: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
        from section: @escaping @Sendable (Value) -> Section?, to value: @escaping @Sendable (Section) -> Value,
        insteadOf other: (key: String, both: String)? = nil, isInline: Bool = false, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .section(Section.self, words: []),
            standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                guard let read = try reader.section(key, Section.init(reading:)) else { return }
                if let contradiction = read.contradiction?.under(key) {
                    throw reader.error(at: contradiction.key, contradiction.problem)
                }
                if let other, reader.has(other.key) {
                    throw reader.error(at: key, "expected \(other.both), found both")
                }
                root[keyPath: path] = value(read)
            },
            write: { root in
                section(root[keyPath: path]).map { [.init(key, .mapping($0.written, isInline: isInline))] } ?? []
            },
            problem: { section($0[keyPath: path])?.problem?.under(key) })
        alternative = other?.key
    }
}

// MARK: - Lists that may be left out

extension Setting {
    /// A list of values that may be left out, which is the default, each of them once.
    ///
    /// - Parameter check: what is wrong with the list as a whole: what was expected and what was found; nil for nothing.
    public init<Value: SettingValue & Equatable>(
        set key: String, _ path: any WritableKeyPath<Root, [Value]?> & Sendable, form: ValueForm = Value.form,
        check: @escaping @Sendable ([Value]) -> String? = { _ in nil }, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .list(form, limit: "", schema: []),
            standard: { $0[keyPath: path].map { .list($0.map(\.written)) } ?? .null },
            read: { reader, root throws(ConfigurationError) in
                guard let values = try reader.list(key, of: Value.self, nil, form, orElse: nil) else { return }
                if let index = Self.repetition(in: values) {
                    let nodes = try reader.elements(key, expected: form.plural) ?? []
                    throw reader.mismatch("\(key)[\(index)]", expected: form.name, found: nodes[index])
                }
                if let problem = check(values) { throw reader.error(at: key, problem) }
                root[keyPath: path] = values
            },
            write: { $0[keyPath: path].map { [.init(key, .list($0.map(\.written)))] } ?? [] },
            problem: { root in
                guard let values = root[keyPath: path] else { return nil }
                if let index = Self.repetition(in: values) {
                    return Contradiction(
                        "\(key)[\(index)]", "expected \(form.name), found \(values[index].written.line)")
                }
                return check(values).map { Contradiction(key, $0) }
            })
    }

    /// The first value that was there before.
    private static func repetition<Value: Equatable>(in values: [Value]) -> Int? {
        values.indices.first { values[..<$0].contains(values[$0]) }
    }
}
