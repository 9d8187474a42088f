/// What is wrong with a configuration, where, and what would be right.
public struct ConfigurationError: Error, Equatable, Sendable {
    /// `file:line:column`, `file`, or the override `--set key.path=value` that brought the value.
    public var place: String
    /// The path of the key, such as `training.batch` or `model.layers[2].dense.units`; empty when the whole file is
    /// meant.
    public var keyPath: String
    /// What was expected and what was found, in one line.
    public var problem: String

    public init(place: String, keyPath: String, problem: String) {
        self.place = place
        self.keyPath = keyPath
        self.problem = problem
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// One line: place, key path and problem.
    public var description: String {
        [place, keyPath, problem].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
