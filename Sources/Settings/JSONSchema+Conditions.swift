// Keys that are given with one value of another key, or in place of another one.

extension JSONSchema {
    /// True of a mapping in which `key` has the value.
    ///
    /// - Parameter isDefault: true where the key may be absent.
    static func isMade(_ key: String, _ value: WrittenValue, isDefault: Bool) -> WrittenValue {
        let named = property(key, .init("enum", .list([value] + (isDefault ? [.null] : []))))
        return .object(isDefault ? [named] : [named, required([key])])
    }

    /// An `if` for each choice that some of the settings belong to, and for each section in place of another: what does not go
    /// with what is written is null.
    static func conditions(_ settings: [SettingDescription]) -> [WrittenValue] {
        var owners: [SettingOwner] = []
        for owner in settings.compactMap(\.owner) where !owners.contains(owner) { owners.append(owner) }
        let owned = owners.map { owner in
            let standard = settings.first { $0.key == owner.key }?.standard
            let isMade = isMade(owner.key, owner.value, isDefault: owner.isImplied || standard == owner.value)
            let own = settings.filter { $0.owner == owner }
            return WrittenValue.object([.init("if", isMade), .init("else", null(own))])
        }
        let instead = settings.compactMap { setting in
            setting.alternative.map { key in
                let isGiven = WrittenValue.object([property(key, .init("type", .text("object"))), required([key])])
                return WrittenValue.object([.init("if", isGiven), .init("then", null([setting]))])
            }
        }
        return owned + instead
    }

    static func required(_ keys: [String]) -> WrittenValue.Entry {
        .init("required", .list(keys.map(WrittenValue.text)))
    }

    private static func property(_ key: String, _ keyword: WrittenValue.Entry) -> WrittenValue.Entry {
        .init("properties", .object([.init(key, .object([keyword]))]))
    }

    private static func null(_ settings: [SettingDescription]) -> WrittenValue {
        let null = WrittenValue.object([.init("type", .text("null"))])
        return .object([.init("properties", .object(settings.map { .init($0.key, null) }))])
    }
}
