#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The one thread of this process on which signal handlers run, and the blocking of signals everywhere else.
///
/// Code that computes may not leave room for a handler below its stack pointer: oneDNN's sgemm for x86-64 (`jit_*_gemm_f32`)
/// points it into a buffer of the heap, where a handler's frame overwrites what lies there. So threads that compute have all
/// signals blocked that do not come from their own instructions, and one thread, which does nothing but wait, has none blocked.
/// A signal to the process is delivered there: its handler, whoever has installed it, or what the system does without one, as
/// to stop or to end the process.
///
/// What samples a process by signals to each of its threads (`timer_create` with `SIGEV_THREAD_ID`) does not see threads that
/// compute, and what samples by SIGPROF sees this thread alone. `perf` and debuggers need no signals.
public enum SignalThread {
    /// Signals of a thread's own making, which blocked would end the process without their handlers (signal(7)).
    private static let synchronous = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPIPE]

    /// The mask of the thread that first came here: what the process was started with, in a program that begins with
    /// ``keepSignalsOffThisThread()``.
    private static let inherited = currentMask()

    /// Started when first asked for; runs until the process ends.
    private static let thread = StartedThread.start {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        while true { pause() }
    }

    /// A thread's signals that were blocked before.
    public struct Mask: @unchecked Sendable {
        // Sendable: a set of bits.
        fileprivate let set: sigset_t
    }

    /// Blocks asynchronous signals in the calling thread, and so in threads that it starts from now on, among them those that
    /// OpenMP, MPI and Dispatch start; they go to the signal thread, which is started unless it runs.
    ///
    /// ``MPIRuntime/main(requesting:_:)`` begins with it. A program with a main function of its own calls it there first, before
    /// there are other threads.
    ///
    /// - Returns: for ``restore(_:)``.
    @discardableResult
    public static func keepSignalsOffThisThread() -> Mask {
        _ = inherited
        var blocked = sigset_t()
        sigfillset(&blocked)
        for number in synchronous { sigdelset(&blocked, number) }
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        _ = thread
        return Mask(set: before)
    }

    /// Blocks again in the calling thread what was blocked before ``keepSignalsOffThisThread()``, and nothing else.
    public static func restore(_ mask: Mask) {
        var set = mask.set
        pthread_sigmask(SIG_SETMASK, &set, nil)
    }

    /// Runs what starts a process with the signals blocked that this process was started with: a new process inherits them from
    /// the thread that starts it, and could neither be interrupted nor suspended.
    ///
    /// - Parameter body: does not compute, since handlers may run meanwhile.
    public static func startingProcess<Result>(_ body: () throws -> Result) rethrows -> Result {
        let own = currentMask()
        restore(Mask(set: inherited))
        defer { restore(Mask(set: own)) }
        return try body()
    }

    private static func currentMask() -> sigset_t {
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return mask
    }
}
