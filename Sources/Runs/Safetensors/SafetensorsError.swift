/// Why a file cannot be read as safetensors.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
    public var path: String
    /// What was expected and what was found, in one line; begins with the tensor where it is about one.
    public var problem: String

    public init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    public var description: String { "\(path): \(problem)" }
}
