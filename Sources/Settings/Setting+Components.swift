// Components that stand under their names: `relu`, `{dense: {units: 10, bias: false}}`, or `{dense: 10}` where one setting
// of them is the short one.

extension Setting {
    /// The setting whose value may stand for its whole component: `dense: 10` is `dense: {units: 10}`.
    public var asShortForm: Self {
        var setting = self
        setting.isShort = true
        return setting
    }

    /// A component, with a default.
    public init<Base>(
        component key: String, _ path: any WritableKeyPath<Root, Base> & Sendable, among registry: Registry<Base>,
        _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .component(registry.types),
            standard: { registry.written($0[keyPath: path]) },
            read: { reader, root throws(ConfigurationError) in
                let component = try reader.named(key) { (section) throws(ConfigurationError) in
                    try section.component(among: registry)
                }
                if let component { root[keyPath: path] = component }
            },
            write: { [.init(key, registry.written($0[keyPath: path]))] },
            problem: { registry.problem(of: $0[keyPath: path])?.under(key) })
        admits = Registry<Base>.admits
    }

    /// A component, without a default.
    public init<Base>(
        requiredComponent key: String, _ path: any WritableKeyPath<Root, Base> & Sendable,
        among registry: @autoclosure @escaping @Sendable () -> Registry<Base>, expected: String, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .component(registry().types), standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let component = try reader.named(key) { (section) throws(ConfigurationError) in
                    try section.component(among: registry())
                }
                root[keyPath: path] = try reader.required(key, component, expected: expected)
            },
            write: { [.init(key, registry().written($0[keyPath: path]))] },
            problem: { registry().problem(of: $0[keyPath: path])?.under(key) })
        admits = Registry<Base>.admits
    }

    /// A list of components, without a default.
    ///
    /// - Parameters:
    ///   - elements: what they are, in words: `layers`.
    ///   - example: one of them.
    public init<Base>(
        components key: String, _ path: any WritableKeyPath<Root, [Base]> & Sendable, of elements: String,
        example: String, among registry: @autoclosure @escaping @Sendable () -> Registry<Base>, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .components(registry().types, of: elements, words: []),
            standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                root[keyPath: path] = try reader.required(
                    key, try reader.components(key, of: elements, example: example, among: registry()),
                    expected: "a list of \(elements)")
            },
            write: { root in [.init(key, .items(root[keyPath: path].map { registry().written($0) }))] },
            problem: { registry().problem(of: $0[keyPath: path], under: key) })
        admits = Registry<Base>.admits
    }

    /// Lists of components, each under a name of its own, in the order written; without a default.
    ///
    /// - Parameters:
    ///   - elements: what the components are, in words: `layers`.
    ///   - example: one of them.
    ///   - list: the name and the components of an element.
    ///   - element: what has a name and components.
    public init<Base, Element: Sendable>(
        namedComponents key: String, _ path: any WritableKeyPath<Root, [Element]> & Sendable, of elements: String,
        example: String, among registry: @autoclosure @escaping @Sendable () -> Registry<Base>,
        list: @escaping @Sendable (Element) -> (name: String, components: [Base]),
        element: @escaping @Sendable (_ name: String, _ components: [Base]) -> Element, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil, content: .namedComponents(registry().types),
            standard: { _ in nil },
            read: { reader, root throws(ConfigurationError) in
                let found = try reader.section(key) { (section) throws(ConfigurationError) in
                    var found: [Element] = []
                    for name in section.node.entries?.map(\.key) ?? [] {
                        let components = try section.components(
                            name, of: elements, example: example, among: registry())
                        found.append(element(name, components ?? []))
                    }
                    return found
                }
                root[keyPath: path] = try reader.required(
                    key, found, expected: "lists of \(elements), each under a name")
            },
            write: { root in
                let entries = root[keyPath: path].map { element in
                    let (name, components) = list(element)
                    return WrittenValue.Entry(name, .items(components.map { registry().written($0) }))
                }
                return [.init(key, .mapping(entries, isInline: false))]
            },
            problem: { root in
                for element in root[keyPath: path] {
                    let (name, components) = list(element)
                    if let problem = registry().problem(of: components, under: "\(key).\(name)") { return problem }
                }
                return nil
            })
        admits = Registry<Base>.admits
    }

    /// A list of components or one of some words, the first of which is the default.
    ///
    /// - Parameters:
    ///   - list: the components of a value that is a list.
    ///   - value: the value of a list.
    public init<Base, Value: Equatable & Sendable>(
        components key: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
        or words: [(word: String, value: Value)], of elements: String, example: String,
        among registry: @autoclosure @escaping @Sendable () -> Registry<Base>,
        list: @escaping @Sendable (Value) -> [Base]?, value: @escaping @Sendable ([Base]) -> Value, _ meaning: String
    ) {
        let names = words.map(\.word)
        let write: @Sendable (Root) -> WrittenValue = { root in
            if let components = list(root[keyPath: path]) { return .items(components.map { registry().written($0) }) }
            return .word(words.first { $0.value == root[keyPath: path] }?.word ?? names[0])
        }
        self.init(
            key: key, meaning: meaning, unit: nil, content: .components(registry().types, of: elements, words: names),
            standard: write,
            read: { reader, root throws(ConfigurationError) in
                guard let node = reader.value(key) else { return }
                if let (_, value) = words.first(where: { $0.word == node.plainText }) {
                    root[keyPath: path] = value
                    return
                }
                guard case .sequence = node.content,
                    let components = try reader.components(key, of: elements, example: example, among: registry())
                else {
                    throw reader.mismatch(
                        key, expected: "\(names.joined(separator: ", ")) or a list of \(elements)", found: node)
                }
                root[keyPath: path] = value(components)
            },
            write: { [.init(key, write($0))] },
            problem: { root in list(root[keyPath: path]).flatMap { registry().problem(of: $0, under: key) } })
        admits = Registry<Base>.admits
    }
}

extension Registry {
    /// A component under its name; by the name alone where it has no settings.
    func written(_ value: Base) -> WrittenValue {
        let component = component(value)
        let (name, entries) = (Swift.type(of: component).name, component.written)
        if entries.isEmpty { return .word(name) }
        let isInline = !entries.contains { entry in
            switch entry.value {
            case .items, .mapping(_, isInline: false): true
            default: false
            }
        }
        return .mapping([.init(name, .mapping(entries, isInline: isInline))], isInline: false)
    }

    /// The first problem of a component's settings, as seen from where its name stands.
    func problem(of value: Base) -> Contradiction? {
        let component = component(value)
        return component.problem?.under(Swift.type(of: component).name)
    }

    func problem(of values: [Base], under key: String) -> Contradiction? {
        for (index, value) in values.enumerated() {
            if let problem = problem(of: value) { return problem.under("\(key)[\(index)]") }
        }
        return nil
    }
}

extension SectionReader {
    /// The component that the only key of this section names.
    func component<Base>(among registry: Registry<Base>) throws(ConfigurationError) -> Base {
        let registry = registry.adding(those: additions)
        let (name, section) = try kind(registry.names) { name in registry.type(named: name)?.shortKey }
        let component: any Configurable = try section.component(registry.type(named: name)!)
        return component as! Base
    }

    fileprivate func components<Base>(
        _ key: String, of elements: String, example: String, among registry: Registry<Base>
    ) throws(ConfigurationError) -> [Base]? {
        let expected = "\(elements) such as \(example)"
        let lists = try list(key, expected: expected) { (section) throws(ConfigurationError) -> [Base] in
            guard section.node.repetition == nil else {
                return try section.repeated(of: elements, example: example, among: registry)
            }
            return [try section.component(among: registry)]
        }
        guard let lists else { return nil }
        let count = lists.reduce(0) { $0 + $1.count }
        guard count <= Repetition.largestCount else {
            throw error(at: key, "expected at most \(Repetition.largestCount) \(elements), found \(count)")
        }
        return lists.flatMap { $0 }
    }

    /// The components that `{repeat: {times: 3, layers: […]}}` stands for, the list's once for each time.
    private func repeated<Base>(
        of elements: String, example: String, among registry: Registry<Base>
    ) throws(ConfigurationError) -> [Base] {
        let components = try section(Repetition.key) { (section) throws(ConfigurationError) -> [Base] in
            let times = try section.required(
                Repetition.times, try section.value(Repetition.times, of: Int.self, .atLeast(1)),
                expected: "how many times the \(elements) stand there")
            let list = try section.required(
                elements, try section.components(elements, of: elements, example: example, among: registry),
                expected: "a list of \(elements)")
            let (count, overflow) = times.multipliedReportingOverflow(by: list.count)
            guard !overflow, count <= Repetition.largestCount else {
                throw section.error(
                    at: Repetition.times,
                    "expected at most \(Repetition.largestCount) \(elements) in all, found \(times) "
                        + "times \(list.count)")
            }
            return Array([[Base]](repeating: list, count: times).joined())
        }
        return components ?? []
    }
}

/// `{repeat: {times: 3, layers: […]}}` in a list of components: the list's, so many times, in its place.
enum Repetition {
    static let key = "repeat"
    static let times = "times"
    /// Most components in a list, whatever repetitions it is made of.
    static let largestCount = 10_000
}

extension ConfigurationNode {
    /// Value under `repeat`, where that is the only key.
    var repetition: ConfigurationNode? {
        guard let entries, entries.count == 1, entries[0].key == Repetition.key else { return nil }
        return entries[0].value
    }

    /// The component of a list at `index`, with those that are repeated counted so many times; nil where there is none.
    func component(at index: Int) -> ConfigurationNode? {
        guard case .sequence(let elements) = content else { return nil }
        var left = index
        for element in elements {
            let count = element.componentCount
            if left < count {
                guard let list = element.repeatedList else { return element }
                return list.component(at: left % list.componentCount)
            }
            left -= count
        }
        return nil
    }

    /// The list under `repeat`, whatever it is a list of.
    private var repeatedList: ConfigurationNode? {
        repetition?.entries?.first { if case .sequence = $0.value.content { true } else { false } }?.value
    }

    /// Components that an element of a list stands for, or a list.
    private var componentCount: Int {
        if let repetition, let list = repeatedList {
            let times = repetition.entries?.first { $0.key == Repetition.times }?.value.plainText.flatMap(Int.init)
            return (times ?? 1) * list.componentCount
        }
        guard case .sequence(let elements) = content else { return 1 }
        return elements.reduce(0) { $0 + $1.componentCount }
    }
}

extension Configurable {
    /// The key of the setting that may stand for the whole component; nil where there is none.
    package static var shortKey: String? { settings.first { $0.isShort }?.key }
}
