/// A group of ranks that exchange messages, numbered 0 ..< `size`.
///
/// Two implementations obey the same laws: ``MPICommunicator`` (processes, by an MPI library) and
/// ``InProcessCommunicator`` (threads of one process, for tests).
///
/// A method marked *collective* must be called by every rank of the communicator, in the same order on every rank.
/// Elements are counted in elements, never bytes, and a count may exceed 2³¹−1.
/// Buffers of one call must not overlap. Ranks, tags and counts outside their range are programmer's mistakes and trap;
/// what the library or another rank reports is thrown as ``MPIError``.
public protocol Communicator: AnyObject, Sendable {
    /// This rank's number in the communicator, 0 ..< `size`.
    var rank: Int { get }

    /// The number of ranks.
    var size: Int { get }

    /// The name of the machine this rank runs on.
    var hostName: String { get }

    /// Name and version of what carries the messages, on one line.
    var library: String { get }

    // MARK: Communicators from this one

    /// Collective. One communicator per distinct `color`; ranks in it are ordered by `key`, then by their present rank.
    ///
    /// - Parameter color: not negative; nil for a rank that takes part in no group.
    /// - Returns: the group's communicator, nil exactly if `color` is nil.
    func split(color: Int?, key: Int) throws(MPIError) -> Self?

    /// Collective. One communicator per set of ranks that can share memory (MPI-3.1 §6.4.2, `MPI_COMM_TYPE_SHARED`).
    func splitShared() throws(MPIError) -> Self

    /// Collective. The same ranks with a message space of their own.
    func duplicate() throws(MPIError) -> Self

    // MARK: Collective operations

    /// Collective. Returns on no rank before every rank has called it.
    func barrier() throws(MPIError)

    /// Collective. Copies `root`'s buffer into every other rank's; the same count on all ranks.
    func broadcast<Scalar: MPIScalar>(_ values: inout MutableSpan<Scalar>, root: Int) throws(MPIError)

    /// Collective. Combines `input` of all ranks element by element into `root`'s `output`.
    ///
    /// - Parameter output: as long as `input` on the root; may be empty elsewhere and is not written there.
    func reduce<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>, root: Int
    ) throws(MPIError)

    /// Collective, in place. Every rank's values are replaced by the combination over all ranks.
    func allReduce<Scalar: MPIScalar>(
        _ values: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError)

    /// Collective. Combines `input` of all ranks element by element into every rank's `output`, equally long.
    func allReduce<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError)

    /// Collective. Combines `input` element by element, then gives rank r the r-th run of `counts[r]` elements.
    ///
    /// - Parameters:
    ///   - input: `counts` summed elements.
    ///   - output: `counts[rank]` elements.
    ///   - counts: one per rank, the same on all ranks.
    func reduceScatter<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, counts: [Int],
        _ operator: ReductionOperator<Scalar>
    ) throws(MPIError)

    /// Collective. Rank r's `input` lands in block r of every rank's `output`.
    ///
    /// - Parameter layout: the blocks of `output`, the same on all ranks; `input` has `layout.counts[rank]` elements.
    func allGather<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout
    ) throws(MPIError)

    /// Collective. Rank r's `input` lands in block r of `root`'s `output`; elsewhere `output` may be empty.
    ///
    /// - Parameter layout: the blocks of the root's `output`, the same on all ranks.
    func gather<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout, root: Int
    ) throws(MPIError)

    /// Collective. Block r of `root`'s `input` lands in rank r's `output`; elsewhere `input` may be empty.
    ///
    /// - Parameter layout: the blocks of the root's `input`, the same on all ranks.
    func scatter<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout, root: Int
    ) throws(MPIError)

    /// Collective. Block d of rank s's `input` lands in block s of rank d's `output`; all blocks equally long.
    ///
    /// - Parameters:
    ///   - input: `size` blocks of the same count, which is the same on all ranks.
    ///   - output: as long as `input`.
    func allToAll<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>
    ) throws(MPIError)

    /// Collective. Block d of rank s's `input` lands in block s of rank d's `output`.
    ///
    /// - Parameters:
    ///   - inputLayout: of this rank's `input`; `counts[d]` equals `outputLayout.counts[rank]` of rank d.
    ///   - outputLayout: of this rank's `output`.
    func allToAll<Scalar: MPIScalar>(
        _ input: Span<Scalar>, layout inputLayout: BlockLayout,
        into output: inout MutableSpan<Scalar>, layout outputLayout: BlockLayout
    ) throws(MPIError)

    // MARK: Messages between two ranks

    /// Sends one message; returns when `values` may be reused, which may be before it is received.
    ///
    /// - Parameter tag: 0 ... ``MessageTag/upperBound``.
    func send<Scalar: MPIScalar>(_ values: Span<Scalar>, to destination: Int, tag: Int) throws(MPIError)

    /// Receives one message of at most `buffer.count` elements; a longer one is an error of class `.truncated`.
    ///
    /// - Parameters:
    ///   - source: nil accepts a message from any rank.
    ///   - tag: nil accepts any tag.
    @discardableResult
    func receive<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> ReceivedMessage

    // MARK: Operations in the background

    /// Collective. Starts ``allReduce(_:_:)-(MutableSpan<Scalar>,_)`` in place and returns before it is done.
    ///
    /// The request borrows `values`: nobody can touch them before it is waited for.
    @_lifetime(&values)
    func startAllReduce<Scalar: MPIScalar>(
        _ values: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> Request

    /// Collective. The same for memory that the caller keeps alive and leaves alone until the reduction has been waited for.
    func startAllReduce<Scalar: MPIScalar>(
        ofKept values: UnsafeMutableBufferPointer<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> PendingReduction

    /// Starts sending one message. The request borrows `values`: they cannot change before it is waited for.
    @_lifetime(copy values)
    func startSend<Scalar: MPIScalar>(_ values: Span<Scalar>, to destination: Int, tag: Int) throws(MPIError) -> Request

    /// Starts receiving one message of at most `buffer.count` elements; nil accepts any source, any tag.
    @_lifetime(&buffer)
    func startReceive<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> Request

    // MARK: Shared memory

    /// Collective, over ranks that share memory (see ``splitShared()``): every rank contributes a segment of `count`
    /// zero elements that all ranks read and write directly.
    ///
    /// - Parameters:
    ///   - count: elements in this rank's segment; may differ from rank to rank.
    ///   - alignment: of each segment's first element, in bytes: a power of two up to 4096, the same on all ranks.
    func allocateShared<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type, count: Int, alignment: Int
    ) throws(MPIError) -> SharedWindow<Element>
}

/// The range of message tags that every MPI library offers (MPI-3.1 §8.1.2, `MPI_TAG_UB`).
public enum MessageTag {
    public static let upperBound = 32_767
}

/// What is known of a message after it was received.
public struct ReceivedMessage: Hashable, Sendable {
    /// The rank that sent it.
    public let source: Int
    public let tag: Int
    /// Elements received.
    public let count: Int

    package init(source: Int, tag: Int, count: Int) {
        self.source = source
        self.tag = tag
        self.count = count
    }
}
