import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ends a job that waits for a rank that will not come: a process that was stopped, a machine that hangs or that the network
/// has lost.
///
/// On every rank a thread looks whether the rank has been waiting in one call of MPI for too long, and at what the other
/// ranks of its machine do: each leaves a sign of life in memory that they share. The lowest rank that waits then tells
/// which rank is missing and in which call all wait for it, and ends its process, upon which the launcher ends the job.
///
/// - A rank of the same machine that is alive and at work is waited for on, with a warning.
/// - What ranks of other machines do is not seen. When all ranks of a machine have waited for one and a quarter times the
///   limit they end the job, be the others lost or at work: the limit must be longer than a rank may work between two calls.
/// - Time in which this process did not run does not count: a job that is suspended and goes on waits anew.
public final class StallWatch {
    private let timer: any DispatchSourceTimer

    /// Collective over all ranks of the job. Watches until `end()`.
    ///
    /// - Parameters:
    ///   - limit: seconds that a rank may wait; above 0.
    ///   - advice: what to do, for the end of the message.
    /// - Throws: `AgreedError` where a machine has no shared memory left; `MPIError`.
    public init(_ world: MPICommunicator, limit: Double, advice: String) throws {
        precondition(limit > 0, "a stall watch of \(limit) seconds")
        let node = try world.splitShared()
        let signs = Result { try node.allocateShared(SignOfLife.self, count: 1) }
        let watcher = Watcher(
            rank: world.rank, size: world.size, nodeRank: node.rank, ranks: try node.allGather(world.rank),
            hosts: try world.allGather(Array(world.hostName.utf8)).map { String(decoding: $0, as: UTF8.self) },
            signs: try world.agree { try signs.get() }, limit: limit, advice: advice)
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "stall watch", qos: .userInteractive))
        let interval = watcher.interval
        timer.setEventHandler { watcher.look() }
        timer.schedule(deadline: .now(), repeating: interval, leeway: .milliseconds(10))
        timer.resume()
    }

    /// Stops watching.
    public func end() {
        timer.cancel()
    }

    deinit {
        timer.cancel()
    }
}

/// What a rank's thread leaves for those of the other ranks of its machine, in nanoseconds of their common clock.
private struct SignOfLife: BitwiseCopyable, Sendable {
    /// When the thread last ran.
    var seen: UInt64
    /// Since when the rank has been waiting in one call; 0 if it is not.
    var waitingSince: UInt64
}

/// The thread of one rank.
private final class Watcher: @unchecked Sendable {
    // Sendable: used by the timer's queue alone, which runs one look at a time.
    let interval: Double
    private let rank: Int
    private let size: Int
    private let nodeRank: Int
    /// The ranks of this machine, in the job.
    private let ranks: [Int]
    /// By rank of the job.
    private let hosts: [String]
    private let signs: SharedWindow<SignOfLife>
    private let limit: UInt64
    private let advice: String
    private var lastLook: UInt64 = 0
    private var lastChange: UInt64 = 0
    private var waitingSince: UInt64 = 0
    private var warned: UInt64 = 0

    private static let second: UInt64 = 1_000_000_000

    init(
        rank: Int, size: Int, nodeRank: Int, ranks: [Int], hosts: [String], signs: SharedWindow<SignOfLife>,
        limit: Double, advice: String
    ) {
        self.rank = rank
        self.size = size
        self.nodeRank = nodeRank
        self.ranks = ranks
        self.hosts = hosts
        self.signs = signs
        self.limit = UInt64(limit * Double(Self.second))
        self.advice = advice
        interval = min(1, limit / 10)
    }

    func look() {
        let now = nanoseconds()
        let change = Waiting.changes.load(ordering: .relaxed)
        // Suspended with the whole job, the first rank that goes on would take the others for lost.
        let wasSuspended = lastLook != 0 && now - lastLook > limit / 4
        if change & 1 == 0 || change != lastChange || wasSuspended { waitingSince = change & 1 == 1 ? now : 0 }
        (lastChange, lastLook) = (change, now)
        store(SignOfLife(seen: now, waitingSince: waitingSince), at: nodeRank)
        guard waitingSince != 0, now - waitingSince > limit else { return }

        let others = ranks.indices.map { load($0) }
        func isLost(_ sign: SignOfLife) -> Bool { now > sign.seen && now - sign.seen > limit / 2 }
        let lost = ranks.indices.filter { isLost(others[$0]) }
        let busy = ranks.indices.filter { !isLost(others[$0]) && others[$0].waitingSince == 0 }
        let speaker = ranks.indices.first { others[$0].waitingSince != 0 && !isLost(others[$0]) }
        func seconds(since start: UInt64) -> UInt64 { (now - start) / Self.second }
        let call = Waiting.call.load(ordering: .relaxed)
        let name = call == 0 ? "MPI" : String(cString: UnsafePointer<CChar>(bitPattern: call)!)
        if let first = lost.first {
            let who = lost.count == 1 ? "rank \(ranks[first])" : "ranks \(list(lost.map { ranks[$0] }))"
            end(
                "\(who) on \(hosts[rank]) \(lost.count == 1 ? "does" : "do") not run, stopped or starved of memory; the "
                    + "other ranks have waited for \(seconds(since: waitingSince)) s in \(name)",
                speaks: speaker == nodeRank, since: waitingSince)
        }
        if let first = busy.first {
            guard speaker == nodeRank, now - warned > limit else { return }
            warned = now
            write(
                "warning: waiting for \(seconds(since: waitingSince)) s in \(name) for rank \(ranks[first]), which is at work"
            )
            return
        }
        // All of this machine wait, since the last of them came: with it the wait of the others may be at its end. Another machine
        // where a rank is missing says so first.
        let last = max(waitingSince, others.map(\.waitingSince).max()!)
        guard now > last, now - last > limit + limit / 4 else { return }
        let away = (0..<size).filter { !ranks.contains($0) }
        let names = Set(away.map { hosts[$0] }).sorted()
        end(
            away.isEmpty
                ? "all ranks have waited for each other for \(seconds(since: last)) s in \(name)"
                : "no answer from \(names.joined(separator: ", ")) (\(away.count == 1 ? "rank" : "ranks") \(list(away))): the "
                    + "ranks on \(hosts[rank]) have waited for \(seconds(since: last)) s in \(name), for a machine that is lost or for "
                    + "work that takes longer", speaks: speaker == nodeRank, since: last)
    }

    private func list(_ ranks: [Int]) -> String {
        let shown = ranks.prefix(8).map(String.init).joined(separator: ", ")
        return ranks.count > 8 ? "\(shown) and \(ranks.count - 8) more" : shown
    }

    /// Ends this process; the launcher then ends the others.
    ///
    /// - Parameter start: of the wait that is told of.
    private func end(_ message: String, speaks: Bool, since start: UInt64) {
        if speaks {
            write("\(message); \(advice)")
            _exit(ExitStatus.failure.rawValue)
        }
        // The rank that speaks has ended by now.
        if nanoseconds() - start > limit * 3 / 2 + Self.second { _exit(ExitStatus.failure.rawValue) }
    }

    private func write(_ message: String) {
        MPIRuntime.report("[rank \(rank)/\(size) on \(hosts[rank])] \(message)")
    }

    // Each number by itself: a reader may see the new one of two, which differ by one look.

    private func store(_ sign: SignOfLife, at rank: Int) {
        numbers(of: rank) {
            $0.store(sign.seen, ordering: .relaxed)
        } _: {
            $0.store(sign.waitingSince, ordering: .relaxed)
        }
    }

    private func load(_ rank: Int) -> SignOfLife {
        var sign = SignOfLife(seen: 0, waitingSince: 0)
        numbers(of: rank) {
            sign.seen = $0.load(ordering: .relaxed)
        } _: {
            sign.waitingSince = $0.load(ordering: .relaxed)
        }
        return sign
    }

    private func numbers(
        of rank: Int, _ seen: (borrowing Atomic<UInt64>) -> Void, _ waitingSince: (borrowing Atomic<UInt64>) -> Void
    ) {
        let start = UnsafeMutableRawPointer(signs.segment(of: rank).baseAddress!)
        seen(start.assumingMemoryBound(to: Atomic<UInt64>.self).pointee)
        waitingSince((start + 8).assumingMemoryBound(to: Atomic<UInt64>.self).pointee)
    }

    private func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * Self.second + UInt64(time.tv_nsec)
    }
}
