/// How many threads may call MPI (MPI-3.1 §12.4.3), in rising order.
public enum ThreadLevel: Int, Comparable, CaseIterable, Sendable {
    /// The process has one thread.
    case single
    /// Only the thread that initialized MPI calls it.
    case funneled
    /// Any thread, one at a time.
    case serialized
    /// Any thread at any time.
    case multiple

    public static func < (lhs: ThreadLevel, rhs: ThreadLevel) -> Bool { lhs.rawValue < rhs.rawValue }
}
