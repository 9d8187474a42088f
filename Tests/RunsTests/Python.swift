import Foundation

/// The Python interpreter that `launch/setup.sh` gives libraries which read what is written here.
enum Python {
    static var name: String { ProcessInfo.processInfo.environment["ENTRAIN_PYTHON"] ?? "python3" }

    /// The interpreter with PyTorch, which `launch/setup.sh --benchmark` makes.
    static var nameWithTorch: String {
        ProcessInfo.processInfo.environment["ENTRAIN_TORCH_PYTHON"]
            ?? root.appending(path: ".build-python-benchmark/bin/python3").path
    }

    /// The repository.
    static var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// Runs a script.
    ///
    /// - Parameter interpreter: what runs it.
    /// - Returns: its exit status, and what it wrote to either stream.
    static func run(
        _ script: String, _ arguments: String..., by interpreter: String = name
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, "-c", script] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
