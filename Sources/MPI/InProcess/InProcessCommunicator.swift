/// A communicator whose ranks are threads of one process: for tests of code that communicates, without a launcher.
///
/// It reduces in rank order, so its results do not depend on timing. Unlike an MPI library it reports ranks that call
/// different collectives, or that wait for a rank that has returned, as an ``MPIError`` of class `.mismatch`.
public final class InProcessCommunicator: Communicator, @unchecked Sendable {
    // Sendable: all shared state is in `group`, guarded by its monitor; the counter below belongs to the rank's thread.

    public let rank: Int
    public var size: Int { group.size }

    public var hostName: String { "this process" }
    public var library: String { "threads" }

    let group: InProcessGroup
    let lateFailure = LateFailure()
    /// How many collectives this rank has called: the same number names the same one on every rank.
    private var collectives = 0

    init(rank: Int, of group: InProcessGroup) {
        self.rank = rank
        self.group = group
    }

    /// Runs `body` on `ranks` threads at once, each with its own rank of one communicator.
    ///
    /// When a rank throws, every rank that waits for another wakes with an error that names it.
    /// - Returns: what each rank returned, in rank order.
    /// - Throws: the error of the rank that failed first.
    @discardableResult
    public static func run<Result: Sendable>(
        ranks: Int, _ body: @escaping @Sendable (InProcessCommunicator) throws -> Result
    ) throws -> [Result] {
        precondition(ranks > 0, "an in-process communicator of \(ranks) ranks")
        let run = InProcessRun(ranks: ranks)
        let group = InProcessGroup(members: Array(0..<ranks), of: run)
        let results = ThreadTeam.run(count: ranks) { rank in
            let outcome = Swift.Result { try body(InProcessCommunicator(rank: rank, of: group)) }
            switch outcome {
            case .success: run.end(rank)
            case .failure(let error): run.fail(rank, error)
            }
            return outcome
        }
        if let failure = run.firstFailure { throw failure }
        return try results.map { try $0.get() }
    }

    public func split(color: Int?, key: Int) throws(MPIError) -> InProcessCommunicator? {
        precondition((color ?? 0) >= 0, "split by the negative color \(color ?? 0)")
        let meeting = try enter(
            CollectiveCall("MPI_Comm_split"), CollectiveContribution(integers: [color ?? -1, key]))
        let choices = try meeting.wait(as: rank).map { (color: $0.integers[0], key: $0.integers[1]) }
        guard let color else { return nil }
        // A stable order: rank decides between equal keys.
        let members = choices.indices.filter { choices[$0].color == color }
            .sorted { (choices[$0].key, $0) < (choices[$1].key, $1) }
        let part = group.part(for: color, of: meeting, members: members)
        return InProcessCommunicator(rank: members.firstIndex(of: rank)!, of: part)
    }

    public func splitShared() throws(MPIError) -> InProcessCommunicator {
        try split(color: 0, key: rank)!
    }

    public func duplicate() throws(MPIError) -> InProcessCommunicator {
        try split(color: 0, key: rank)!
    }

    public func barrier() throws(MPIError) {
        _ = try meet(CollectiveCall("MPI_Barrier"), CollectiveContribution())
    }

    /// Begins this rank's next collective with what it contributes, without waiting.
    func enter(_ call: CollectiveCall, _ contribution: CollectiveContribution) throws(MPIError) -> CollectiveMeeting {
        try lateFailure.rethrow()
        defer { collectives += 1 }
        return try group.enter(collectives, as: rank, call, contribution)
    }

    /// Carries out a collective: everybody's contribution, in rank order.
    func meet(
        _ call: CollectiveCall, _ contribution: CollectiveContribution
    ) throws(MPIError) -> [CollectiveContribution] {
        try enter(call, contribution).wait(as: rank)
    }
}
