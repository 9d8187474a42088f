import DataParallel
import MPI
import MPITestSupport
import NeuralNetwork
import Optimizers
import XCTest

/// Rates that fall with depth: each layer is updated as all are by its share of the rate.
final class LayerDecayTests: XCTestCase {
    private static let optimizers: [(rule: any Optimizer, decay: Double)] = [
        (SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01), 0.8), (Adam(weightDecay: 0.01), 0.8),
        (AdamW(weightDecay: 0.1), 0.8), (RMSprop(momentum: 0.9, centered: true), 0.8), (AdaGrad(), 0.8),
        (LAMB(weightDecay: 0.01), 0.8), (LARS(trust: 0.1, weightDecay: 0.01), 0.8),
        // Shares of the average are by squares of the rate: equal bits where those of the factor are exact.
        (ScheduleFreeSGD(weightDecay: 0.01), 0.5), (ScheduleFreeAdamW(power: 1), 0.5),
    ]

    func testEachLayerIsUpdatedAsByItsShareOfTheRate() throws {
        try assertLaw { world, findings in
            let network = try SmallNetwork(classes: 5).network
            let layout = network.layout
            for placement in [Placement.oneNode, .alternating] {
                for (rule, decay) in Self.optimizers {
                    for clipNorm in [nil, 0.25] {
                        let shares = network.rateShares(layerDecay: decay)
                        findings.expectEqual(shares, [decay * decay, decay, 1])
                        let run = try UpdateRun(placement, rule, rateShares: shares, clipNorm: clipNorm, world)
                        try run.train(steps: 3, rate: 0.1, findings)
                        for (layer, share) in shares.enumerated() {
                            let plain = try UpdateRun(placement, rule, clipNorm: clipNorm, world)
                            try plain.train(steps: 3, rate: 0.1 * share, findings)
                            for tensor in layout.tensors where tensor.layer == layer {
                                let (found, expected) = (run.parameters[tensor.range], plain.parameters[tensor.range])
                                findings.expect(
                                    found.map(\.bitPattern) == expected.map(\.bitPattern),
                                    "\(run): \(tensor.name) is not that of \(share) of the rate")
                            }
                            try plain.update.arenas.free()
                        }
                        findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                        try run.update.arenas.free()
                    }
                }
            }
        }
    }
}
