#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock with a condition to wait for (Hoare, 1974): the standard library has the one but not the other.
final class Monitor: @unchecked Sendable {
    // Sendable: both are made to be used by many threads; they are allocated because they must not move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// With the lock held: releases it until some thread calls ``wakeAll()``. May return for no reason.
    func wait() {
        pthread_cond_wait(condition, mutex)
    }

    /// With the lock held: wakes all threads in ``wait()``.
    func wakeAll() {
        pthread_cond_broadcast(condition)
    }
}
