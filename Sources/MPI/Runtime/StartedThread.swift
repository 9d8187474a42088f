#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A thread of its own for a function that blocks, which a task of a cooperative pool must not.
enum StartedThread {
    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Starts the thread, which ends with `body`; stops the process where the system gives none.
    static func start(_ body: @escaping () -> Void) -> pthread_t {
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
