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
        let owner = "\(choice): \(value.written.line)"
        setting.owner = owner
        setting.read = { [read, key] reader, root throws(ConfigurationError) in
            guard root[keyPath: path] != value else { return try read(reader, &root) }
            try reader.reject(
                [key], because: "belongs to \(owner), but the \(choice) is \(root[keyPath: path].written.line)")
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
        setting.read = { [read = setting.read, key] reader, root throws(ConfigurationError) in
            if reader.has(key), !reader.has(choice) { root[keyPath: path] = value }
            try read(reader, &root)
        }
        return setting
    }
}
