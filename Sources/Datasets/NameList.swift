/// Names in one line: all of a few, the first ones of many.
public struct NameList: CustomStringConvertible, Sendable {
    public let description: String

    public init(_ names: some Collection<String>, most: Int = 12) {
        let shown = names.prefix(most).map { name in
            let isPlain = !name.isEmpty && !name.contains { ",\"".contains($0) || $0.isNewline } && name.first != " "
            let text = isPlain ? name : name.debugDescription
            return text.count > 40 ? text.prefix(40) + "…" : text
        }
        description = shown.joined(separator: ", ") + (names.count > most ? ", … (\(names.count))" : "")
    }
}
