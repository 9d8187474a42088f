import Foundation

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

/// A picture in memory, or why there is none.
package enum Picture: Sendable {
    case drawn([UInt8])
    case notInstalled
    case failed(reason: String)

    /// Writes the picture, where there is one.
    package func write(to path: String) -> PlotOutcome {
        switch self {
        case .notInstalled: return .notInstalled
        case .failed(let reason): return .failed(path: path, reason: reason)
        case .drawn(let bytes):
            do {
                try Self.write(bytes, to: path)
            } catch {
                return .failed(path: path, reason: error.problem)
            }
            return .written(path: path)
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try OutputFile.replace(path) { file throws(FileError) in try file.write(bytes.span.bytes) }
    }
}

/// Runs gnuplot, a program that is expected to be installed but not required.
package struct Gnuplot: Sendable {
    /// Far more than any plot here takes; then gnuplot is ended, so that a run is never held up by it.
    var secondsAllowed = 30.0

    /// The directories that are searched for the program, separated by colons.
    var searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""

    package init() {}

    package init(searchPath: String, secondsAllowed: Double = 30) {
        self.searchPath = searchPath
        self.secondsAllowed = secondsAllowed
    }

    /// Makes the picture at `path` (.png or .svg) from a script that draws it, without terminal and output.
    package func draw(_ script: String, to path: String, width: Int, height: Int) -> PlotOutcome {
        picture(script, isVector: (path as NSString).pathExtension == "svg", width: width, height: height)
            .write(to: path)
    }

    /// Draws a picture, SVG or PNG. It comes by gnuplot's standard output: gnuplot may not notice that a disk is full.
    package func picture(_ script: String, isVector: Bool = false, width: Int, height: Int) -> Picture {
        guard let program = program() else { return .notInstalled }
        // Twice the size of the drawing for screens with two pixels a point; white, as a page may be dark.
        let terminal =
            isVector
            ? "svg size \(width),\(height) dynamic background rgb 'white' font 'Helvetica,Arial,sans-serif,13' enhanced"
            : "pngcairo size \(2 * width),\(2 * height) fontscale 2 linewidth 2 pointscale 2 background rgb 'white' "
                + "font 'Sans,10' enhanced"
        let text = "set encoding utf8\nset terminal \(terminal)\n\(script)\n"
        let outcome: ChildProcess.Outcome
        do {
            outcome = try ChildProcess.run(
                program, environment: Self.environment, input: Array(text.utf8), seconds: secondsAllowed)
        } catch {
            return .failed(reason: "\(error)")
        }
        let lines = String(decoding: outcome.errors, as: UTF8.self).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        // Above its message gnuplot repeats the line of the script and points at the place.
        let message = lines.last { !$0.isEmpty && $0 != "^" }
        switch outcome.end {
        case .tookTooLong: return .failed(reason: "gnuplot took longer than \(Int(secondsAllowed)) s")
        case .signal(let number): return .failed(reason: message ?? "gnuplot was ended by signal \(number)")
        case .status(let status) where status != 0:
            return .failed(reason: message ?? "gnuplot ended with status \(status)")
        case .status:
            let isWhole = isVector ? outcome.output.suffix(32).contains(Array("</svg>".utf8)) : outcome.output.count > 8
            guard isWhole else { return .failed(reason: message ?? "gnuplot drew nothing") }
            return .drawn(outcome.output)
        }
    }

    /// Text as gnuplot reads it without substituting anything.
    package static func quote(_ text: String) -> String {
        "'\(text.replacing("'", with: "''").replacing("\n", with: " "))'"
    }

    private func program() -> String? {
        searchPath.split(separator: ":").map { "\($0)/gnuplot" }.first { access($0, X_OK) == 0 }
    }

    /// What fonts and number formats depend on, and nothing of what an MPI launcher sets for its ranks.
    private static var environment: [String: String] {
        let wanted = [
            "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE",
        ]
        return ProcessInfo.processInfo.environment.filter { wanted.contains($0.key) }
    }
}
