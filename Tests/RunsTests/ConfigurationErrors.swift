import Runs

/// Gives tests the errors of configurations that cannot be read.
protocol ConfigurationErrors {}

extension ConfigurationErrors {
    func error(_ yaml: String, overrides: [String] = []) -> String {
        do {
            let configuration = try Configuration(yaml: yaml, name: "x.yaml", overrides: overrides)
            return "no error but \(configuration)"
        } catch {
            return "\(error)"
        }
    }

    /// The error of a configuration that is fine but for these lines; the first of them is line 3.
    func error(after lines: String, overrides: [String] = []) -> String {
        error("data: {format: digits}\nmodel: {preset: mlp}\n" + lines, overrides: overrides)
    }
}
