extension InProcessCommunicator {
    public func send<Scalar: MPIScalar>(_ values: Span<Scalar>, to destination: Int, tag: Int) throws(MPIError) {
        preconditionRank(destination, "destination of send")
        preconditionTag(tag)
        try lateFailure.rethrow()
        let message = InProcessMessage(
            source: rank, tag: tag, kind: Scalar.scalarKind, bytes: values.withUnsafeBytes { Array($0) })
        group.run.monitor.withLock {
            group.mailboxes[destination].deliver(message)
            group.run.monitor.wakeAll()
        }
    }

    @discardableResult
    public func receive<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> ReceivedMessage {
        try post(into: &buffer, from: source, tag: tag).finish()
    }

    @_lifetime(copy values)
    public func startSend<Scalar: MPIScalar>(
        _ values: Span<Scalar>, to destination: Int, tag: Int
    ) throws(MPIError) -> Request {
        // A message is copied when it is sent, so there is nothing left to wait for.
        try send(values, to: destination, tag: tag)
        return _overrideLifetime(Request(.finished(nil)), copying: values)
    }

    @_lifetime(&buffer)
    public func startReceive<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> Request {
        let pending = try post(into: &buffer, from: source, tag: tag)
        return _overrideLifetime(Request(.inProcess(pending)), mutating: &buffer)
    }

    private func post<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> InProcessReceive {
        if let source { preconditionRank(source, "source of receive") }
        if let tag { preconditionTag(tag) }
        try lateFailure.rethrow()
        let bytes = UnsafeMutableRawBufferPointer(start: buffer.address, count: buffer.count * Scalar.stride)
        let receive = InProcessReceive(
            on: self, from: source, tag: tag, kind: Scalar.scalarKind, stride: Scalar.stride, into: bytes)
        group.run.monitor.withLock { group.mailboxes[rank].post(receive) }
        return receive
    }

    @_lifetime(&values)
    public func startAllReduce<Scalar: MPIScalar>(
        _ values: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> Request {
        let buffer = UnsafeMutableBufferPointer(
            start: values.address.assumingMemoryBound(to: Scalar.self), count: values.count)
        return _overrideLifetime(Request(.inProcess(try startReduction(buffer, `operator`))), mutating: &values)
    }

    public func startAllReduce<Scalar: MPIScalar>(
        ofKept values: UnsafeMutableBufferPointer<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> PendingReduction {
        PendingReduction(try startReduction(values, `operator`))
    }

    private func startReduction<Scalar: MPIScalar>(
        _ values: UnsafeMutableBufferPointer<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> InProcessReduction<Scalar> {
        let meeting = try enter(
            CollectiveCall("MPI_Iallreduce", "\(Scalar.scalarKind), count: \(values.count), \(`operator`.kind)"),
            CollectiveContribution(copying: UnsafeBufferPointer(values).span))
        return InProcessReduction(meeting, rank: rank, lateFailure, `operator`, values)
    }
}

/// An operation of an in-process communicator behind a ``Request``.
protocol InProcessPendingOperation: AnyObject {
    var lateFailure: LateFailure { get }
    var isComplete: Bool { get throws(MPIError) }
    func wait() throws(MPIError) -> ReceivedMessage?
}

/// A reduction to which this rank has contributed; the result is written when it is waited for.
private final class InProcessReduction<Scalar: MPIScalar>: InProcessPendingOperation {
    let lateFailure: LateFailure
    private let meeting: CollectiveMeeting
    private let rank: Int
    private let `operator`: ReductionOperator<Scalar>
    private let values: UnsafeMutableBufferPointer<Scalar>

    init(
        _ meeting: CollectiveMeeting, rank: Int, _ lateFailure: LateFailure, _ operator: ReductionOperator<Scalar>,
        _ values: UnsafeMutableBufferPointer<Scalar>
    ) {
        self.meeting = meeting
        self.rank = rank
        self.lateFailure = lateFailure
        self.operator = `operator`
        self.values = values
    }

    var isComplete: Bool { meeting.isCompleteNow() }

    func wait() throws(MPIError) -> ReceivedMessage? {
        _ = values.update(from: `operator`.combining(try meeting.wait(as: rank)))
        return nil
    }
}
