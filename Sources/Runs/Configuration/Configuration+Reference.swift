import Settings

extension Configuration {
    /// All keys at and below a path: the kind of their values, default, unit and meaning, two lines a key.
    ///
    /// - Parameters:
    ///   - path: from the root on, `optimizer` or `learningRate.schedule`; empty for all.
    ///   - additions: components of another package, which choices can be made from too.
    /// - Throws: where there is no such key, with the nearest one.
    public static func keys(
        below path: String = "", additions: [any Component.Type] = []
    ) throws(ConfigurationError) -> String {
        KeyReference.text(of: try KeyReference(Self.self, adding: additions).entries(below: path))
    }

    /// The JSON Schema of a configuration, for editors.
    public static var schema: String { schema(additions: []) }

    /// The same with components of another package, which choices can be made from too.
    public static func schema(additions: [any Component.Type]) -> String {
        JSONSchema.of(Self.self, adding: additions, title: "Configuration of an experiment for entrain").json
    }
}
