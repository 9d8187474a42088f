import Foundation

/// The Python interpreter that `launch/setup.sh` gives libraries which read what is written here.
enum Python {
    static var name: String { ProcessInfo.processInfo.environment["ENTRAIN_PYTHON"] ?? "python3" }

    /// Runs a script.
    ///
    /// - Returns: its exit status, and what it wrote to either stream.
    static func run(_ script: String, _ arguments: String...) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name, "-c", script] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
