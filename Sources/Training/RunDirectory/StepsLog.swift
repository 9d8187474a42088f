/// The file `steps.csv`: a header and a row a step with step, epoch, rate and loss.
public final class StepsLog {
    private let file: OutputFile
    private var rows = ""
    /// Rows are written when they have grown to this many bytes, so that a step seldom waits for the file system.
    private static let largestBuffer = 16 << 10

    public init(path: String) throws(FileError) {
        file = try OutputFile(creating: path)
        try file.write("step,epoch,rate,loss\n")
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
