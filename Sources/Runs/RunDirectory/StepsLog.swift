import Foundation

/// The file `steps.csv`: a header and a row a step with step, epoch, rate and loss.
public final class StepsLog {
    private let file: GrowingFile

    /// Rows are added at the end of the file, made with its header if there is none.
    public init(path: String) {
        file = GrowingFile(path, header: "step,epoch,rate,loss\n")
    }

    /// Leaves of the file, if there is one, the rows up to a step.
    func cut(afterStep step: Int) throws(FileError) {
        try file.cut { row in
            Int(String(decoding: row.prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self)).map { $0 <= step } ?? false
        }
    }

    /// - Parameters:
    ///   - step: from 1.
    ///   - epoch: passes over the training set after this step.
    ///   - loss: of the global batch, in nats.
    /// - Throws: where the rows cannot be written now; they are tried again when there are more of them.
    public func append(step: Int, epoch: Double, rate: Double, loss: Double) throws(FileError) {
        if add(step: step, epoch: epoch, rate: rate, loss: loss) { try flush() }
    }

    /// Adds a row to those that wait.
    ///
    /// - Returns: whether it is time to write them.
    func add(step: Int, epoch: Double, rate: Double, loss: Double) -> Bool {
        file.append("\(step),\(epoch),\(rate),\(loss)\n")
    }

    /// Writes the rows that are still held back; to be called at the end of a cycle and of the run.
    public func flush() throws(FileError) {
        try file.flush()
    }
}
