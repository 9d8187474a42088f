/// A message between two in-process ranks.
struct InProcessMessage {
    let source: Int
    let tag: Int
    let kind: ScalarKind
    let bytes: [UInt8]
}

/// One rank's incoming messages and outstanding receives. They are matched in the order in which they came, as MPI
/// does it (MPI-3.1 §3.5). Used with the run's monitor held.
struct InProcessMailbox {
    private var arrived: [InProcessMessage] = []
    private var posted: [InProcessReceive] = []

    mutating func deliver(_ message: InProcessMessage) {
        if let index = posted.firstIndex(where: { $0.accepts(message) }) {
            posted.remove(at: index).complete(with: message)
        } else {
            arrived.append(message)
        }
    }

    mutating func post(_ receive: InProcessReceive) {
        if let index = arrived.firstIndex(where: receive.accepts) {
            receive.complete(with: arrived.remove(at: index))
        } else {
            posted.append(receive)
        }
    }

    mutating func withdraw(_ receive: InProcessReceive) {
        posted.removeAll { $0 === receive }
    }
}

/// A receive that has been posted. Holds the buffer's address until it is complete or withdrawn.
final class InProcessReceive: InProcessPendingOperation {
    let lateFailure: LateFailure
    private let group: InProcessGroup
    private let rank: Int
    private let source: Int?
    private let tag: Int?
    private let kind: ScalarKind
    private let stride: Int
    private let buffer: UnsafeMutableRawBufferPointer
    private var outcome: Result<ReceivedMessage, MPIError>?

    init(
        on communicator: InProcessCommunicator, from source: Int?, tag: Int?, kind: ScalarKind, stride: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) {
        lateFailure = communicator.lateFailure
        group = communicator.group
        rank = communicator.rank
        self.source = source
        self.tag = tag
        self.kind = kind
        self.stride = stride
        self.buffer = buffer
    }

    func accepts(_ message: InProcessMessage) -> Bool {
        (source ?? message.source) == message.source && (tag ?? message.tag) == message.tag
    }

    /// With the monitor held.
    func complete(with message: InProcessMessage) {
        outcome = Result { () throws(MPIError) in try copy(message) }
    }

    private func copy(_ message: InProcessMessage) throws(MPIError) -> ReceivedMessage {
        guard message.kind == kind else {
            throw MPIError(
                operation: "MPI_Recv", errorClass: .mismatch,
                text: "rank \(rank) receives \(kind) from rank \(message.source), which sends \(message.kind)")
        }
        guard message.bytes.count <= buffer.count else {
            throw MPIError(
                operation: "MPI_Recv", errorClass: .truncated,
                text: "a message of \(message.bytes.count / stride) elements from rank \(message.source) "
                    + "for a buffer of \(buffer.count / stride)")
        }
        buffer.copyBytes(from: message.bytes)
        return ReceivedMessage(source: message.source, tag: message.tag, count: message.bytes.count / stride)
    }

    var isComplete: Bool { group.run.monitor.withLock { outcome != nil } }

    func wait() throws(MPIError) -> ReceivedMessage? { try finish() }

    func finish() throws(MPIError) -> ReceivedMessage {
        try group.run.monitor.withLock { () throws(MPIError) in
            do throws(MPIError) {
                let senders = source.map { [group.members[$0]] } ?? group.members.filter { $0 != group.members[rank] }
                try group.run.wait(
                    for: "MPI_Recv", until: { outcome != nil }, missing: { senders }, needsAll: false)
            } catch {
                // The buffer is given back to its owner, so no message may be written to it any more.
                group.mailboxes[rank].withdraw(self)
                throw error
            }
            return try outcome!.get()
        }
    }
}
