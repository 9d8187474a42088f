import CKernels
import MPI
import NeuralNetwork
import Optimizers

/// The second half of a step: the gradients of all ranks become one update of the parameters.
///
/// Within a node each rank sums its slice of all gradients and updates it, in one pass; between nodes the slices are
/// all-reduced by MPI. The order of the sum is fixed: by rank within a node, and as the MPI library does it between nodes,
/// which gives the same bits on all of them.
public final class ParallelUpdate {
    /// Whether this rank is the first of its node: the one that writes what the node has one of.
    public var isFirstOfNode: Bool { topology.node.rank == 0 }

    /// Parameters, gradient and state.
    public let arenas: NodeArenas

    private let topology: NodeTopology
    private let optimizer: any Optimizer
    private let clipNorm: Double?
    /// This rank's slice, cut where weight decay begins or ends.
    private let runs: [(range: Range<Int>, isDecayed: Bool)]
    private let slice: Range<Int>
    private var profile: UpdateProfile?

    /// Collective over all ranks of `topology`.
    ///
    /// - Parameters:
    ///   - layout: of the parameters; the same on all ranks.
    ///   - clipNorm: the largest norm of the gradient of the mean loss; nil for none.
    public init(
        _ topology: NodeTopology, layout: ParameterLayout, optimizer: any Optimizer, clipNorm: Double?
    ) throws(MPIError) {
        self.topology = topology
        self.optimizer = optimizer
        self.clipNorm = clipNorm
        arenas = try NodeArenas(node: topology.node, count: layout.count, stateArenaCount: optimizer.stateArenaCount)
        let slice = topology.slice(of: layout.count)
        self.slice = slice
        runs = layout.decayRuns.compactMap { run in
            let range = run.range.clamped(to: slice)
            return range.isEmpty ? nil : (range, run.isDecayed)
        }
    }

    /// Collective over all ranks. Reduces gradient and loss and, if every loss was finite, and with clipping the
    /// gradient's norm too, updates the parameters.
    ///
    /// - Parameters:
    ///   - loss: of this rank's samples; its gradient is in the arena.
    ///   - rate: the learning rate, the same on all ranks.
    ///   - profile: adds the seconds of each part to its figures.
    /// - Returns: the same on all ranks.
    public func callAsFunction(
        loss: BatchLoss, rate: Double, profile: UpdateProfile? = nil
    ) throws(MPIError) -> StepOutcome {
        self.profile = profile
        arenas.post {
            $0.lossSum = loss.fixedPointSum
            $0.nonFiniteCount = loss.nonFiniteCount
        }
        try measured(\.waiting) { () throws(MPIError) in try arenas.synchronize() }
        let total = try reduceLoss()
        let hasFiniteNorm = total.nonFiniteCount == 0 ? try reduceAndUpdate(rate: Float(rate)) : true
        try measured(\.waiting) { () throws(MPIError) in try arenas.synchronize() }
        return StepOutcome(loss: total, hasFiniteNorm: hasFiniteNorm)
    }

    /// Collective over all ranks. Whether every parameter is a finite number. A ReLU makes 0 of what is not a number, so a
    /// finite loss does not tell.
    public func hasFiniteParameters() throws(MPIError) -> Bool {
        let squares = kernels_sum_of_squares(arenas.parameters.baseAddress! + slice.lowerBound, Int64(slice.count))
        return try topology.world.allReduce(squares.isFinite ? 1 : 0, .min) == 1
    }

    private func reduceLoss() throws(MPIError) -> BatchLoss {
        var total = arenas.collect(BatchLoss()) { sum, mailbox in
            sum += BatchLoss(fixedPointSum: mailbox.lossSum, nonFiniteCount: mailbox.nonFiniteCount)
        }
        guard topology.nodeCount > 1 else { return total }
        // Integers: the sum over the first ranks of the nodes is that over all ranks.
        let contributes = topology.node.rank == 0
        total.fixedPointSum = try topology.world.allReduce(contributes ? total.fixedPointSum : 0, .sum)
        total.nonFiniteCount = try topology.world.allReduce(contributes ? total.nonFiniteCount : 0, .sum)
        return total
    }

    /// - Returns: false if the gradient is to be clipped and its norm is not finite; then nothing is updated.
    private func reduceAndUpdate(rate: Float) throws(MPIError) -> Bool {
        guard topology.nodeCount > 1 || clipNorm != nil else {
            // Sum and update block by block, so that the sum is still in the first-level cache when it is used.
            for run in runs {
                var start = run.range.lowerBound
                while start < run.range.upperBound {
                    let block = start..<min(start + Self.blockFloats, run.range.upperBound)
                    measured(\.reduction) { sumGradients(block) }
                    measured(\.optimizer) {
                        update(block, isDecayed: run.isDecayed, rate: rate, gradientScale: 1)
                    }
                    start = block.upperBound
                }
            }
            return true
        }
        try measured(\.reduction) { () throws(MPIError) in
            sumGradients(slice)
            if topology.nodeCount > 1, let owners = topology.sliceOwners {
                var gradient = UnsafeMutableBufferPointer(rebasing: arenas.gradient[slice]).mutableSpan
                try owners.allReduce(&gradient, .sum)
            }
        }
        var gradientScale: Float = 1
        if let clipNorm {
            let squares = kernels_sum_of_squares(arenas.gradient.baseAddress! + slice.lowerBound, Int64(slice.count))
            arenas.post { $0.squaredNorm = squares }
            try arenas.synchronize()
            let squaredNorm = arenas.collect(0.0) { sum, mailbox in sum += mailbox.squaredNorm }
            // Clipped to 0 times infinity it would make the parameters NaN.
            guard squaredNorm.isFinite else { return false }
            gradientScale = GradientClipping.scale(squaredNorm: squaredNorm, maximumNorm: clipNorm)
        }
        measured(\.optimizer) {
            for run in runs {
                update(run.range, isDecayed: run.isDecayed, rate: rate, gradientScale: gradientScale)
            }
        }
        return true
    }

    @inline(__always)
    private func measured<Failure: Error>(
        _ part: ReferenceWritableKeyPath<UpdateProfile, Double>, _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        guard let profile else { return try body() }
        let start = ContinuousClock.now
        try body()
        profile[keyPath: part] += (ContinuousClock.now - start) / .seconds(1)
    }

    /// Sums the gradients of the node's ranks into this rank's own; nobody else reads that part of it.
    private func sumGradients(_ range: Range<Int>) {
        guard arenas.gradients.count > 1 else { return }
        kernels_sum(
            arenas.gradient.baseAddress, arenas.gradients.baseAddress, Int64(arenas.gradients.count),
            Int64(range.lowerBound), Int64(range.count))
    }

    private func update(_ range: Range<Int>, isDecayed: Bool, rate: Float, gradientScale: Float) {
        func pointer(_ arena: Int) -> UnsafeMutablePointer<Float>? {
            arenas.state.indices.contains(arena) ? arenas.state[arena].baseAddress! + range.lowerBound : nil
        }
        optimizer.update(
            ArenaSlice(
                parameters: arenas.parameters.baseAddress! + range.lowerBound,
                gradient: arenas.gradient.baseAddress! + range.lowerBound, state: (pointer(0), pointer(1)),
                count: range.count, isDecayed: isDecayed),
            rate: rate, gradientScale: gradientScale)
    }

    /// 16 KiB a stream: gradient sources, parameters and state of a block fit the first-level cache together.
    private static let blockFloats = 4096
}
