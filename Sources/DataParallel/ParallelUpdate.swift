import CKernels
import LearningRate
import MPI
import NeuralNetwork
import Optimizers

/// The second half of a step: the gradients of all ranks become one update of the parameters.
///
/// Within a node each rank sums its slice of all gradients and updates it, in one pass; between nodes the slices are
/// all-reduced by MPI. The order of the sum is fixed: a binary tree over the ranks of a node, and as the MPI library does it
/// between nodes, which gives the same bits on all of them. With a fixed number of shards the tree goes on over the nodes.
public final class ParallelUpdate {
    /// Whether this rank is the first of its node: the one that writes what the node has one of.
    public var isFirstOfNode: Bool { topology.node.rank == 0 }

    /// Ranks that share this one's memory, itself included.
    public var ranksOfNode: Int { topology.node.size }

    /// Parameters, gradient and state.
    public let arenas: NodeArenas

    /// Whether nodes begin to exchange gradients while the backward pass goes on. Set alike on all ranks, between two steps;
    /// of no effect where there is one node, the order of sums is fixed, or gradients are compressed.
    public var overlaps: Bool {
        get { isOverlapped && overlapped != nil }
        set { isOverlapped = newValue }
    }
    private var isOverlapped = false
    /// Whether there is anything to overlap.
    public var canOverlap: Bool { topology.nodeCount > 1 && !hasOwnReduction }
    /// One for as long as the arenas live: it counts the steps by which ranks know which gradients are of this one.
    private let overlapped: OverlappedReduction?
    /// When the last call in the backward pass ended; of steps that are profiled.
    private var lastAdvance: ContinuousClock.Instant?
    /// Whether nodes exchange gradients by `TreeReduction`.
    private let hasOwnReduction: Bool

    /// Where it is recorded when this rank did what; nil not to.
    public var timeline: Timeline? {
        didSet { overlapped?.timeline = timeline }
    }

    let topology: NodeTopology
    let optimizer: any Optimizer
    let averaging: WeightAveraging?
    /// What the optimizer keeps that holds for all parameters; the same bits on all ranks.
    var numbers = StepNumbers.zero
    private let clipNorm: Double?
    /// The tensors' pieces in this rank's slice.
    let runs: [Run]
    /// The places of each tensor's pieces.
    private let places: [[Int]]
    let slice: Range<Int>
    /// What of this rank's slice norms are added up over.
    private let parts: [(number: Int, range: Range<Int>)]
    /// Sums slices over the nodes in a fixed order; nil to leave it to the MPI library.
    let tree: TreeReduction?
    /// Whether gradients are rounded on their way to other nodes, so that something is left over; the same on all ranks.
    let keepsLeftOvers: Bool

    struct Run {
        let range: Range<Int>
        /// Among the pieces of all slices.
        let place: Int
        /// Place in the layout.
        let tensor: Int
        let layer: Int
        let isDecayed: Bool
    }

    /// Collective over all ranks of `topology`.
    ///
    /// - Parameters:
    ///   - layout: of the parameters; the same on all ranks.
    ///   - averaging: of the parameters over the updates; it takes a state arena, the last; nil for none.
    ///   - clipNorm: the largest norm of the gradient of the mean loss; nil for none.
    ///   - shards: how the gradients that are summed came about; where their number is fixed, `topology` is in subtrees. Nil
    ///     for one a rank.
    ///   - reduction: how nodes exchange gradients; not compressed where the number of shards is fixed.
    /// - Throws: `AgreedError` where a node has no memory for the arenas; `MPIError`.
    public init(
        _ topology: NodeTopology, layout: ParameterLayout, optimizer: any Optimizer,
        averaging: WeightAveraging? = nil, clipNorm: Double?, shards: Shards? = nil,
        reduction: ReductionSettings = ReductionSettings()
    ) throws {
        self.topology = topology
        self.optimizer = optimizer
        self.averaging = averaging
        self.clipNorm = clipNorm
        let slice = topology.slice(of: layout.count)
        self.slice = slice
        // Norms are added up over parts that do not depend on the number of ranks, where results must not.
        let fixed = shards.flatMap { $0.isFixed ? $0.count : nil }
        let partCount = fixed ?? topology.sliceCount
        parts = (0..<partCount).map { ($0, NodeTopology.part($0, of: partCount, of: layout.count)) }
            .filter { slice.contains($0.1.lowerBound) }
        let pieces = Self.pieces(of: layout, parts: partCount)
        runs = pieces.filter { slice.contains($0.range.lowerBound) }
        places = layout.tensors.indices.map { tensor in pieces.filter { $0.tensor == tensor }.map(\.place) }
        // A machine without memory for them ends the ranks of the others with its own.
        let allocation = Result {
            try NodeArenas(
                node: topology.node, count: layout.count,
                stateArenaCount: optimizer.stateArenaCount + (averaging == nil ? 0 : 1),
                partCount: clipNorm == nil ? 0 : partCount, pieceCount: optimizer.needsNorms ? pieces.count : 0,
                sumCount: optimizer.sumCount > 0 ? pieces.count : 0)
        }
        arenas = try topology.world.agree { try allocation.get() }
        precondition(fixed == nil || !reduction.compresses, "compressed gradients of a fixed number of shards")
        hasOwnReduction = fixed != nil || reduction.compresses
        keepsLeftOvers = reduction.compresses && topology.nodeCount > 1
        tree =
            !hasOwnReduction || topology.nodeCount == 1
            ? nil
            : topology.sliceOwners.map {
                TreeReduction(over: $0, count: slice.count, compresses: reduction.compresses)
            }
        overlapped =
            hasOwnReduction || topology.nodeCount == 1
            ? nil
            : OverlappedReduction(
                over: topology.sliceOwners, arenas, slice: slice,
                bucketFloats: max(16, reduction.bucketBytes / 64 * 16))
    }

    /// All tensors cut at the ends of equal parts of the arenas.
    private static func pieces(of layout: ParameterLayout, parts: Int) -> [Run] {
        var runs: [Run] = []
        var first = 0
        for part in 0..<parts {
            let bounds = NodeTopology.part(part, of: parts, of: layout.count)
            while first < layout.tensors.count, layout.tensors[first].range.upperBound <= bounds.lowerBound {
                first += 1
            }
            for index in first..<layout.tensors.count {
                let tensor = layout.tensors[index]
                if tensor.range.lowerBound >= bounds.upperBound { break }
                let range = tensor.range.clamped(to: bounds)
                if range.isEmpty { continue }
                runs.append(
                    Run(
                        range: range, place: runs.count, tensor: index, layer: tensor.layer,
                        isDecayed: tensor.isDecayed))
            }
        }
        return runs
    }

    /// This rank's gradients from `floor` on are final, those before it are not yet. To be called in the backward pass, as
    /// often as layers are done; what is reduced meanwhile is waited for by the update.
    ///
    /// - Parameter profile: adds the seconds of each part to its figures.
    public func gradientIsFinal(from floor: Int, profile: UpdateProfile? = nil) throws(MPIError) {
        guard isOverlapped, let overlapped else { return }
        countHidden(overlapped, profile)
        try traced(timeline, "overlapped reduction") { () throws(MPIError) in
            try measured(profile, \.inBackwardPass) { () throws(MPIError) in try overlapped.advance(to: floor) }
        }
        if profile != nil { lastAdvance = .now }
    }

    /// Counts the time since the last call in the backward pass, if gradients were on the way in it.
    private func countHidden(_ overlapped: OverlappedReduction, _ profile: UpdateProfile?) {
        guard let profile, let last = lastAdvance, overlapped.isUnderWay else { return }
        profile.hidden += (ContinuousClock.now - last) / .seconds(1)
        lastAdvance = nil
    }

    /// Collective over all ranks. Reduces gradient and loss and, if every loss was finite, and with clipping the
    /// gradient's norm too, updates the parameters.
    ///
    /// - Parameters:
    ///   - loss: of this rank's samples; its gradient is in the arena.
    ///   - step: updates done before, without those that were left out; the same on all ranks.
    ///   - rates: the learning rates, the same on all ranks.
    ///   - samples: of the global batch, for an optimizer that needs its mean loss.
    ///   - requests: what this rank asks all ranks to do after the step.
    ///   - profile: adds the seconds of each part to its figures.
    /// - Returns: the same on all ranks.
    public func callAsFunction(
        loss: BatchLoss, step: Int, rates: LayerRates, samples: Int = 1, requests: StepRequests = [],
        profile: UpdateProfile? = nil
    ) throws(MPIError) -> StepOutcome {
        if isOverlapped, let overlapped { countHidden(overlapped, profile) }
        lastAdvance = nil
        arenas.post {
            $0.lossDigits = loss.digits
            $0.nonFiniteCount = loss.nonFiniteCount
            $0.requests = requests
        }
        try wait(profile)
        let (total, requests) = try reduceMailboxes()
        var hasFiniteNorm = true
        if total.nonFiniteCount == 0 {
            let mean = optimizer.needsLoss ? total.mean(over: samples) : 0
            hasFiniteNorm = try reduceAndUpdate(step: step, loss: mean, rates: rates, profile: profile)
            // What the rounding has left over is of a gradient that no later step is to have a part of.
            if !hasFiniteNorm { forgetLeftOvers() }
        } else if isOverlapped, let overlapped {
            // What some ranks have begun to exchange all bring to its end: the next step's gradients take its place.
            try overlapped.finish()
        }
        try wait(profile)
        return StepOutcome(loss: total, hasFiniteNorm: hasFiniteNorm, requests: requests)
    }

    /// Collective over all ranks. Whether every parameter is a finite number. oneDNN's ReLU makes 0 of what is not a number,
    /// so a finite loss does not tell.
    public func hasFiniteParameters() throws(MPIError) -> Bool {
        let squares = kernels_sum_of_squares(ownParameters, Int64(slice.count))
        return try topology.world.allReduce(squares.isFinite ? 1 : 0, .min) == 1
    }

    /// Tells the node's copy of the parameters from others that differ in any bit.
    public var parameterHash: UInt64 {
        kernels_hash(arenas.parameters.baseAddress!, Int64(arenas.count))
    }

    private func reduceMailboxes() throws(MPIError) -> (BatchLoss, StepRequests) {
        let (loss, requests) = arenas.collect((BatchLoss(), StepRequests())) { sum, mailbox in
            sum.0 += BatchLoss(digits: mailbox.lossDigits, nonFiniteCount: mailbox.nonFiniteCount)
            sum.1.formUnion(mailbox.requests)
        }
        guard topology.nodeCount > 1 else { return (loss, requests) }
        // Integers: the sum over the first ranks of the nodes is that over all ranks.
        let asked: [StepRequests] = [.checkpoint, .interruption]
        var sums = loss.terms + asked.map { requests.contains($0) ? 1 : 0 }
        if topology.node.rank != 0 { sums = sums.map { _ in 0 } }
        try topology.world.allReduce(&sums, .sum)
        let all = zip(asked, sums.dropFirst(BatchLoss.termCount)).filter { $0.1 > 0 }.map(\.0)
        return (BatchLoss(terms: sums.prefix(BatchLoss.termCount)), StepRequests(all))
    }

    /// For the other ranks of the node to come as far.
    private func wait(_ profile: UpdateProfile?) throws(MPIError) {
        try traced(timeline, "wait") { () throws(MPIError) in
            try measured(profile, \.waiting) { () throws(MPIError) in try arenas.synchronize() }
        }
    }

    /// - Returns: false if the gradient is to be clipped and its norm is not finite; then nothing is updated.
    private func reduceAndUpdate(
        step: Int, loss: Double, rates: LayerRates, profile: UpdateProfile?
    ) throws(MPIError) -> Bool {
        guard topology.nodeCount > 1 || clipNorm != nil || optimizer.needsNorms || optimizer.sumCount > 0 else {
            // Sum and update block by block, so that the sum is still in the first-level cache when it is used.
            let begin = Timeline.now()
            defer { timeline?.record("reduction and update", since: begin) }
            advanceNumbers(
                by: .zero, UpdateStep(index: step, rate: rates.highest, loss: loss, numbers: numbers))
            for run in runs {
                var start = run.range.lowerBound
                while start < run.range.upperBound {
                    let block = start..<min(start + Self.blockFloats, run.range.upperBound)
                    measured(profile, \.reduction) { arenas.sumGradients(block) }
                    measured(profile, \.optimizer) {
                        update(
                            block, of: run,
                            UpdateStep(index: step, rate: rates[run.layer], loss: loss, numbers: numbers), norms: nil)
                    }
                    start = block.upperBound
                }
            }
            return true
        }
        try traced(timeline, "reduction") { () throws(MPIError) in try reduce(profile) }
        return try finishUpdate(step: step, loss: loss, rates: rates, profile: profile)
    }

    /// Leaves the sum of all gradients in this rank's slice of its own.
    private func reduce(_ profile: UpdateProfile?) throws(MPIError) {
        try measured(profile, \.reduction) { () throws(MPIError) in
            if isOverlapped, let overlapped { return try overlapped.finish() }
            arenas.sumGradients(slice)
            if topology.nodeCount > 1, let owners = topology.sliceOwners {
                let gradient = UnsafeMutableBufferPointer(rebasing: arenas.gradient[slice])
                if let tree {
                    try tree.sum(gradient)
                } else {
                    var gradient = gradient.mutableSpan
                    try owners.allReduce(&gradient, .sum)
                }
            }
        }
    }

    /// Updates this rank's slice by the sum of all gradients, after the norms and the sums that it takes.
    ///
    /// - Returns: false if the gradient's norm is looked at and not finite; then nothing is updated.
    private func finishUpdate(
        step: Int, loss: Double, rates: LayerRates, profile: UpdateProfile?
    ) throws(MPIError) -> Bool {
        let begin = Timeline.now()
        defer { timeline?.record("update", since: begin) }
        var gradientScale: Float = 1
        if let clipNorm {
            for part in parts {
                arenas.gradientSquares[part.number] = kernels_sum_of_squares(
                    arenas.gradient.baseAddress! + part.range.lowerBound, Int64(part.range.count))
            }
            try arenas.synchronize()
            let squaredNorm = arenas.gradientSquares.reduce(0, +)
            // Clipped to 0 times infinity it would make the parameters NaN.
            guard squaredNorm.isFinite else { return false }
            gradientScale = GradientClipping.scale(squaredNorm: squaredNorm, maximumNorm: clipNorm)
        }
        func updateStep(_ rate: Double) -> UpdateStep {
            UpdateStep(index: step, rate: rate, gradientScale: gradientScale, loss: loss, numbers: numbers)
        }
        if optimizer.needsNorms {
            measured(profile, \.optimizer) { for run in runs { postNorms(of: run, updateStep(rates[run.layer])) } }
            try measured(profile, \.waiting) { () throws(MPIError) in try arenas.synchronize() }
        }
        if optimizer.sumCount > 0 {
            measured(profile, \.optimizer) {
                for run in runs {
                    arenas.pieceSums[run.place] = optimizer.sums(
                        arenaSlice(run.range, of: run), step: updateStep(rates[run.layer]))
                }
            }
            try measured(profile, \.waiting) { () throws(MPIError) in try arenas.synchronize() }
        }
        // Over the pieces of all ranks, in their order: which rank has one does not matter.
        advanceNumbers(by: arenas.pieceSums.reduce(.zero, +), updateStep(rates.highest))
        measured(profile, \.optimizer) {
            for run in runs {
                update(
                    run.range, of: run, updateStep(rates[run.layer]),
                    norms: optimizer.needsNorms ? norms(of: run) : nil)
            }
        }
        return true
    }

    private func advanceNumbers(by sums: StepNumbers, _ step: UpdateStep) {
        if optimizer.numberCount > 0 { optimizer.advance(&numbers, by: sums, step: step) }
    }

    /// Prepares this rank's piece of a tensor and tells the node what its norms get from it. The nodes have the same pieces
    /// and the same numbers in them.
    private func postNorms(of run: Run, _ step: UpdateStep) {
        let slice = arenaSlice(run.range, of: run)
        optimizer.prepare(slice, step: step)
        arenas.tensorSquares[run.place] = NodeArenas.SquaredNorms(
            parameters: kernels_sum_of_squares(slice.parameters, Int64(slice.count)),
            gradient: kernels_sum_of_squares(slice.gradient, Int64(slice.count)))
    }

    private func norms(of run: Run) -> TensorNorms {
        let pieces = places[run.tensor].lazy.map { self.arenas.tensorSquares[$0] }
        return TensorNorms(
            parameters: pieces.reduce(0) { $0 + $1.parameters }.squareRoot(),
            gradient: pieces.reduce(0) { $0 + $1.gradient }.squareRoot())
    }

    @inline(__always)
    private func measured<Failure: Error>(
        _ profile: UpdateProfile?, _ part: ReferenceWritableKeyPath<UpdateProfile, Double>,
        _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        guard let profile else { return try body() }
        let start = ContinuousClock.now
        try body()
        profile[keyPath: part] += (ContinuousClock.now - start) / .seconds(1)
    }

    private func update(_ range: Range<Int>, of run: Run, _ step: UpdateStep, norms: TensorNorms?) {
        let slice = arenaSlice(range, of: run)
        optimizer.update(slice, step: step, norms: norms)
        if let averaging, let average = arenas.state.last {
            kernels_average(
                average.baseAddress! + range.lowerBound, slice.parameters, Int64(range.count),
                Float(averaging.weight(ofUpdate: step.index + 1)))
        }
    }

    func arenaSlice(_ range: Range<Int>, of run: Run) -> ArenaSlice {
        func pointer(_ arena: Int) -> UnsafeMutablePointer<Float>? {
            arenas.state.indices.contains(arena) ? arenas.state[arena].baseAddress! + range.lowerBound : nil
        }
        return ArenaSlice(
            parameters: arenas.parameters.baseAddress! + range.lowerBound,
            gradient: arenas.gradient.baseAddress! + range.lowerBound,
            state: (pointer(0), pointer(1), pointer(2), pointer(3)),
            count: range.count, isDecayed: run.isDecayed)
    }

    /// 16 KiB a stream: gradient sources, parameters and state of a block fit the first-level cache together.
    private static let blockFloats = 4096
}
