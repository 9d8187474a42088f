import Settings
import Yams

extension Position {
    fileprivate init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

extension ConfigurationNode {
    /// The most values a configuration may have once its aliases are followed; a guard against files that grow without
    /// bound.
    private static let largestCount = 100_000

    /// Reads one YAML document whose top is a mapping.
    ///
    /// - Parameter name: the file, as error messages shall name it.
    package static func document(yaml: String, name: String) throws(ConfigurationError) -> ConfigurationNode {
        func place(_ position: Position?) -> String { position.map { "\(name):\($0.line):\($0.column)" } ?? name }
        let yaml = YAMLText.withoutByteOrderMark(yaml)
        if let character = YAMLText.firstMisleadingCharacter(in: yaml) {
            throw ConfigurationError(place: place(character.position), keyPath: "", problem: character.problem)
        }
        guard let root = try compose(yaml, place: place) else {
            throw ConfigurationError(place: name, keyPath: "", problem: "expected a configuration, found an empty file")
        }
        var count = 0
        let node = try ConfigurationNode(root, count: &count, place: place)
        guard case .mapping = node.content else {
            throw ConfigurationError(
                place: node.place, keyPath: "",
                problem: "expected a mapping such as \"data: {format: digits}\", found \(node.found)")
        }
        return node
    }

    /// Reads the right-hand side of an override: a scalar, or a list or mapping in flow style.
    static func value(yaml: String, place: String) throws(ConfigurationError) -> ConfigurationNode {
        guard let root = try compose(yaml, place: { _ in place }) else {
            return ConfigurationNode(content: .scalar(text: "", isPlain: true), place: place)
        }
        var count = 0
        return try ConfigurationNode(root, count: &count) { _ in place }
    }

    private static func compose(_ yaml: String, place: (Position?) -> String) throws(ConfigurationError) -> Node? {
        do {
            return try Parser(yaml: yaml, resolver: .basic, constructor: .default, encoding: .utf8).singleRoot()
        } catch {
            var last: Position?
            let error = ConfigurationError(yamlError: error) { position in
                last = position ?? last
                return place(position)
            }
            guard let tab = YAMLText.indentingTab(in: yaml, near: last?.line) else { throw error }
            throw ConfigurationError(
                place: place(tab), keyPath: "",
                problem: "invalid YAML: expected spaces, found a tab in the indentation; YAML takes no tabs there")
        }
    }

    private init(
        _ node: Node, count: inout Int, place: (Position?) -> String
    ) throws(ConfigurationError) {
        let own = place(node.mark.map(Position.init))
        count += 1
        guard count <= Self.largestCount else {
            throw ConfigurationError(
                place: own, keyPath: "", problem: "expected at most \(Self.largestCount) values, found more")
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            self.init(
                content: .scalar(text: scalar.string, isPlain: isPlain && scalar.tag != Tag(.str)), place: own)
        case .sequence(let sequence):
            var elements: [ConfigurationNode] = []
            for element in sequence {
                elements.append(try ConfigurationNode(element, count: &count, place: place))
            }
            self.init(content: .sequence(elements), place: own)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw ConfigurationError(
                        place: place(key.mark.map(Position.init)), keyPath: "",
                        problem: "expected a key, found a list or mapping")
                }
                let value = try ConfigurationNode(value, count: &count, place: place)
                entries.append(Entry(key: name.string, place: place(key.mark.map(Position.init)), value: value))
            }
            self.init(content: .mapping(entries), place: own)
        case .alias:
            preconditionFailure("Yams resolves aliases while it composes the tree")
        }
    }
}

extension ConfigurationError {
    /// One line of what Yams reports over several.
    fileprivate init(yamlError error: any Error, place: (Position?) -> String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let inside = context.map { "\($0.text) from line \($0.mark.line), " } ?? ""
            self.init(
                place: place(Position(mark)), keyPath: "", problem: "invalid YAML: \(inside)\(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                place: place(Position(context.mark)), keyPath: duplicates.first ?? "",
                problem: "the key appears more than once in one section, keep one")
        case .reader(let problem, let offset, _, let yaml):
            let before = offset.map { yaml.prefix($0) } ?? ""
            let line = before.count { $0.isNewline } + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            self.init(
                place: place(Position(line: line, column: column)), keyPath: "", problem: "invalid YAML: \(problem)")
        default:
            self.init(place: place(nil), keyPath: "", problem: "invalid YAML: \(error)".replacing("\n", with: " "))
        }
    }
}
