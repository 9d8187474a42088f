/// All keys of a configuration, each with its kind, default, unit and meaning, by the tables of a root and of what is in it.
package struct KeyReference: Sendable {
    package struct Entry: Sendable {
        /// From the root on, with `[]` after a list's key: `learningRate.parts[].epochs`.
        package let path: String
        package let setting: SettingDescription
        /// The choices that it goes with, from the outermost on.
        fileprivate let choices: [Choice]
        /// Where else the components of its choice are described; nil where they are described here.
        fileprivate let sameAs: String?
    }

    fileprivate struct Choice: Sendable, Hashable {
        /// Path of the key that makes it.
        let path: String
        let name: String
    }

    package private(set) var entries: [Entry] = []

    private let additions: [any Component.Type]

    /// - Parameter additions: components of another package that choices can be made from.
    package init(_ root: (some Configurable).Type, adding additions: [any Component.Type] = []) {
        self.additions = additions
        add(root.descriptions(adding: additions), in: "", [], [:])
    }

    /// - Parameter described: where the components of the choices around are described, by the choices' names.
    private mutating func add(
        _ settings: [SettingDescription], in section: String, _ choices: [Choice], _ described: [[String]: String]
    ) {
        for setting in settings {
            let path = section.isEmpty ? setting.key : "\(section).\(setting.key)"
            let names = setting.content.members.map { $0.name }
            entries.append(Entry(path: path, setting: setting, choices: choices, sameAs: described[names]))
            switch setting.content {
            case .value, .list: break
            case .section(let type, _): add(type.descriptions(adding: additions), in: path, choices, described)
            case .sections(let type): add(type.descriptions(adding: additions), in: path + "[]", choices, described)
            case .group(let settings): add(settings(), in: path, choices, described)
            case .choice(let types), .choiceOr(let types, _):
                guard described[names] == nil else { break }
                var described = described
                described[names] = path
                for type in types {
                    add(
                        type.descriptions(adding: additions), in: section,
                        choices + [Choice(path: path, name: type.name)], described)
                }
                if case .choiceOr(_, let other) = setting.content {
                    add(other.descriptions(adding: additions), in: section, choices, described)
                }
            case .component(let types), .components(let types, _, _), .namedComponents(let types):
                guard described[names] == nil else { break }
                var described = described
                described[names] = path
                var place = path
                if case .components = setting.content { place += "[]" }
                if case .namedComponents = setting.content { place += ".NAME[]" }
                for type in types {
                    add(type.descriptions(adding: additions), in: "\(place).\(type.name)", choices, described)
                }
            }
        }
    }
}

extension SettingContent {
    /// Components of a choice whose settings stand beside it.
    package var components: [any Component.Type] {
        switch self {
        case .choice(let types), .choiceOr(let types, _): types
        default: []
        }
    }

    /// Components named under the key, their settings beside it or below their name.
    fileprivate var members: [any Component.Type] {
        switch self {
        case .component(let types), .components(let types, _, _), .namedComponents(let types): types
        default: components
        }
    }

    /// The kind of value, as messages call it.
    fileprivate var name: String {
        switch self {
        case .value(let form, let limit, _, let isOptional): form.name(limit) + (isOptional ? ", or null" : "")
        case .list(let form, let limit, _): "a list of \(limit.isEmpty ? form.plural : "\(form.plural) \(limit)")"
        case .section: "a section"
        case .group: "a section"
        case .sections: "a list of sections"
        case .choice(let types), .choiceOr(let types, _), .component(let types):
            ValueForm.words(types.map { $0.name }).name
        case .components(let types, let elements, let words):
            words.map { "\($0), or " }.joined() + "a list of any of \(types.map { $0.name }.joined(separator: ", "))"
                + ", and of {\(Repetition.key): {\(Repetition.times): 3, \(elements): [...]}}"
        case .namedComponents(let types):
            "a mapping from names to lists of any of \(types.map { $0.name }.joined(separator: ", "))"
        }
    }
}

// MARK: - Looking up

extension KeyReference {
    /// The keys at and below `path`, of which positions in lists are left out; of a choice those of all that can be chosen,
    /// or of one by its name: `optimizer.adamw`.
    ///
    /// - Throws: where there is no such key, with the nearest one.
    package func entries(below path: String) throws(ConfigurationError) -> [Entry] {
        let wanted = Self.keys(of: path)
        let found = entries.filter { entry in
            Self.keys(of: entry.path).starts(with: wanted)
                || entry.choices.contains { Self.keys(of: $0.path).starts(with: wanted) }
        }
        if !found.isEmpty { return found }
        let chosen = entries.filter { entry in
            entry.choices.contains { Self.keys(of: $0.path).dropLast() + [$0.name] == wanted }
        }
        if !chosen.isEmpty { return chosen }
        throw ConfigurationError(place: "keys", keyPath: path, problem: "unknown key; \(suggestion(for: wanted))")
    }

    /// `parts[1].at` as `["parts", "at"]`.
    private static func keys(of path: String) -> [String] {
        components(ofKeyPath: path).filter { !$0.isEmpty && Int($0) == nil }
    }

    private func suggestion(for keys: [String]) -> String {
        let word = keys.last ?? ""
        let section = Array(keys.dropLast())
        let siblings = entries.filter { Self.keys(of: $0.path).dropLast() == section[...] }
        for candidates in [siblings, entries] {
            let known = candidates.first { $0.setting.isAlsoKnown(as: word) }
            let names = candidates.map(\.setting.key)
            let near = KeySuggestion.nearest(to: word, among: names).flatMap { name in
                candidates.first { $0.setting.key == name }
            }
            if let entry = known ?? near { return "did you mean \(entry.path)?" }
        }
        let sections = entries.map(\.path).filter { !$0.contains(".") }
        return "valid here: \(sections.joined(separator: ", "))"
    }
}

// MARK: - Text

extension KeyReference {
    /// Two lines a key: its path with the kind of its value, the unit and the default; and its meaning.
    package static func text(of entries: [Entry]) -> String {
        var lines: [String] = []
        var choices: [Choice] = []
        for entry in entries {
            if entry.choices != choices {
                let common = zip(choices, entry.choices).prefix { $0 == $1 }.count
                for (depth, choice) in entry.choices.enumerated().dropFirst(common) {
                    lines.append("\(indent(depth + 1))with \(choice.path): \(choice.name)")
                }
                choices = entry.choices
            }
            let margin = indent(2 * choices.count)
            lines.append("\(margin)\(entry.path): \(entry.kind)")
            let owner = entry.setting.owner.map { "; with \($0.line)" } ?? ""
            lines.append("\(margin)    \(entry.setting.meaning)\(owner)")
        }
        return lines.joined(separator: "\n")
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }
}

extension KeyReference.Entry {
    fileprivate var kind: String {
        var text = setting.content.name
        if case .section(_, let words) = setting.content { text += words.map { ", or \($0)" }.joined() }
        if let unit = setting.unit { text += ", in \(unit)" }
        if let sameAs { text += ", with settings as of \(sameAs)" }
        if let standard = setting.standard { return "\(text); default \(standard.line)" }
        return setting.isRequired ? "\(text); required" : text
    }
}
