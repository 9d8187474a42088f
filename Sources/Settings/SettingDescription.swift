/// A setting without the type that it belongs to, for the reference and the schema.
package struct SettingDescription: Sendable {
    package let key: String
    package let meaning: String
    package let unit: String?
    package let content: SettingContent
    /// The default; nil where there is none.
    package let standard: WrittenValue?
    /// The choice that the setting belongs to; nil where it belongs to all.
    let owner: SettingOwner?
    /// Key of the section that this one is given in place of; nil of others.
    let alternative: String?
    /// True where it has to be given.
    package let isRequired: Bool
    /// True where its value may stand for the whole component.
    package let isShort: Bool
    private let aliases: [String]

    init<Root>(_ setting: Setting<Root>, in root: Root, adding additions: [any Component.Type]) {
        key = setting.key
        meaning = setting.meaning
        unit = setting.unit
        content = setting.content.adding(additions.filter(setting.admits))
        standard = setting.standard(root)
        owner = setting.owner
        alternative = setting.alternative
        aliases = setting.aliases
        isShort = setting.isShort
        switch content {
        case .value, .list, .sections, .choice, .component, .components, .namedComponents: isRequired = standard == nil
        // Without the word, the other component's key is asked for.
        case .choiceOr: isRequired = false
        case .section, .group: isRequired = setting.isRequiredSection
        }
    }

    /// True for a name that another program has for it.
    func isAlsoKnown(as word: String) -> Bool {
        aliases.contains { KeySuggestion.areAlike($0, word) }
    }
}

extension Setting {
    func described(in root: Root, adding additions: [any Component.Type] = []) -> SettingDescription {
        SettingDescription(self, in: root, adding: additions)
    }
}

extension Configurable {
    /// The table, with the defaults.
    package static var descriptions: [SettingDescription] { descriptions(adding: []) }

    /// The same where choices can also be made from components of another package.
    package static func descriptions(adding additions: [any Component.Type]) -> [SettingDescription] {
        let root = Self()
        return settings.map { $0.described(in: root, adding: additions) }
    }
}
