extension Setting {
    /// A component chosen by its name, whose settings stand beside the key: `optimizer: {name: sgd, momentum: 0.9}`.
    ///
    /// - Parameters:
    ///   - noun: what is chosen, as messages call it: `optimizer`.
    ///   - registry: what there is to choose from.
    ///   - isRequired: true where there is no default; else the property's initial value is it.
    public init<Base>(
        choice key: String, _ path: any WritableKeyPath<Root, Base> & Sendable, _ noun: String,
        among registry: Registry<Base>, isRequired: Bool = false, _ meaning: String
    ) where Root: Configurable {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .choice(registry.types),
            standard: { isRequired ? nil : .word(registry.name(of: $0[keyPath: path])) },
            read: { reader, root throws(ConfigurationError) in
                let common = Root.settings.map(\.key)
                root[keyPath: path] = try reader.choice(
                    key, noun, among: registry, default: isRequired ? nil : root[keyPath: path], common: common)
            },
            write: { root in
                let component = registry.component(root[keyPath: path])
                return [.init(key, .word(type(of: component).name))] + component.written
            },
            problem: { registry.component($0[keyPath: path]).problem })
        admits = Registry<Base>.admits
    }
}

extension Setting {
    /// A component chosen by its name, whose settings stand beside the key; or, without the name, one other, whose settings
    /// say that it is meant: `{preset: mlp, hidden: [10]}` or `{layers: […]}`. Without a default.
    ///
    /// - Parameters:
    ///   - other: what is meant where its first key is given.
    ///   - expected: what is missing where neither is given.
    public init<Base, Other: Component>(
        choice key: String, _ path: any WritableKeyPath<Root, Base> & Sendable, among registry: Registry<Base>,
        or other: Other.Type, expected: String, _ meaning: String
    ) where Root: Configurable {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .choiceOr(registry.types, other), standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let component = try reader.choice(key, among: registry, or: other, expected: expected)
                root[keyPath: path] = component as! Base
            },
            write: { root in
                let component = registry.component(root[keyPath: path])
                if component is Other { return component.written }
                return [.init(key, .word(type(of: component).name))] + component.written
            },
            problem: { registry.component($0[keyPath: path]).problem })
        admits = Registry<Base>.admits
    }
}

extension SectionReader {
    fileprivate func choice<Base, Other: Component>(
        _ key: String, among registry: Registry<Base>, or other: Other.Type, expected: String
    ) throws(ConfigurationError) -> any Configurable {
        let registry = registry.adding(those: additions)
        let name = try choice(key, registry.names)
        let alternative = Other.settings[0].key
        if name != nil, value(key)?.isOverride == true, value(alternative)?.isOverride == false {
            try reject(Self.keys(of: other), because: "stands in place of a \(key)", chosenBy: key)
        } else if has(alternative) {
            if name != nil {
                throw ConfigurationError(
                    place: node.place, keyPath: path, problem: "expected \(key) or \(alternative), found both")
            }
            let component = try component(other)
            for type in registry.types {
                try reject(Self.keys(of: type), because: "belongs to a \(key), but \(alternative) are given")
            }
            return component
        }
        // Its keys are known where a mistyped one needs a suggestion.
        _ = value(alternative)
        let chosen = try required(key, name.flatMap { registry.type(named: $0) }, expected: expected)
        let own = Self.keys(of: chosen)
        for type in registry.types {
            for foreign in Self.keys(of: type) where !own.contains(foreign) {
                let owners = registry.types.filter { Self.keys(of: $0).contains(foreign) }.map { $0.name }
                try reject(
                    [foreign],
                    because: "belongs to \(key): \(owners.joined(separator: ", ")), but the \(key) is \(chosen.name)",
                    chosenBy: key)
            }
        }
        return try component(chosen)
    }
}

// MARK: - Settings of one choice

extension Setting {
    /// The setting for one value of another one, such as `target` with `form: gain`; it is refused with others, and not
    /// written.
    ///
    /// - Parameters:
    ///   - choice: the key of the other setting, before this one in the table.
    ///   - path: its property.
    public func only<Value: SettingValue & Equatable>(
        with choice: String, _ path: any KeyPath<Root, Value> & Sendable, _ value: Value
    ) -> Self {
        var setting = self
        let owner = SettingOwner(key: choice, value: value.written)
        setting.owner = owner
        setting.read = { [read, key] reader, root throws(ConfigurationError) in
            guard root[keyPath: path] != value else { return try read(reader, &root) }
            try reader.reject(
                [key], because: "belongs to \(owner.line), but the \(choice) is \(root[keyPath: path].written.line)",
                chosenBy: choice)
        }
        setting.write = { [write] root in root[keyPath: path] == value ? write(root) : [] }
        setting.problem = { [problem] root in root[keyPath: path] == value ? problem(root) : nil }
        return setting
    }

    /// As `only(with:_:_:)`; where the other key is not written, this one makes the choice.
    public func choosing<Value: SettingValue & Equatable>(
        _ choice: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ value: Value
    ) -> Self {
        var setting = only(with: choice, path, value)
        setting.owner?.isImplied = true
        setting.read = { [read = setting.read, key] reader, root throws(ConfigurationError) in
            if reader.has(key), !reader.has(choice) { root[keyPath: path] = value }
            try read(reader, &root)
        }
        return setting
    }
}
