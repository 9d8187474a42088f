import Foundation

/// The file `metrics.jsonl`, growing by a line a cycle.
public final class MetricsLog {
    private let file: OutputFile
    private let encoder = JSONEncoder()

    /// Opens the file, made if there is none; lines are added at its end.
    public init(path: String) throws(FileError) {
        file = try OutputFile(appendingTo: path)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    /// Adds a line, complete in a single write, so that who reads the file meanwhile sees whole lines.
    public func append(_ metrics: CycleMetrics) throws(FileError) {
        do {
            let line = try encoder.encode(metrics) + Data([UInt8(ascii: "\n")])
            try file.write(line.bytes)
        } catch let error as FileError {
            throw error
        } catch {
            preconditionFailure("metrics without infinities and NaN cannot fail to encode: \(error)")
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
