import Logging

/// What a run could not write so far. Each file is told once when it fails, and once when it has been written after all.
final class UnwrittenFiles {
    private var failures: [(path: String, error: FileError)] = []
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Tries to write a file.
    ///
    /// - Returns: whether it could be written.
    @discardableResult
    func attempt(_ path: String, _ write: () throws(FileError) -> Void) -> Bool {
        let place = failures.firstIndex { $0.path == path }
        do {
            try write()
        } catch {
            if let place {
                failures[place].error = error
            } else {
                failures.append((path, error))
                logger.warning("\(error); the run goes on, and tries again at the end of each cycle")
            }
            return false
        }
        if let place {
            failures.remove(at: place)
            logger.notice("\(path): written after all")
        }
        return true
    }

    /// Throws what is still not written.
    func check() throws(UnwrittenFilesError) {
        guard let first = failures.first else { return }
        throw UnwrittenFilesError(first: first.error, others: failures.dropFirst().map(\.path))
    }
}

/// The end of a run some of whose files could not be written.
struct UnwrittenFilesError: Error, CustomStringConvertible {
    let first: FileError
    let others: [String]

    var description: String {
        "\(first)" + (others.isEmpty ? "" : "; nor could be written: \(others.joined(separator: ", "))")
    }
}
