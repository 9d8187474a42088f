import DataParallel
import MPI
import MPITestSupport
import NeuralNetwork
import Optimizers

/// Updates of one rank from gradients that every rank can work out, beside the same done in plain loops.
final class UpdateRun: CustomStringConvertible {
    let update: ParallelUpdate
    let description: String
    private let layout: ParameterLayout
    private let optimizer: SGD
    private let clipNorm: Double?
    private let world: any Communicator

    /// Collective. Parameters and gradients are in ±1.
    init(_ placement: Placement, _ optimizer: SGD, clipNorm: Double?, _ world: any Communicator) throws {
        layout = try SmallNetwork(classes: 5).network.layout
        update = try ParallelUpdate(placement.topology(world), layout: layout, optimizer: optimizer, clipNorm: clipNorm)
        self.optimizer = optimizer
        self.clipNorm = clipNorm
        self.world = world
        description = "\(placement), rank \(world.rank)/\(world.size), \(optimizer)"
        if update.isFirstOfNode {
            for index in 0..<layout.count { update.arenas.parameters[index] = value(0, index) }
        }
        try update.arenas.synchronize()
    }

    var parameters: [Float] { Array(update.arenas.parameters) }
    var state: [Float] { update.arenas.state.flatMap(Array.init) }

    func fillGradient(step: Int) {
        for index in 0..<layout.count { update.arenas.gradient[index] = gradient(step, world.rank, index) }
    }

    private func gradient(_ step: Int, _ rank: Int, _ index: Int) -> Float {
        value(1 + 16 * step + rank, index)
    }

    /// Collective. Trains, checks the losses, and returns what plain loops give.
    @discardableResult
    func train(steps: Int, _ findings: Findings) throws -> Reference {
        var reference = Reference(parameters: (0..<layout.count).map { value(0, $0) }, stateCount: state.count)
        for step in 0..<steps {
            let rate = 0.1 / Double(step + 1)
            fillGradient(step: step)
            // Large and odd: a sum in floating point would round it.
            func loss(_ rank: Int) -> Int64 { (1 << 54) + Int64(1 + 2 * rank + step) }
            let outcome = try update(loss: BatchLoss(fixedPointSum: loss(world.rank)), rate: rate)
            let expected = BatchLoss(fixedPointSum: (0..<world.size).reduce(0) { $0 + loss($1) })
            findings.expectEqual(outcome.loss, expected, "loss of step \(step): \(self)")
            findings.expect(outcome.isUpdated, "step \(step) did not update: \(self)")
            reference.update(
                (0..<layout.count).map { index in
                    (1..<world.size).reduce(gradient(step, 0, index)) { $0 + gradient(step, $1, index) }
                },
                layout, optimizer, rate: Float(rate), clipNorm: clipNorm)
        }
        return reference
    }

    /// The largest difference of parameters or velocity, in relation to the largest value.
    func error(to reference: Reference) -> Float {
        max(relativeError(parameters, reference.parameters), relativeError(state, reference.velocity))
    }

    private func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
        let difference = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
        return difference == 0 ? 0 : difference / expected.reduce(0) { max($0, abs($1)) }
    }

    /// Collective. How many ranks have parameters or state of other bits than rank 0.
    func differingRanks() throws -> Int {
        let own = (parameters + state).map(\.bitPattern)
        var first = own
        try world.broadcast(&first, root: 0)
        return try world.allReduce(own == first ? 0 : 1, .sum)
    }
}

/// Stochastic gradient descent, one number after the other.
struct Reference {
    private(set) var parameters: [Float]
    /// Empty without momentum.
    private(set) var velocity: [Float]
    private(set) var clippedSteps = 0

    init(parameters: [Float], stateCount: Int) {
        self.parameters = parameters
        velocity = Array(repeating: 0, count: stateCount)
    }

    mutating func update(_ gradient: [Float], _ layout: ParameterLayout, _ rule: SGD, rate: Float, clipNorm: Double?) {
        var scale: Float = 1
        if let clipNorm {
            let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            if norm > clipNorm {
                scale = Float(clipNorm / (norm + 1e-6))
                clippedSteps += 1
            }
        }
        for tensor in layout.tensors.indices {
            // Padding up to the next tensor is updated like it.
            let next = tensor + 1
            let end = next < layout.tensors.count ? layout.tensors[next].range.lowerBound : layout.count
            let decay = layout.tensors[tensor].isDecayed ? rule.weightDecay : 0
            for index in layout.tensors[tensor].range.lowerBound..<end {
                var step = scale * gradient[index] + decay * parameters[index]
                if !velocity.isEmpty {
                    velocity[index] = rule.momentum * velocity[index] + step
                    step = rule.nesterov ? step + rule.momentum * velocity[index] : velocity[index]
                }
                parameters[index] -= rate * step
            }
        }
    }
}
