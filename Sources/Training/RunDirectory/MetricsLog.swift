import Foundation

/// The file `metrics.jsonl`, growing by a line a cycle.
public final class MetricsLog {
    private let file: OutputFile

    /// Opens the file, made if there is none; lines are added at its end.
    public init(path: String) throws(FileError) {
        file = try OutputFile(appendingTo: path)
    }

    /// Adds a line, complete in a single write, so that who reads the file meanwhile sees whole lines.
    public func append(_ metrics: CycleMetrics) throws(FileError) {
        try file.write(Self.line(metrics).bytes)
    }

    private static func line(_ metrics: CycleMetrics) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(metrics) else {
            preconditionFailure("metrics without infinities and NaN cannot fail to encode: \(metrics)")
        }
        return line + Data([UInt8(ascii: "\n")])
    }

    /// Leaves of a file, if there is one, the lines up to a step, and returns them.
    static func cut(path: String, afterStep step: Int) throws(FileError) -> [CycleMetrics] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let kept = try read(path: path).filter { $0.step <= step }
        try OutputFile.replace(path) { file throws(FileError) in
            for metrics in kept { try file.write(line(metrics).bytes) }
        }
        return kept
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
