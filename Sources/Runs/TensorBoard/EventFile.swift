import Foundation

/// A file of events that TensorBoard shows while it grows: TFRecords of ``TensorBoardEvent``.
final class EventFile {
    let path: String
    private let file: GrowingFile

    /// - Parameters:
    ///   - directory: of the run; each part of a run has a file of its own.
    ///   - host: on which it is written.
    init(in directory: String, host: String, time: Double = Date().timeIntervalSince1970) {
        let process = ProcessInfo.processInfo.processIdentifier
        path = "\(directory)/events.out.tfevents.\(Int(time)).\(host).\(process)"
        file = GrowingFile(path)
        add(.version, step: 0, time: time)
    }

    /// Adds an event to those that wait.
    ///
    /// - Returns: whether it is time to write them.
    @discardableResult
    func add(_ content: TensorBoardEvent.Content, step: Int, time: Double = Date().timeIntervalSince1970) -> Bool {
        file.append(TensorBoardEvent(time: time, step: step, content: content).record)
    }

    /// Writes the events that wait.
    func flush() throws(FileError) {
        try file.flush()
    }
}
