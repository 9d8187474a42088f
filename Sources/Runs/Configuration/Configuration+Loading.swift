import Datasets
import Settings

extension Configuration {
    /// The largest configuration file that is read, in bytes.
    private static let largestFile = 1 << 20

    /// Reads a configuration from a YAML file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - overrides: settings of the form `key.path=value`, put over those of the file in the order given. A value is
    ///     a YAML scalar, list or flow mapping; `null` or nothing brings back the default.
    ///     Where one makes a choice, such as `optimizer.name=adamw`, keys of the file that do not go with it are left out.
    ///   - additions: schedules, optimizers, data formats and so on of a user's own, to be chosen by their names.
    ///   - note: takes a line for each key that is left out.
    /// - Throws: an error of one line when the file cannot be read, when a key is unknown, missing or given twice, or
    ///   when a value is of the wrong type, out of range or contradicts another.
    public static func load(
        path: String, overrides: [String] = [], additions: [any Component.Type] = [],
        note: (String) -> Void = { _ in }
    ) throws(ConfigurationError) -> Configuration {
        try Configuration(
            yaml: text(ofFile: path), name: path, overrides: overrides, additions: additions, note: note)
    }

    /// Reads a configuration from YAML text, as ``load(path:overrides:additions:note:)`` does.
    ///
    /// - Parameter name: the name of the text in error messages.
    public init(
        yaml: String, name: String, overrides: [String] = [], additions: [any Component.Type] = [],
        note: (String) -> Void = { _ in }
    ) throws(ConfigurationError) {
        var root = try ConfigurationNode.document(yaml: yaml, name: name)
        for override in overrides { try root.apply(override: override) }
        try self.init(root, additions: additions, note: note)
    }

    /// Reads a configuration from the tree of its values.
    package init(
        _ root: ConfigurationNode, additions: [any Component.Type] = [], note: (String) -> Void = { _ in }
    ) throws(ConfigurationError) {
        let reader = SectionReader(root: root, additions: additions)
        self = try Configuration(reading: reader)
        self.additions = additions
        origin = (root, model.architecture)
        try reader.checkForUnknownKeys()
        if let problem {
            let place = root.place(of: components(ofKeyPath: problem.key))
            throw ConfigurationError(place: place, keyPath: problem.key, problem: problem.problem)
        }
        reader.notes.forEach(note)
    }

    /// The text of a configuration file; what a rank that reads for the others can hand on.
    public static func text(ofFile path: String) throws(ConfigurationError) -> String {
        func failure(_ problem: String) -> ConfigurationError {
            ConfigurationError(place: path, keyPath: "", problem: problem)
        }
        let bytes: [UInt8]
        do {
            bytes = try contents(ofFile: path, limit: largestFile)
        } catch {
            throw failure(error.problem)
        }
        return try text(of: bytes, path: path)
    }

    /// The same of the file's contents.
    package static func text(of bytes: [UInt8], path: String) throws(ConfigurationError) -> String {
        func failure(_ problem: String) -> ConfigurationError {
            ConfigurationError(place: path, keyPath: "", problem: problem)
        }
        if let kind = FileKind.name(of: Array(bytes.prefix(FileKind.length))) {
            let remedy = kind.hasPrefix("text in ") ? "save it as UTF-8" : "give a text of YAML"
            throw failure("expected a configuration in UTF-8, found \(kind); \(remedy)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            var place = 0
            do { _ = try UTF8Span(validating: bytes.span) } catch { place = error.byteOffsets.lowerBound }
            let line = bytes[..<place].count { $0 == 0x0A } + 1
            throw ConfigurationError(
                place: "\(path):\(line)", keyPath: "",
                problem:
                    "expected text in UTF-8, found the byte 0x\(String(bytes[place], radix: 16, uppercase: true)); "
                    + "save the file as UTF-8")
        }
        return text
    }
}
