import DataParallel
import MPI
import MPITestSupport
import NeuralNetwork
import Optimizers
import XCTest

/// The reference is one rank's plain loops: the gradients summed in rank order, then the update rule.
final class ParallelUpdateTests: XCTestCase {
    private static let optimizers = [
        SGD(momentum: 0), SGD(momentum: 0.9), SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01),
    ]

    func testUpdatesAreThoseOfTheSummedGradient() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                for optimizer in Self.optimizers {
                    let run = try UpdateRun(placement, optimizer, clipNorm: nil, world)
                    let reference = try run.train(steps: 3, findings)
                    if placement == .oneNode {
                        findings.expect(
                            run.parameters.map(\.bitPattern) == reference.parameters.map(\.bitPattern)
                                && run.state.map(\.bitPattern) == reference.velocity.map(\.bitPattern),
                            "\(placement), \(optimizer): other bits than the reference")
                    }
                    findings.expect(run.error(to: reference) <= 1e-6, "\(run): \(run.error(to: reference))")
                    findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                    try run.update.arenas.free()
                }
            }
        }
    }

    func testTheNormOfTheWholeGradientIsClipped() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                // Well under the norm of the summed gradients, and well above.
                for clipNorm in [0.25, 1e4] {
                    let run = try UpdateRun(placement, Self.optimizers[2], clipNorm: clipNorm, world)
                    let reference = try run.train(steps: 3, findings)
                    findings.expect(reference.clippedSteps == (clipNorm < 1 ? 3 : 0), "clipping is not tested")
                    findings.expect(
                        run.error(to: reference) <= 1e-6, "\(run), \(clipNorm): \(run.error(to: reference))")
                    findings.expectEqual(try run.differingRanks(), 0, "\(run), \(clipNorm)")
                    try run.update.arenas.free()
                }
            }
        }
    }

    func testALossThatIsNotFiniteChangesNothingAnywhere() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                for clipNorm in [nil, 0.25] {
                    let run = try UpdateRun(placement, Self.optimizers[1], clipNorm: clipNorm, world)
                    try run.train(steps: 1, findings)
                    let (parameters, state) = (run.parameters, run.state)
                    run.fillGradient(step: 7)
                    let spoils = world.rank == world.size - 1
                    let outcome = try run.update(
                        loss: BatchLoss(fixedPointSum: 5, nonFiniteCount: spoils ? 3 : 0), rate: 0.1)
                    let expected = BatchLoss(fixedPointSum: Int64(5 * world.size), nonFiniteCount: 3)
                    findings.expectEqual(outcome.loss, expected, "\(run)")
                    findings.expect(!outcome.isUpdated && outcome.hasFiniteNorm, "\(run): \(outcome)")
                    findings.expect(run.parameters == parameters && run.state == state, "\(run): changed")
                    try run.update.arenas.free()
                }
            }
        }
    }

    func testAGradientWhoseNormIsNotFiniteChangesNothingWhenClipped() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                for spoiling in [Float.infinity, .nan] {
                    for atEnd in [false, true] {
                        let run = try UpdateRun(placement, Self.optimizers[1], clipNorm: 0.25, world)
                        try run.train(steps: 1, findings)
                        let (parameters, state) = (run.parameters, run.state)
                        run.fillGradient(step: 7)
                        let gradient = run.update.arenas.gradient
                        if world.rank == world.size - 1 { gradient[atEnd ? gradient.count - 1 : 0] = spoiling }
                        let outcome = try run.update(loss: BatchLoss(fixedPointSum: 5), rate: 0.1)
                        findings.expectEqual(outcome.loss, BatchLoss(fixedPointSum: Int64(5 * world.size)), "\(run)")
                        findings.expect(!outcome.isUpdated && !outcome.hasFiniteNorm, "\(run): \(outcome)")
                        findings.expect(run.parameters == parameters && run.state == state, "\(run): changed")
                        try run.update.arenas.free()
                    }
                }
            }
        }
    }

    func testARankWithoutSamplesAddsNothing() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                let run = try UpdateRun(placement, Self.optimizers[0], clipNorm: nil, world)
                let before = run.parameters
                run.fillGradient(step: 0)
                run.update.arenas.clearGradient()
                let outcome = try run.update(loss: BatchLoss(), rate: 0.1)
                findings.expectEqual(outcome, StepOutcome(loss: BatchLoss(), hasFiniteNorm: true), "\(run)")
                findings.expect(run.parameters == before, "\(run): changed by a gradient of 0")
                try run.update.arenas.free()
            }
        }
    }
}
