import CKernels
import LearningRate
import MPI
import NeuralNetwork
import Optimizers

/// The second half of a step: the gradients of all ranks become one update of the parameters.
///
/// Each rank sums its slice of all gradients, as its reduction does it, and updates the slice; the ranks of a node share the
/// result. The order of the sum is fixed: a binary tree over the ranks of a node, and as the reduction does it between nodes,
/// which gives the same bits on all of them. With a fixed number of shards the tree goes on over the nodes.
public final class ParallelUpdate {
    /// Whether this rank is the first of its node: the one that writes what the node has one of.
    public var isFirstOfNode: Bool { topology.node.rank == 0 }

    /// Ranks that share this one's memory, itself included.
    public var ranksOfNode: Int { topology.node.size }

    /// Parameters, gradient and state.
    public let arenas: NodeArenas

    /// The reductions that can be had here, the same on all ranks; see `ReductionSettings.reductions`.
    package let reductions: [any GradientReduction]
    /// The one of `reductions` in use, at first the first. Set alike on all ranks, between two steps.
    package var reduction: any GradientReduction

    /// Where it is recorded when this rank did what; nil not to.
    public var timeline: Timeline?

    let topology: NodeTopology
    let optimizer: any Optimizer
    let averaging: WeightAveraging?
    /// Numbers of the optimizer that hold for all parameters; the same bits on all ranks.
    var numbers = StepNumbers.zero
    private let clipNorm: Double?
    /// The tensors' pieces in this rank's slice.
    let runs: [Run]
    /// Their ranges.
    private let ranges: [Range<Int>]
    /// The places of each tensor's pieces.
    let places: [[Int]]
    let slice: Range<Int>
    /// What of this rank's slice norms are added up over.
    private let parts: [(number: Int, range: Range<Int>)]

    /// Collective over all ranks of `topology`.
    ///
    /// - Parameters:
    ///   - layout: of the parameters; the same on all ranks.
    ///   - averaging: of the parameters over the updates; it takes a state arena, the last; nil for none.
    ///   - rateShares: by layer with parameters, what it has of each rate; nil for the whole in all.
    ///   - clipNorm: the largest norm of the gradient of the mean loss; nil for none.
    ///   - shards: how the gradients that are summed came about; where their number is fixed, `topology` is in subtrees. Nil
    ///     for one a rank.
    ///   - reduction: how nodes exchange gradients; not compressed where the number of shards is fixed.
    /// - Throws: `AgreedError` where a node has no memory for the arenas; `MPIError`.
    public init(
        _ topology: NodeTopology, layout: ParameterLayout, optimizer: any Optimizer,
        averaging: WeightAveraging? = nil, rateShares: [Double]? = nil, clipNorm: Double?, shards: Shards? = nil,
        reduction: ReductionSettings = ReductionSettings()
    ) throws {
        self.topology = topology
        self.optimizer = optimizer
        self.averaging = averaging
        self.clipNorm = clipNorm
        if let rateShares {
            precondition(
                rateShares.count == layout.layers.count,
                "\(rateShares.count) shares of the rate, \(layout.layers.count) layers have parameters")
        }
        let slice = topology.slice(of: layout.count)
        self.slice = slice
        // Norms are added up over parts that do not depend on the number of ranks, where results must not.
        let fixed = shards.flatMap { $0.isFixed ? $0.count : nil }
        let partCount = fixed ?? topology.sliceCount
        parts = (0..<partCount).map { ($0, NodeTopology.part($0, of: partCount, of: layout.count)) }
            .filter { slice.contains($0.1.lowerBound) }
        let pieces = Self.pieces(of: layout, parts: partCount, rateShares: rateShares)
        runs = pieces.filter { slice.contains($0.range.lowerBound) }
        ranges = runs.map(\.range)
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
        let made = Result { [arenas] in
            try reduction.reductions(over: topology, arenas, slice: slice, isFixed: fixed != nil)
        }
        reductions = try topology.world.agree { try made.get() }
        self.reduction = reductions[0]
    }

    /// This rank's gradients from `floor` on are final, those before it are not yet. To be called in the backward pass, as
    /// often as layers are done, or not at all; what is reduced meanwhile is waited for by the update.
    ///
    /// - Parameter profile: adds the seconds of each part to its figures.
    public func gradientIsFinal(from floor: Int, profile: UpdateProfile? = nil) throws(MPIError) {
        try reduction.gradientIsFinal(from: floor, UpdateMeasurement(profile: profile, timeline: timeline))
    }

    /// Collective over all ranks. Reduces gradient and loss and, if every loss was finite, and with clipping the
    /// gradient's norm too, updates the parameters.
    ///
    /// - Parameters:
    ///   - loss: of this rank's samples; its gradient is in the arena.
    ///   - step: updates done before, without those that were left out; the same on all ranks.
    ///   - rates: the learning rates, the same on all ranks.
    ///   - weight: what the loss of the global batch is divided by for its mean: its samples, or the sum of their weights.
    ///   - requests: what this rank asks all ranks to do after the step.
    ///   - profile: adds the seconds of each part to its figures.
    /// - Returns: the same on all ranks.
    public func callAsFunction(
        loss: BatchLoss, step: Int, rates: LayerRates, weight: Double = 1, requests: StepRequests = [],
        profile: UpdateProfile? = nil
    ) throws(MPIError) -> StepOutcome {
        let measurement = UpdateMeasurement(profile: profile, timeline: timeline)
        arenas.post {
            $0.lossDigits = loss.digits
            $0.nonFiniteCount = loss.nonFiniteCount
            $0.requests = requests
        }
        try wait(profile)
        let (total, requests) = try reduceMailboxes()
        var hasFiniteNorm = true
        if total.nonFiniteCount == 0 {
            let mean = optimizer.needsLoss ? total.mean(over: weight) : 0
            hasFiniteNorm = try reduceAndUpdate(step: step, loss: mean, rates: rates, measurement)
            // What the rounding has left over is of a gradient that no later step is to have a part of.
            if !hasFiniteNorm { reduction.takeUp(nil) }
        } else {
            try reduction.skip(measurement)
        }
        try wait(profile)
        return StepOutcome(loss: total, weight: weight, hasFiniteNorm: hasFiniteNorm, requests: requests)
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
        let asked: [StepRequests] = [.checkpoint, .interruption, .failedRead]
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
        step: Int, loss: Double, rates: LayerRates, _ measurement: UpdateMeasurement
    ) throws(MPIError) -> Bool {
        let profile = measurement.profile
        guard clipNorm != nil || optimizer.needsNorms || optimizer.sumCount > 0 else {
            advanceNumbers(
                by: .zero, UpdateStep(index: step, rate: rates.highest, loss: loss, numbers: numbers))
            try reduction.reduce(ranges, measurement) { part, range in
                let run = runs[part]
                measured(profile, \.optimizer) {
                    update(
                        range, of: run,
                        UpdateStep(index: step, rate: run.rate(of: rates), loss: loss, numbers: numbers), norms: nil)
                }
            }
            return true
        }
        try reduction.reduce(measurement)
        return try finishUpdate(step: step, loss: loss, rates: rates, profile: profile)
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
            measured(profile, \.optimizer) {
                for run in runs where !run.isFrozen { postNorms(of: run, updateStep(run.rate(of: rates))) }
            }
            try measured(profile, \.waiting) { () throws(MPIError) in try arenas.synchronize() }
        }
        if optimizer.sumCount > 0 {
            measured(profile, \.optimizer) {
                for run in runs where !run.isFrozen {
                    arenas.pieceSums[run.place] = optimizer.sums(
                        arenaSlice(run.range, of: run), step: updateStep(run.rate(of: rates)))
                }
            }
            try measured(profile, \.waiting) { () throws(MPIError) in try arenas.synchronize() }
        }
        // Over the pieces of all ranks, in their order: which rank has one does not matter.
        advanceNumbers(by: arenas.pieceSums.reduce(.zero, +), updateStep(rates.highest))
        measured(profile, \.optimizer) {
            for run in runs {
                update(
                    run.range, of: run, updateStep(run.rate(of: rates)),
                    norms: optimizer.needsNorms ? norms(of: run) : nil)
            }
        }
        return true
    }

    private func advanceNumbers(by sums: StepNumbers, _ step: UpdateStep) {
        if optimizer.numberCount > 0 { optimizer.advance(&numbers, by: sums, step: step) }
    }

    private func update(_ range: Range<Int>, of run: Run, _ step: UpdateStep, norms: TensorNorms?) {
        let slice = arenaSlice(range, of: run)
        if !run.isFrozen { optimizer.update(slice, step: step, norms: norms) }
        if let averaging, let average = arenas.state.last {
            kernels_average(
                average.baseAddress! + range.lowerBound, slice.parameters, Int64(range.count),
                Float(averaging.weight(ofUpdate: step.index + 1)))
        }
    }
}
