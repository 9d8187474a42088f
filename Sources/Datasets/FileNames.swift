import Settings

/// One file, or several whose contents follow each other: `x.npy`, or `[x1.npy, x2.npy]`.
public struct FileNames: SettingValue, Equatable, ExpressibleByStringLiteral {
    public var all: [String]

    /// - Parameter name: no file where it is empty.
    public init(_ name: String) { all = name.isEmpty ? [] : [name] }

    public init(_ names: [String]) { all = names }

    public init(stringLiteral name: String) { self.init(name) }

    public init?(_ node: ConfigurationNode) {
        if let name = String(node) {
            self.init([name])
            return
        }
        guard case .sequence(let nodes) = node.content, !nodes.isEmpty else { return nil }
        let names = nodes.compactMap { String($0) }
        guard names.count == nodes.count, !names.contains("") else { return nil }
        self.init(names)
    }

    public var written: WrittenValue { all.count == 1 ? .text(all[0]) : .list(all.map(WrittenValue.text)) }

    public static var form: ValueForm {
        ValueForm(
            "a file name or a list of them", plural: "file names",
            schema: [.init("type", .list([.text("string"), .text("array")])), .init("minItems", 1.written)])
    }
}
