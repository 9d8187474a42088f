/// A setting without the type that it belongs to, for the reference and the schema.
package struct SettingDescription: Sendable {
    package let key: String
    package let meaning: String
    package let unit: String?
    package let content: SettingContent
    /// The default; nil where there is none.
    package let standard: WrittenValue?
    /// The choice that the setting belongs to, `form: gain`; nil where it belongs to all.
    package let owner: String?
}

extension Setting {
    func described(in root: Root) -> SettingDescription {
        SettingDescription(
            key: key, meaning: meaning, unit: unit, content: content, standard: standard(root), owner: owner)
    }
}

extension Configurable {
    /// The table, with the defaults.
    package static var descriptions: [SettingDescription] {
        let root = Self()
        return settings.map { $0.described(in: root) }
    }
}
