import DataParallel
import LearningRate
import MPI
import MPITestSupport
import NeuralNetwork
import Optimizers

/// Updates of one rank from gradients that every rank can work out, beside the same done in plain loops.
final class UpdateRun: CustomStringConvertible {
    let update: ParallelUpdate
    let description: String
    private let layout: ParameterLayout
    private let optimizer: any Optimizer
    private let clipNorm: Double?
    private let world: any Communicator

    /// Collective. Parameters and gradients are in ±1.
    init(
        _ placement: Placement, _ optimizer: any Optimizer, rateShares: [Double]? = nil, clipNorm: Double?,
        shards: Int? = nil,
        reduction: ReductionSettings = ReductionSettings(), _ world: any Communicator
    ) throws {
        layout = try SmallNetwork(classes: 5).network.layout
        update = try ParallelUpdate(
            placement.topology(world), layout: layout, optimizer: optimizer, rateShares: rateShares,
            clipNorm: clipNorm,
            shards: shards.map { try Shards(count: $0, rank: world.rank, ranks: world.size) }, reduction: reduction)
        self.optimizer = optimizer
        self.clipNorm = clipNorm
        self.world = world
        description = "\(placement), rank \(world.rank)/\(world.size), \(optimizer)"
        if update.isFirstOfNode {
            for index in 0..<layout.count { update.arenas.parameters[index] = value(0, index) }
        }
        try update.arenas.synchronize()
    }

    var initialParameters: [Float] { (0..<layout.count).map { value(0, $0) } }
    var parameters: [Float] { Array(update.arenas.parameters) }
    var state: [Float] { update.arenas.state.flatMap(Array.init) }

    /// Writes the gradient from its end on, as a backward pass does.
    func fillGradient(step: Int) throws {
        for index in (0..<layout.count).reversed() {
            update.arenas.gradient[index] = gradient(step, world.rank, index)
            if index % 50 == 0 { try update.gradientIsFinal(from: index) }
        }
    }

    private func gradient(_ step: Int, _ rank: Int, _ index: Int) -> Float {
        value(1 + 16 * step + rank, index)
    }

    /// Collective. Trains, checks the losses, and returns what one rank gives that has the sum of all gradients.
    @discardableResult
    func train(
        steps: Int, rate: Double? = nil, inTurns: Bool = false, _ findings: Findings,
        before: (_ step: Int) throws -> Void = { _ in }
    ) throws -> Reference {
        var reference = Reference(parameters: initialParameters, optimizer)
        for step in 0..<steps {
            let rate = rate ?? 0.1 / Double(step + 1)
            try before(step)
            // One rank after the other: the first is done before the last has begun.
            if inTurns, world.rank > 0 { _ = try world.receive(Int.self, count: 1, from: world.rank - 1) }
            try fillGradient(step: step)
            if inTurns, world.rank < world.size - 1 { try world.send(0, to: world.rank + 1) }
            // Odd, and so large that a sum in floating point would round it and one in 64 bits has no room; about 1 where it
            // matters.
            func loss(_ rank: Int) -> BatchLoss {
                let small = Int64(1 + 2 * rank + step)
                if optimizer.needsLoss { return BatchLoss(fixedPointSum: small << 24) }
                return BatchLoss(digits: [small, .max, 0, 0, .max, 1, 0, 0], nonFiniteCount: 0)
            }
            let outcome = try update(
                loss: loss(world.rank), step: step, rates: .uniform(rate), weight: Double(16 * world.size))
            var expected = BatchLoss()
            for rank in (0..<world.size).reversed() { expected += loss(rank) }
            findings.expectEqual(outcome.loss, expected, "loss of step \(step): \(self)")
            findings.expect(outcome.isUpdated, "step \(step) did not update: \(self)")
            reference.update(
                (0..<layout.count).map { index in
                    Self.treeSum((0..<world.size).map { gradient(step, $0, index) })
                },
                layout, optimizer, step: step, rate: rate, clipNorm: clipNorm,
                loss: expected.mean(over: 16 * world.size))
        }
        return reference
    }

    /// Neighbours are added, then the sums of neighbours.
    private static func treeSum(_ values: [Float]) -> Float {
        var values = values
        while values.count > 1 {
            values = stride(from: 0, to: values.count, by: 2).map {
                values[$0..<min($0 + 2, values.count)].reduce(0, +)
            }
        }
        return values[0]
    }

    /// The largest difference of parameters or state, in relation to the largest value.
    func error(to reference: Reference) -> Float {
        max(relativeError(parameters, reference.parameters), relativeError(state, reference.state.flatMap { $0 }))
    }

    private func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
        let difference = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
        return difference == 0 ? 0 : difference / expected.reduce(0) { max($0, abs($1)) }
    }

    /// Collective. How many ranks have parameters, state or numbers of other bits than rank 0.
    func differingRanks() throws -> Int {
        let own = (parameters + state).map { UInt64($0.bitPattern) } + update.keptNumbers.map(\.bitPattern)
        var first = own
        try world.broadcast(&first, root: 0)
        return try world.allReduce(own == first ? 0 : 1, .sum)
    }
}

/// The update rule, tensor by tensor over whole tensors, with norms added up number by number.
struct Reference {
    private(set) var parameters: [Float]
    private(set) var state: [[Float]]
    private(set) var numbers = StepNumbers.zero
    private(set) var clippedSteps = 0

    init(parameters: [Float], _ optimizer: any Optimizer) {
        self.parameters = parameters
        state = Array(
            repeating: [Float](repeating: 0, count: parameters.count), count: optimizer.stateArenaCount)
    }

    mutating func update(
        _ gradient: [Float], _ layout: ParameterLayout, _ rule: any Optimizer, step: Int, rate: Double,
        clipNorm: Double?, loss: Double
    ) {
        var scale: Float = 1
        if let clipNorm {
            let norm = Self.norm(gradient[...])
            if norm > clipNorm {
                scale = Float(clipNorm / (norm + 1e-6))
                clippedSteps += 1
            }
        }
        var update = UpdateStep(index: step, rate: rate, gradientScale: scale, loss: loss, numbers: numbers)
        var gradient = gradient
        var sums = StepNumbers.zero
        for tensor in layout.tensors where rule.sumCount > 0 {
            withSlice(&gradient, tensor) { sums += rule.sums($0, step: update) }
        }
        rule.advance(&numbers, by: sums, step: update)
        update.numbers = numbers
        // What lies between tensors stays as it is.
        for tensor in layout.tensors {
            withSlice(&gradient, tensor) { rule.prepare($0, step: update) }
            let norms = TensorNorms(
                parameters: Self.norm(parameters[tensor.range]), gradient: Self.norm(gradient[tensor.range]))
            withSlice(&gradient, tensor) { rule.update($0, step: update, norms: rule.needsNorms ? norms : nil) }
        }
    }

    private static func norm(_ values: ArraySlice<Float>) -> Double {
        values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    private mutating func withSlice(
        _ gradient: inout [Float], _ tensor: ParameterLayout.Tensor, _ body: (ArenaSlice) -> Void
    ) {
        let used = state.count
        let copies = state.map { Array($0[tensor.range]) } + Array(repeating: [0], count: 4)
        var (one, two, three, four) = (copies[0], copies[1], copies[2], copies[3])
        let start = tensor.range.lowerBound
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeMutableBufferPointer { gradient in
                one.withUnsafeMutableBufferPointer { first in
                    two.withUnsafeMutableBufferPointer { second in
                        three.withUnsafeMutableBufferPointer { third in
                            four.withUnsafeMutableBufferPointer { fourth in
                                let pointers = [
                                    first.baseAddress, second.baseAddress, third.baseAddress, fourth.baseAddress,
                                ].enumerated().map { $0 < used ? $1 : nil }
                                body(
                                    ArenaSlice(
                                        parameters: parameters.baseAddress! + start,
                                        gradient: gradient.baseAddress! + start,
                                        state: (pointers[0], pointers[1], pointers[2], pointers[3]),
                                        count: tensor.range.count, isDecayed: tensor.isDecayed))
                            }
                        }
                    }
                }
            }
        }
        let after = [one, two, three, four]
        for index in state.indices { state[index].replaceSubrange(tensor.range, with: after[index]) }
    }
}

extension ParallelUpdate {
    /// Chooses the reduction that goes on during the backward pass, or one that does not; keeps what it has where there is none.
    func choose(overlapped: Bool) {
        reduction = reductions.first { ($0 is OverlappedReduction) == overlapped } ?? reduction
    }
}
