import Foundation

/// The file `steps.csv`: a header and a row a step with step, epoch, rate and loss.
public final class StepsLog {
    private let file: OutputFile
    private var rows = ""
    /// Rows are written when they have grown to this many bytes, so that a step seldom waits for the file system.
    private static let largestBuffer = 16 << 10

    private static let header = "step,epoch,rate,loss\n"

    /// Opens the file, made with its header if there is none; rows are added at its end.
    public init(path: String) throws(FileError) {
        let isNew = !FileManager.default.fileExists(atPath: path)
        file = try OutputFile(appendingTo: path)
        if isNew { try file.write(Self.header) }
    }

    /// Leaves of a file, if there is one, the rows up to a step.
    static func cut(path: String, afterStep step: Int) throws(FileError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let text = String(decoding: try contents(ofFile: path), as: UTF8.self)
        // A last row without an end is that of a process that was killed.
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().dropFirst()
        let kept = rows.filter { row in
            row.split(separator: ",").first.flatMap { Int($0) }.map { $0 <= step } ?? false
        }
        try OutputFile.replace(path) { file throws(FileError) in
            try file.write(header + kept.map { $0 + "\n" }.joined())
        }
    }

    /// - Parameters:
    ///   - step: from 1.
    ///   - epoch: passes over the training set after this step.
    ///   - loss: of the global batch, in nats.
    public func append(step: Int, epoch: Double, rate: Double, loss: Double) throws(FileError) {
        rows += "\(step),\(epoch),\(rate),\(loss)\n"
        if rows.utf8.count >= Self.largestBuffer { try flush() }
    }

    /// Writes the rows that are still held back; to be called at the end of a cycle and of the run.
    public func flush() throws(FileError) {
        try file.write(rows)
        rows.removeAll(keepingCapacity: true)
    }
}
