/// A JSON Schema of draft 7, the newest that YAML language servers take, by the tables of a root and of what is in it.
///
/// Every key may be null, which is the same as leaving it out. Of a choice among components, an `if` for each of them has the
/// keys that go with it, so that an editor completes these alone. An `if` for the value of another key that a key is given with
/// leaves it null without.
package struct JSONSchema {
    private var definitions: [WrittenValue.Entry] = []
    /// Types whose schema is being made, and those of them that are in themselves.
    private var open: [any Configurable.Type] = []
    private var recursive: Set<String> = []
    /// Names of definitions of components under their names, which are made or being made.
    private var named: Set<String> = []

    /// Components of another package that choices can be made from.
    private let additions: [any Component.Type]

    private init(adding additions: [any Component.Type]) {
        self.additions = additions
    }

    package static func of(
        _ root: (some Configurable).Type, adding additions: [any Component.Type] = [], title: String
    ) -> WrittenValue {
        var schema = JSONSchema(adding: additions)
        let object = schema.object(root.descriptions(adding: additions))
        return .object(
            [
                .init("$schema", .text("http://json-schema.org/draft-07/schema#")), .init("title", .text(title)),
                .init("type", .text("object")),
            ] + object + [.init("definitions", .object(schema.definitions))])
    }
}

// MARK: - Objects

extension JSONSchema {
    /// The keywords of a mapping with the settings.
    private mutating func object(_ settings: [SettingDescription]) -> [WrittenValue.Entry] {
        guard let choice = settings.first(where: { !$0.content.components.isEmpty }) else { return closed(settings) }
        let common = settings.map { WrittenValue.Entry($0.key, .word("true")) }
        var cases: [WrittenValue] = []
        for type in choice.content.components {
            let isMade = Self.isMade(choice.key, .text(type.name), isDefault: choice.standard == .word(type.name))
            let keys = closed(type.descriptions(adding: additions), beside: common)
            cases.append(.object([.init("if", isMade), .init("then", .object(keys))]))
        }
        var names: [WrittenValue.Entry] = []
        if case .choiceOr(_, let other) = choice.content {
            // Without the word, the first key of the other component says that it is meant.
            let settings = other.descriptions(adding: additions)
            func has(_ key: String) -> WrittenValue { .object([Self.required([key])]) }
            let keys = closed(settings, beside: common)
            cases.append(.object([.init("if", has(settings[0].key)), .init("then", .object(keys))]))
            names = [.init("anyOf", .list([has(choice.key), has(settings[0].key)]))]
        }
        return [properties(settings)] + Self.required(settings) + Self.all(cases + Self.conditions(settings)) + names
    }

    /// The keywords of a mapping with the settings, and with no other keys than those of `common`.
    private mutating func closed(
        _ settings: [SettingDescription], beside common: [WrittenValue.Entry] = []
    ) -> [WrittenValue.Entry] {
        [properties(settings, beside: common)] + Self.required(settings) + Self.all(Self.conditions(settings)) + [
            .closed
        ]
    }

    private mutating func properties(
        _ settings: [SettingDescription], beside common: [WrittenValue.Entry] = []
    ) -> WrittenValue.Entry {
        var keys: [WrittenValue.Entry] = []
        for setting in settings { keys.append(.init(setting.key, property(setting))) }
        return .init("properties", .object(keys + common.filter { own in !keys.contains { $0.key == own.key } }))
    }

    private static func required(_ settings: [SettingDescription]) -> [WrittenValue.Entry] {
        let keys = settings.filter { $0.isRequired && $0.owner == nil }.map(\.key)
        return keys.isEmpty ? [] : [required(keys)]
    }

    private static func all(_ schemas: [WrittenValue]) -> [WrittenValue.Entry] {
        schemas.isEmpty ? [] : [.init("allOf", .list(schemas))]
    }

    /// A mapping, or null.
    private mutating func section(_ settings: [SettingDescription]) -> [WrittenValue.Entry] {
        [.init("type", .list([.text("object"), .text("null")]))] + object(settings)
    }

    private mutating func section(_ type: any Configurable.Type) -> [WrittenValue.Entry] {
        let name = String(reflecting: type)
        let reference = WrittenValue.Entry("$ref", .text("#/definitions/\(name)"))
        if definitions.contains(where: { $0.key == name }) { return [reference] }
        if open.contains(where: { $0 == type }) {
            recursive.insert(name)
            return [reference]
        }
        open.append(type)
        let schema = section(type.descriptions(adding: additions))
        open.removeLast()
        guard recursive.contains(name) else { return schema }
        definitions.append(.init(name, .object(schema)))
        return [reference]
    }
}

// MARK: - Components under their names

extension JSONSchema {
    /// A component by its name alone, or a mapping with its name as the only key. A definition, since components may hold others.
    private mutating func component(_ types: [any Component.Type]) -> [WrittenValue.Entry] {
        let name = "named-\(types[0].name)"
        let reference = [WrittenValue.Entry("$ref", .text("#/definitions/\(name)"))]
        guard named.insert(name).inserted else { return reference }
        var keys: [WrittenValue.Entry] = []
        for type in types {
            var forms = [WrittenValue.object(section(type))]
            for setting in type.descriptions(adding: additions) where setting.isShort {
                forms.append(property(setting))
            }
            keys.append(.init(type.name, forms.count == 1 ? forms[0] : .object([.init("anyOf", .list(forms))])))
        }
        let words = types.filter { type in !type.descriptions.contains(where: \.isRequired) }.map { $0.name }
        let mapping: [WrittenValue.Entry] = [
            .init("type", .text("object")), .init("properties", .object(keys)), .init("minProperties", .word("1")),
            .init("maxProperties", .word("1")), .closed,
        ]
        let alone = WrittenValue.Entry("enum", .list(words.map(WrittenValue.text)))
        definitions.append(
            .init(name, .object([.init("anyOf", .list([.object([alone]), .object(mapping)]))])))
        return reference
    }
}

extension JSONSchema {
    /// A component, or a list of them that is repeated.
    private mutating func element(_ types: [any Component.Type], of elements: String) -> [WrittenValue.Entry] {
        let name = "listed-\(types[0].name)"
        let reference = [WrittenValue.Entry("$ref", .text("#/definitions/\(name)"))]
        guard named.insert(name).inserted else { return reference }
        func mapping(_ properties: [WrittenValue.Entry]) -> WrittenValue {
            .object([
                .init("type", .text("object")), .init("properties", .object(properties)),
                Self.required(properties.map(\.key)), .closed,
            ])
        }
        let times = WrittenValue.object([.init("type", .text("integer")), .init("minimum", .word("1"))])
        let list = WrittenValue.object([.init("type", .text("array")), .init("items", .object(reference))])
        let repetition = mapping([
            .init(Repetition.key, mapping([.init(Repetition.times, times), .init(elements, list)]))
        ])
        let forms = [.object(component(types)), repetition]
        definitions.append(.init(name, .object([.init("anyOf", .list(forms))])))
        return reference
    }
}

// MARK: - Properties

extension JSONSchema {
    private mutating func property(_ setting: SettingDescription) -> WrittenValue {
        var keywords: [WrittenValue.Entry]
        switch setting.content {
        case .value(let form, _, let limit, _): keywords = Self.nullable(form.schema + limit)
        case .list(let form, _, let limit):
            keywords = [.arrayOrNull, .init("items", .object(Self.texts(form.schema) + limit))]
        case .section(let type, let words):
            keywords = section(type)
            let words = words.map(WrittenValue.word).filter { $0 != .null }
            if !words.isEmpty {
                keywords = [.init("anyOf", .list([.object([.init("enum", .list(words))]), .object(keywords)]))]
            }
        case .sections(let type): keywords = [.arrayOrNull, .init("items", .object(section(type)))]
        case .group(let settings): keywords = section(settings())
        case .choice(let types), .choiceOr(let types, _):
            keywords = Self.nullable(ValueForm.words(types.map { $0.name }).schema)
        case .component(let types):
            let forms = [.object(component(types)), WrittenValue.object([.init("type", .text("null"))])]
            keywords = [.init("anyOf", .list(forms))]
        case .components(let types, let elements, let words):
            keywords = [.arrayOrNull, .init("items", .object(element(types, of: elements)))]
            if !words.isEmpty {
                let alone = WrittenValue.Entry("enum", .list(words.map(WrittenValue.text)))
                keywords = [.init("anyOf", .list([.object([alone]), .object(keywords)]))]
            }
        case .namedComponents(let types):
            let list = WrittenValue.object([.arrayOrNull, .init("items", .object(component(types)))])
            keywords = [.init("type", .text("object")), .init("additionalProperties", list)]
        }
        // Beside a reference nothing else counts.
        if keywords.contains(where: { $0.key == "$ref" }) { keywords = [.init("allOf", .list([.object(keywords)]))] }
        keywords.append(.init("description", .text(setting.longMeaning)))
        if let standard = setting.standard, standard != .null { keywords.append(.init("default", standard)) }
        return .object(keywords)
    }

    /// The same and null.
    private static func nullable(_ schema: [WrittenValue.Entry]) -> [WrittenValue.Entry] {
        let schema = texts(schema)
        for (index, entry) in schema.enumerated() {
            var schema = schema
            switch (entry.key, entry.value) {
            case ("type", .list(let types)): schema[index].value = .list(types + [.text("null")])
            case ("type", let type): schema[index].value = .list([type, .text("null")])
            case ("enum", .list(let words)): schema[index].value = .list(words + [.null])
            default: continue
            }
            return schema
        }
        return [.init("anyOf", .list([.object(schema), .object([.init("type", .text("null"))])]))]
    }

    /// Where a text is expected, any scalar is one: a file may be called 7.
    private static func texts(_ schema: [WrittenValue.Entry]) -> [WrittenValue.Entry] {
        schema.map { entry in
            guard entry == .init("type", .text("string")) else { return entry }
            return .init("type", .list(["string", "number", "boolean"].map(WrittenValue.text)))
        }
    }
}

extension SettingDescription {
    /// The meaning with unit and the choice that the setting belongs to.
    fileprivate var longMeaning: String {
        var text = meaning
        if let unit { text += "; in \(unit)" }
        if let owner { text += "; with \(owner.line)" }
        return text
    }
}

extension WrittenValue {
    static func object(_ entries: [Entry]) -> Self { .mapping(entries, isInline: false) }
}

extension WrittenValue.Entry {
    /// No other keys.
    fileprivate static let closed = Self("additionalProperties", .word("false"))
    fileprivate static let arrayOrNull = Self("type", .list([.text("array"), .text("null")]))
}
