/// The shared state of one in-process communicator: its collectives under way and its undelivered messages.
final class InProcessGroup: @unchecked Sendable {
    // Sendable: the variables below are touched only while the run's monitor is held.
    let run: InProcessRun
    /// Each rank's number in the run.
    let members: [Int]
    var mailboxes: [InProcessMailbox]
    private var meetings: [Int: CollectiveMeeting] = [:]

    init(members: [Int], of run: InProcessRun) {
        self.members = members
        self.run = run
        mailboxes = Array(repeating: InProcessMailbox(), count: members.count)
    }

    var size: Int { members.count }

    /// Adds a rank's contribution to the collective of that number.
    func enter(
        _ number: Int, as rank: Int, _ call: CollectiveCall, _ contribution: CollectiveContribution
    ) throws(MPIError) -> CollectiveMeeting {
        try run.monitor.withLock { () throws(MPIError) in
            let meeting = meetings[number] ?? CollectiveMeeting(call, firstRank: rank, in: self)
            guard meeting.call == call else {
                throw MPIError(
                    operation: call.operation, errorClass: .mismatch,
                    text: "rank \(rank) calls \(call) while rank \(meeting.firstRank) calls \(meeting.call)")
            }
            meetings[number] = meeting
            meeting.contributions[rank] = contribution
            if meeting.isComplete {
                // Ranks that have yet to wait hold the meeting themselves.
                meetings[number] = nil
                run.monitor.wakeAll()
            }
            return meeting
        }
    }

    /// The group for one color of a split: made by the first rank that asks, found by the others.
    func part(for color: Int, of meeting: CollectiveMeeting, members: [Int]) -> InProcessGroup {
        run.monitor.withLock {
            if let part = meeting.parts[color] { return part }
            let part = InProcessGroup(members: members.map { self.members[$0] }, of: run)
            meeting.parts[color] = part
            return part
        }
    }
}

/// A collective as one rank called it: what must be equal on all ranks.
struct CollectiveCall: Equatable, CustomStringConvertible {
    let operation: String
    let arguments: String

    init(_ operation: String, _ arguments: String = "") {
        self.operation = operation
        self.arguments = arguments
    }

    var description: String { "\(operation)(\(arguments))" }
}

/// What one rank brings to a collective.
struct CollectiveContribution {
    var integers: [Int] = []
    /// The bytes of its elements.
    var bytes: [UInt8] = []
    var address: UnsafeMutableRawPointer?
}

/// One collective under way: it is over when every rank has contributed.
final class CollectiveMeeting {
    let call: CollectiveCall
    let firstRank: Int
    var contributions: [CollectiveContribution?]
    var parts: [Int: InProcessGroup] = [:]
    private let members: [Int]
    private let run: InProcessRun

    init(_ call: CollectiveCall, firstRank: Int, in group: InProcessGroup) {
        self.call = call
        self.firstRank = firstRank
        contributions = Array(repeating: nil, count: group.size)
        members = group.members
        run = group.run
    }

    /// With the monitor held.
    var isComplete: Bool { contributions.allSatisfy { $0 != nil } }

    /// Everybody's contribution, in rank order, once all have contributed.
    func wait(as rank: Int) throws(MPIError) -> [CollectiveContribution] {
        try run.monitor.withLock { () throws(MPIError) in
            try run.wait(
                for: call.operation, until: { isComplete },
                missing: { contributions.indices.filter { contributions[$0] == nil }.map { members[$0] } },
                needsAll: true)
            return contributions.map { $0! }
        }
    }

    func isCompleteNow() -> Bool { run.monitor.withLock { isComplete } }
}
