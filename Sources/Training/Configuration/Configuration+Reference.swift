import Settings

extension Configuration {
    /// All keys at and below a path: the kind of their values, default, unit and meaning, two lines a key.
    ///
    /// - Parameter path: from the root on, `optimizer` or `learningRate.schedule`; empty for all.
    /// - Throws: where there is no such key, with the nearest one.
    public static func keys(below path: String = "") throws(ConfigurationError) -> String {
        KeyReference.text(of: try KeyReference(Self.self).entries(below: path))
    }

    /// The JSON Schema of a configuration, for editors.
    public static var schema: String {
        JSONSchema.of(Self.self, title: "Configuration of an experiment for entrain").json
    }
}
