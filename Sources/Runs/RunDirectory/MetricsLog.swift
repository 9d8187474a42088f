import Foundation
import Training

/// The file `metrics.jsonl`, growing by a line a cycle.
public final class MetricsLog {
    private let file: GrowingFile

    /// Lines are added at the end of the file, made with the first of them if there is none.
    public init(path: String) {
        file = GrowingFile(path)
    }

    /// Adds a line, complete in a single write, so that who reads the file meanwhile sees whole lines.
    ///
    /// - Throws: where it cannot be written now; the next call writes it first.
    public func append(_ metrics: CycleMetrics) throws(FileError) {
        add(metrics)
        try flush()
    }

    /// Adds a line to those that wait.
    func add(_ metrics: CycleMetrics) { file.append(Self.line(metrics)) }

    /// Writes the lines that could not be written before.
    func flush() throws(FileError) { try file.flush() }

    private static func line(_ metrics: CycleMetrics) -> String { JSONText.line(of: metrics) + "\n" }

    /// Leaves of the file, if there is one, the lines up to a step.
    ///
    /// - Throws: also where a line is not as ``append(_:)`` writes it.
    func cut(afterStep step: Int) throws(FileError) {
        if FileManager.default.fileExists(atPath: file.path) { _ = try Self.read(path: file.path) }
        let decoder = JSONDecoder()
        try file.cut { line in
            (try? decoder.decode(CycleMetrics.self, from: Data(line))).map { $0.step <= step } ?? false
        }
    }

    /// The lines of a file. A last line that a killed process left incomplete is left out.
    ///
    /// - Throws: when the file cannot be read, or a line is not as ``append(_:)`` writes it; names the line.
    public static func read(path: String) throws(FileError) -> [CycleMetrics] {
        let bytes = try contents(ofFile: path)
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let decoder = JSONDecoder()
        var result: [CycleMetrics] = []
        for (index, line) in bytes[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            do {
                result.append(try decoder.decode(CycleMetrics.self, from: Data(line)))
            } catch {
                throw FileError(
                    path: "\(path):\(index + 1)", problem: "expected the metrics of a cycle, found another line")
            }
        }
        return result
    }
}
