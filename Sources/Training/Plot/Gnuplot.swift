import Foundation
import MPI

/// What came of a plot. None of it stops a run: a plot can be made again from the files it shows.
public enum PlotOutcome: Equatable, Sendable {
    case written(path: String)
    case notInstalled
    case failed(path: String, reason: String)

    /// One line for the user.
    public var message: String {
        switch self {
        case .written(let path): "plot: \(path)"
        case .notInstalled: "no plot: gnuplot is not installed; on Debian and Ubuntu: apt-get install gnuplot-nox"
        case .failed(let path, let reason): "no plot: cannot make \(path): \(reason)"
        }
    }
}

/// Runs gnuplot, a program that is expected to be installed but not required.
package struct Gnuplot {
    /// Far more than any plot here takes; then gnuplot is ended, so that a run is never held up by it.
    private static let secondsAllowed = 60

    /// The directories that are searched for the program, separated by colons.
    var searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""

    package init() {}

    init(searchPath: String) {
        self.searchPath = searchPath
    }

    /// Makes the picture at `path` (.png or .svg) from a script that draws it, without terminal and output.
    package func draw(_ script: String, to path: String, width: Int, height: Int) -> PlotOutcome {
        guard let program = program() else { return .notInstalled }
        let isVector = (path as NSString).pathExtension == "svg"
        let temporary = "\(path).\(UInt32.random(in: 0 ... .max)).partial"
        // Twice the size of the drawing for screens with two pixels a point; white, as a page may be dark.
        let terminal =
            isVector
            ? "svg size \(width),\(height) dynamic background rgb 'white' font 'Helvetica,Arial,sans-serif,13' enhanced"
            : "pngcairo size \(2 * width),\(2 * height) fontscale 2 linewidth 2 pointscale 2 background rgb 'white' "
                + "font 'Sans,10' enhanced"
        let preamble = """
            set encoding utf8
            set terminal \(terminal)
            set output \(Gnuplot.quote(temporary))

            """
        defer { unlink(temporary) }
        do {
            if let reason = try run(program, script: preamble + script + "\nset output\n") {
                return .failed(path: path, reason: reason)
            }
        } catch {
            return .failed(path: path, reason: "\(error)".replacing("\n", with: " "))
        }
        guard rename(temporary, path) == 0 else {
            return .failed(path: path, reason: String(cString: strerror(errno)))
        }
        return .written(path: path)
    }

    /// Text as gnuplot reads it without substituting anything.
    package static func quote(_ text: String) -> String {
        "'\(text.replacing("'", with: "''").replacing("\n", with: " "))'"
    }

    private func program() -> String? {
        searchPath.split(separator: ":").map { "\($0)/gnuplot" }.first { access($0, X_OK) == 0 }
    }

    /// Runs the script; the reason of a failure, or nil.
    ///
    /// Standard input and error are files, as a pipe could fill up or break.
    private func run(_ program: String, script: String) throws -> String? {
        let directory = NSTemporaryDirectory() + "entrain-plot-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (input, errors) = ("\(directory)/script", "\(directory)/errors")
        try Data(script.utf8).write(to: URL(fileURLWithPath: input))
        try Data().write(to: URL(fileURLWithPath: errors))

        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.environment = Gnuplot.environment
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try SignalThread.startingProcess { try process.run() }
        if ended.wait(timeout: .now() + .seconds(Gnuplot.secondsAllowed)) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            return "gnuplot took longer than \(Gnuplot.secondsAllowed) s"
        }
        guard process.terminationReason == .uncaughtSignal || process.terminationStatus != 0 else { return nil }
        let text = (try? contents(ofFile: errors, limit: 1 << 16)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        // Above its message gnuplot repeats the line of the script and points at the place.
        return lines.last { !$0.isEmpty && $0 != "^" } ?? "gnuplot ended with status \(process.terminationStatus)"
    }

    /// What fonts and number formats depend on, and nothing of what an MPI launcher sets for its ranks.
    private static var environment: [String: String] {
        let wanted = [
            "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE",
        ]
        return ProcessInfo.processInfo.environment.filter { wanted.contains($0.key) }
    }
}
