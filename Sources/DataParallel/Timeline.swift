import MPI
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// When a rank did what, for a picture of all ranks.
public final class Timeline: Sendable {
    /// What an event belongs to: a row of a rank in the picture.
    public enum Track: Int, CaseIterable, Sendable {
        case training
        /// The thread that writes checkpoints.
        case checkpoints
        /// Gradients on their way between nodes, several at a time.
        case buckets
    }

    /// One thing done, in nanoseconds of this rank's monotonic clock.
    public struct Event: Sendable, Equatable {
        public let name: StaticString
        public let track: Track
        public let start: UInt64
        public let duration: UInt64

        public static func == (left: Event, right: Event) -> Bool {
            left.name.description == right.name.description && left.track == right.track && left.start == right.start
                && left.duration == right.duration
        }
    }

    /// The most events of a rank that are kept; those that come later are left out.
    public static let mostEvents = 200_000

    private let state = Mutex(State())

    private struct State {
        var events: [Event] = []
        var leftOut = 0
    }

    public init() {
        state.withLock { $0.events.reserveCapacity(Self.mostEvents) }
    }

    public var events: [Event] { state.withLock { $0.events } }
    /// Events that there was no room for.
    public var leftOut: Int { state.withLock { $0.leftOut } }

    /// Now, in nanoseconds of a clock that never goes back; the processes of a machine share it.
    public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    public func record(_ name: StaticString, _ track: Track = .training, since start: UInt64) {
        let event = Event(name: name, track: track, start: start, duration: Self.now() - start)
        state.withLock { state in
            if state.events.count < Self.mostEvents { state.events.append(event) } else { state.leftOut += 1 }
        }
    }
}

/// Does something, and records when where there is a timeline.
@inline(__always)
public func traced<Result, Failure: Error>(
    _ timeline: Timeline?, _ name: StaticString, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    guard let timeline else { return try body() }
    let start = Timeline.now()
    let result = try body()
    timeline.record(name, since: start)
    return result
}

extension Communicator {
    /// Collective. Nanoseconds that rank 0's clock is ahead of this rank's, by the quickest of some exchanges of messages
    /// (Cristian, Distributed Computing 3:146, 1989); the same for all ranks of a machine up to that exchange.
    public func clockOffset() throws(MPIError) -> Int64 {
        var offset: Int64 = 0
        for other in 1..<max(size, 1) {
            guard rank == 0 || rank == other else { continue }
            var shortest = UInt64.max
            for _ in 0..<10 {
                if rank == 0 {
                    _ = try receive(UInt64.self, count: 1, from: other)
                    try send(Timeline.now(), to: other)
                } else {
                    let start = Timeline.now()
                    try send(start, to: 0)
                    let theirs = try receive(UInt64.self, count: 1, from: 0)[0]
                    let end = Timeline.now()
                    guard end - start < shortest else { continue }
                    shortest = end - start
                    offset = Int64(theirs) - Int64(start + shortest / 2)
                }
            }
        }
        return offset
    }
}
