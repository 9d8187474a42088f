import Synchronization

/// What this process waits for other ranks in, for a thread that looks on.
enum Waiting {
    /// Odd while a call may wait; counts every beginning and every end.
    static let changes = Atomic<UInt64>(0)
    /// Address of the name of the last call, as an integer; 0 before the first.
    static let call = Atomic<UInt>(0)
}

/// Makes a call of the library in which this rank may wait for others.
@inline(__always)
func waiting<Result>(in call: StaticString, _ body: () -> Result) -> Result {
    // Relaxed: who looks on wants to know what lasts for seconds. Of one thread at a time, as the library allows.
    Waiting.call.store(UInt(bitPattern: call.utf8Start), ordering: .relaxed)
    Waiting.changes.wrappingAdd(1, ordering: .relaxed)
    defer { Waiting.changes.wrappingAdd(1, ordering: .relaxed) }
    return body()
}
