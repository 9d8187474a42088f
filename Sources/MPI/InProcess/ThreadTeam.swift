import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A fixed number of threads that run one function to its end. Ranks block on each other, so each needs a thread of its
/// own; a task of a cooperative pool must not block.
enum ThreadTeam {
    /// Runs `body(0) ... body(count - 1)` at once and returns their results in order.
    static func run<Result: Sendable>(count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
        let results = Mutex([Result?](repeating: nil, count: count))
        let threads = (0..<count).map { index in
            start {
                let result = body(index)
                results.withLock { $0[index] = result }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return results.withLock { $0.map { $0! } }
    }

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    private static func start(_ body: @escaping () -> Void) -> pthread_t {
        let argument = Unmanaged.passRetained(Work(body)).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, argument)
        precondition(status == 0, "pthread_create failed with status \(status)")
        return thread
    }
}
