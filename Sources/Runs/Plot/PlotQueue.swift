import Dispatch
import Synchronization

/// Draws plots of a run on a thread of its own, so that no rank waits for gnuplot while training.
final class PlotQueue: Sendable {
    private let queue = DispatchQueue(label: "plots")
    private let done = Mutex<[(path: String, name: String, picture: Picture)]>([])

    /// Has a plot drawn; returns at once.
    ///
    /// - Parameters:
    ///   - path: where it is to be written.
    ///   - name: what the user is told it shows.
    func draw(_ name: String, for path: String, _ picture: @escaping @Sendable () -> Picture) {
        queue.async {
            let picture = picture()
            self.done.withLock { $0.append((path, name, picture)) }
        }
    }

    /// Writes those that have been drawn since the last call.
    ///
    /// - Parameter tell: takes a line for the user.
    func write(with files: RunFiles, tell: (String) -> Void) {
        let drawn = done.withLock { done in
            defer { done.removeAll() }
            return done
        }
        for (path, name, picture) in drawn {
            guard case .drawn(let bytes) = picture else {
                tell(name + picture.write(to: path).message)
                continue
            }
            if files.put(path, { () throws(FileError) in try Picture.write(bytes, to: path) }) {
                tell(name + PlotOutcome.written(path: path).message)
            }
        }
    }

    /// Returns when all have been drawn.
    func finish() {
        queue.sync {}
    }
}
