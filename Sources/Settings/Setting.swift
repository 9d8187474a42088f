/// One line of a component's table: a key, the property that it sets, what it allows, and what it means.
public struct Setting<Root>: Sendable {
    public let key: String
    /// In a few words, without an article, a full stop or the default.
    public let meaning: String
    /// The unit of a number; nil where it has none.
    public let unit: String?
    package let content: SettingContent
    /// The default, as text; nil where there is none.
    package let standard: @Sendable (Root) -> WrittenValue?
    var read: @Sendable (SectionReader, inout Root) throws(ConfigurationError) -> Void
    var write: @Sendable (Root) -> [WrittenValue.Entry]
    var problem: @Sendable (Root) -> Contradiction?
    /// The choice that the setting belongs to; nil where it belongs to all.
    var owner: SettingOwner?
    /// Key of the section that this one is given in place of; nil of others.
    var alternative: String?
    /// True for a section that has to be given; of values the absence of a default tells.
    var isRequiredSection = false
    /// Names that other programs have for it.
    var aliases: [String] = []
    /// True where its value may stand for the whole component: `dense: 10`.
    package var isShort = false
    /// True of the components of another package that its choice can be made from.
    var admits: @Sendable (any Component.Type) -> Bool = { _ in false }
}

/// The one value of another setting, such as `form: gain`, that a setting is given with.
package struct SettingOwner: Sendable, Hashable {
    let key: String
    let value: WrittenValue
    /// True where the setting says that the value is meant, unless another is written.
    var isImplied = false

    var line: String { "\(key): \(value.line)" }
}

/// The kind of content under a key, for the reference and the schema.
package enum SettingContent: Sendable {
    /// A value, with the limits to it in words and for a schema.
    case value(ValueForm, limit: String, schema: [WrittenValue.Entry], isOptional: Bool)
    /// A list of values.
    case list(ValueForm, limit: String, schema: [WrittenValue.Entry])
    /// A mapping, or one of some words in its place.
    case section(any Configurable.Type, words: [String])
    /// A list of mappings.
    case sections(any Configurable.Type)
    /// A mapping with settings of the same component.
    case group(@Sendable () -> [SettingDescription])
    /// A word that chooses a component, whose settings stand beside it.
    case choice([any Component.Type])
    /// The same; or, without the word, the settings of another component.
    case choiceOr([any Component.Type], any Configurable.Type)
    /// A component under its name: `relu`, or `{dense: {units: 10}}`.
    case component([any Component.Type])
    /// A list of these, called `of`, or one of some words.
    case components([any Component.Type], of: String, words: [String])
    /// Lists of these, each under a name of its own.
    case namedComponents([any Component.Type])

    /// The same with further components to choose from.
    func adding(_ others: [any Component.Type]) -> Self {
        switch self {
        case .choice(let types): .choice(types + others)
        case .choiceOr(let types, let other): .choiceOr(types + others, other)
        case .component(let types): .component(types + others)
        case .components(let types, let elements, let words):
            .components(types + others, of: elements, words: words)
        case .namedComponents(let types): .namedComponents(types + others)
        default: self
        }
    }
}

// MARK: - Values

extension Setting {
    /// A value with a default.
    ///
    /// - Parameter limit: what is allowed of the values of the type.
    public init<Value: SettingValue>(
        _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ limit: Limit<Value>?,
        unit: String? = nil, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: unit,
            content: .value(Value.form, limit: limit?.text ?? "", schema: limit?.schema ?? [], isOptional: false),
            standard: { $0[keyPath: path].written },
            read: { reader, root throws(ConfigurationError) in
                if let value = try reader.value(key, of: Value.self, limit) { root[keyPath: path] = value }
            },
            write: { [.init(key, $0[keyPath: path].written)] },
            problem: { Self.problem(of: $0[keyPath: path], limit, Value.form, key) })
    }

    /// A value with a default, any of its type.
    public init<Value: SettingValue>(
        _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, unit: String? = nil, _ meaning: String
    ) {
        self.init(key, path, nil, unit: unit, meaning)
    }

    /// A value that may be null, which is its default.
    public init<Value: SettingValue>(
        _ key: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, _ limit: Limit<Value>?,
        form: ValueForm = Value.form, unit: String? = nil, _ meaning: String, writesNull: Bool = true
    ) {
        self.init(
            key: key, meaning: meaning, unit: unit,
            content: .value(form, limit: limit?.text ?? "", schema: limit?.schema ?? [], isOptional: true),
            standard: { $0[keyPath: path]?.written ?? .null },
            read: { reader, root throws(ConfigurationError) in
                if let value = try reader.value(key, of: Value.self, limit, form) { root[keyPath: path] = value }
            },
            write: { root in
                guard let value = root[keyPath: path] else { return writesNull ? [.init(key, .null)] : [] }
                return [.init(key, value.written)]
            },
            problem: { $0[keyPath: path].flatMap { Self.problem(of: $0, limit, form, key) } })
    }

    /// A value that may be null, which is its default; any of its type.
    public init<Value: SettingValue>(
        _ key: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, form: ValueForm = Value.form,
        unit: String? = nil, _ meaning: String, writesNull: Bool = true
    ) {
        self.init(key, path, nil, form: form, unit: unit, meaning, writesNull: writesNull)
    }

    /// One of a type's words, or a word of its own for none of them, which is the default.
    public init<Value: SettingValue & RawRepresentable<String> & CaseIterable>(
        _ key: String, _ path: any WritableKeyPath<Root, Value?> & Sendable, or word: String, _ meaning: String
    ) {
        let words = [word] + Value.allCases.map(\.rawValue)
        self.init(
            key: key, meaning: meaning, unit: nil,
            content: .value(.words(words), limit: "", schema: [], isOptional: false),
            standard: { .word($0[keyPath: path]?.rawValue ?? word) },
            read: { reader, root throws(ConfigurationError) in
                if let text = try reader.choice(key, words) { root[keyPath: path] = Value(rawValue: text) }
            },
            write: { [.init(key, .word($0[keyPath: path]?.rawValue ?? word))] }, problem: { _ in nil })
    }

    /// A value without a default.
    ///
    /// - Parameter expected: what is missing where it is not given.
    public init<Value: SettingValue>(
        required key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ limit: Limit<Value>? = nil,
        form: ValueForm = Value.form, unit: String? = nil, expected: String, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: unit,
            content: .value(form, limit: limit?.text ?? "", schema: limit?.schema ?? [], isOptional: false),
            standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                root[keyPath: path] = try reader.required(
                    key, try reader.value(key, of: Value.self, limit, form), expected: expected)
            },
            write: { [.init(key, $0[keyPath: path].written)] },
            problem: { Self.problem(of: $0[keyPath: path], limit, form, key) })
    }

    /// A list of values.
    ///
    /// - Parameters:
    ///   - limit: what is allowed of an element.
    ///   - check: what is wrong with the list as a whole: what was expected and what was found; nil for nothing.
    ///   - expected: what is missing where it is not given; nil where there is a default.
    public init<Value: SettingValue>(
        list key: String, _ path: any WritableKeyPath<Root, [Value]> & Sendable, _ limit: Limit<Value>? = nil,
        form: ValueForm = Value.form, unit: String? = nil, expected: String? = nil,
        check: @escaping @Sendable ([Value]) -> String? = { _ in nil }, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: unit,
            content: .list(form, limit: limit?.text ?? "", schema: limit?.schema ?? []),
            standard: { expected == nil ? .list($0[keyPath: path].map(\.written)) : nil },
            read: { reader, root throws(ConfigurationError) in
                guard let values = try reader.list(key, of: Value.self, limit, form, orElse: expected) else { return }
                if let problem = check(values) { throw reader.error(at: key, problem) }
                root[keyPath: path] = values
            },
            write: { [.init(key, .list($0[keyPath: path].map(\.written)))] },
            problem: { root in
                let values = root[keyPath: path]
                for (index, value) in values.enumerated() {
                    if let problem = Self.problem(of: value, limit, form, "\(key)[\(index)]") { return problem }
                }
                return check(values).map { Contradiction(key, $0) }
            })
    }

    /// A list of numbers above 0, each above the one before it; without a default.
    ///
    /// - Parameter expected: what the list is, in words, for each of its elements too.
    public init(
        rising key: String, _ path: any WritableKeyPath<Root, [Double]> & Sendable, _ limit: Limit<Double>,
        unit: String? = nil, expected: String, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: unit,
            content: .list(Double.form, limit: limit.text, schema: limit.schema), standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let nodes = try reader.required(key, try reader.elements(key, expected: expected), expected: expected)
                var values: [Double] = []
                for (index, node) in nodes.enumerated() {
                    guard let value = Double(node), limit.contains(value), value > values.last ?? 0 else {
                        throw reader.mismatch("\(key)[\(index)]", expected: expected, found: node)
                    }
                    values.append(value)
                }
                root[keyPath: path] = values
            },
            write: { [.init(key, .list($0[keyPath: path].map(\.written)))] },
            problem: { root in
                var last = 0.0
                for (index, value) in root[keyPath: path].enumerated() {
                    guard limit.contains(value), value > last else {
                        return Contradiction("\(key)[\(index)]", "expected \(expected), found \(value)")
                    }
                    last = value
                }
                return nil
            })
    }

    static func problem<Value: SettingValue>(
        of value: Value, _ limit: Limit<Value>?, _ form: ValueForm, _ key: String
    ) -> Contradiction? {
        guard let limit, !limit.contains(value) else { return nil }
        return Contradiction(
            key, "expected \(form.name(limit.text(for: value))), found \(value.written.line)")
    }
}
