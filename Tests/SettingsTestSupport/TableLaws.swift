import Settings
import XCTest

/// The laws of a component's table: each stored property is set by a setting, and by one alone; each default is within its
/// limits; what was written reads back to the same.
///
/// - Parameters:
///   - base: keys without which the component cannot be read, with texts of scalars, of a list of one, `[3]`, or of a
///     mapping, `{file: 3}`, in which each required value is 3.
///   - state: stored properties that are no settings.
///   - apart: keys that do not go with `base`.
public func assertTableLaws<Section: Configurable>(
    _ type: Section.Type, base: [String: String] = [:], state: Set<String> = [], apart: Set<String> = [],
    file: StaticString = #filePath,
    line: UInt = #line
) {
    let standard = Section()
    if base.isEmpty { XCTAssertNil(standard.problem, "a default of \(type)", file: file, line: line) }
    let keys = Section.settings.map(\.key)
    XCTAssertEqual(Set(keys).count, keys.count, "a key twice: \(keys)", file: file, line: line)
    var changedProperties: Set<String> = []
    for setting in Section.settings where !apart.contains(setting.key) {
        XCTAssertFalse(setting.meaning.isEmpty, setting.key, file: file, line: line)
        var hasChanged = false
        for example in setting.content.examples {
            guard let before = read(type, base), let after = read(type, base, setting.key, example) else { continue }
            let changes = changedStoredProperties(before, after)
            if changes.isEmpty { continue }
            XCTAssertEqual(changes.count, 1, "\(setting.key) changes \(changes)", file: file, line: line)
            changedProperties.formUnion(changes)
            let written = ConfigurationNode(after.written)
            guard let again = try? SectionReader(root: written).component(type) else {
                XCTFail("\(type) does not read \(after.written)", file: file, line: line)
                continue
            }
            XCTAssertEqual(again.written, after.written, file: file, line: line)
            // Some go with other values of other settings alone.
            hasChanged = hasChanged || after.problem == nil
        }
        XCTAssertTrue(hasChanged, "\(type).\(setting.key): no value that was tried changes it", file: file, line: line)
    }
    let stored = Set(Mirror(reflecting: standard).children.compactMap(\.label))
    XCTAssertEqual(
        stored.subtracting(state).subtracting(changedProperties), [], "without a setting", file: file, line: line)
}

private func read<Section: Configurable>(
    _ type: Section.Type, _ base: [String: String], _ key: String? = nil, _ value: ConfigurationNode.Content? = nil
) -> Section? {
    var entries = base.filter { $0.key != key }.map { entry($0.key, content($0.value)) }
    if let key, let value { entries.append(entry(key, value)) }
    return try? SectionReader(root: ConfigurationNode(content: .mapping(entries), place: "test")).component(type)
}

private func entry(_ key: String, _ content: ConfigurationNode.Content) -> ConfigurationNode.Entry {
    .init(key: key, place: "test", value: ConfigurationNode(content: content, place: "test"))
}

private func content(_ text: String) -> ConfigurationNode.Content {
    let inside = String(text.dropFirst().dropLast())
    switch text.first {
    case "[": return .sequence([ConfigurationNode(content: .scalar(text: inside, isPlain: true), place: "test")])
    case "{":
        return .mapping(
            inside.split(separator: ", ").map { pair in
                let (key, value) = (pair.prefix { $0 != ":" }, pair.drop { $0 != ":" }.dropFirst(2))
                return entry(String(key), content(String(value)))
            })
    default: return .scalar(text: text, isPlain: true)
    }
}

private func changedStoredProperties<Section>(_ before: Section, _ after: Section) -> [String] {
    zip(Mirror(reflecting: before).children, Mirror(reflecting: after).children)
        .filter { String(reflecting: $0.value) != String(reflecting: $1.value) }.compactMap(\.0.label)
}

extension SettingContent {
    /// Values of which one at least should be allowed and be another one than the default.
    fileprivate var examples: [ConfigurationNode.Content] {
        func scalars(_ texts: [String]) -> [ConfigurationNode.Content] {
            texts.map { .scalar(text: $0, isPlain: true) }
        }
        let texts = ["true", "false", "0.25", "0.75", "3", "4", "5", "16", "100", "auto", "name"]
        switch self {
        case .value(let form, _, _, _): return scalars(form.words.isEmpty ? texts : form.words)
        case .list(let form, _, _):
            let lists = (form.words.isEmpty ? texts : form.words).map { [$0] }
            // Names of classes, as many as there are.
            return (lists + [2, 10, 100].map { (0..<$0).map { "name \($0)" } }).map { list in
                .sequence(list.map { ConfigurationNode(content: .scalar(text: $0, isPlain: true), place: "test") })
            }
        case .choice(let types), .choiceOr(let types, _), .component(let types):
            return scalars(types.map { $0.name })
        case .components(let types, _, let words):
            let names = types.filter { !$0.needsSettings }.map { $0.name }
            return scalars(words)
                + names.map {
                    .sequence([ConfigurationNode(content: .scalar(text: $0, isPlain: true), place: "test")])
                }
        case .namedComponents(let types):
            return types.filter { !$0.needsSettings }.map { type in
                let list = [ConfigurationNode(content: .scalar(text: type.name, isPlain: true), place: "test")]
                return .mapping([entry("name", .sequence(list))])
            }
        case .section(let type, let words): return scalars(words) + type.examples
        case .group(let settings): return settings().examples
        case .sections(let type):
            return type.examples.map { .sequence([ConfigurationNode(content: $0, place: "test")]) }
        }
    }
}

extension Configurable {
    fileprivate static var examples: [ConfigurationNode.Content] { descriptions.examples }
}

extension [SettingDescription] {
    /// Sections with one of the settings, and those without which none can be read.
    fileprivate var examples: [ConfigurationNode.Content] {
        let required = filter(\.isRequired).map(\.key)
        return flatMap { setting -> [ConfigurationNode.Content] in
            let others = required.filter { $0 != setting.key }.map { entry($0, content("3")) }
            return setting.content.examples.map { .mapping(others + [entry(setting.key, $0)]) }
        }
    }
}

extension Configurable {
    fileprivate static var needsSettings: Bool { descriptions.contains(where: \.isRequired) }
}

extension SettingDescription {
    fileprivate var isRequired: Bool {
        if case .value = content { standard == nil } else { false }
    }
}

extension ConfigurationNode {
    /// The values written, as if they had been read from a file.
    public init(_ entries: [WrittenValue.Entry]) {
        self.init(WrittenValue.mapping(entries, isInline: false))
    }

    private init(_ value: WrittenValue) {
        switch value {
        case .word(let text): self.init(content: .scalar(text: text, isPlain: true), place: "test")
        case .text(let text): self.init(content: .scalar(text: text, isPlain: false), place: "test")
        case .list(let elements), .items(let elements):
            self.init(content: .sequence(elements.map { ConfigurationNode($0) }), place: "test")
        case .mapping(let entries, _):
            self.init(
                content: .mapping(
                    entries.map { .init(key: $0.key, place: "test", value: ConfigurationNode($0.value)) }),
                place: "test")
        }
    }
}
