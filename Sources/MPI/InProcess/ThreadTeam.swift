import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A fixed number of threads that run one function to its end. Ranks block on each other, so each needs a thread of its own.
enum ThreadTeam {
    /// Runs `body(0) ... body(count - 1)` at once and returns their results in order.
    static func run<Result: Sendable>(count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
        let results = Mutex([Result?](repeating: nil, count: count))
        let threads = (0..<count).map { index in
            StartedThread.start {
                let result = body(index)
                results.withLock { $0[index] = result }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return results.withLock { $0.map { $0! } }
    }
}
