import DataParallel
import LearningRate
import MPI
import MPITestSupport
import NeuralNetwork
import Optimizers
import XCTest

/// The reference is one rank's plain loops: the gradients summed in rank order, then the update rule.
final class ParallelUpdateTests: XCTestCase {
    private static let optimizers: [any Optimizer] = [
        SGD(momentum: 0), SGD(momentum: 0.9), SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01),
        Adam(weightDecay: 0.01), RMSprop(momentum: 0.9, centered: true),
    ]
    /// Those that need to know the size of whole tensors, parts of which other ranks own.
    private static let withNorms: [any Optimizer] = [LAMB(weightDecay: 0.01), LARS(trust: 0.1, weightDecay: 0.01)]

    /// Those that need sums over all parameters, or keep numbers that hold for all.
    private static let withSums: [any Optimizer] = [
        ScheduleFreeSGD(weightDecay: 0.01), ScheduleFreeAdamW(power: 1), MoMo(weightDecay: 0.01),
        DoG(firstDistance: 0.01, weightDecay: 0.01), Prodigy(firstDistance: 0.01, weightDecay: 0.01),
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
                                && run.state.map(\.bitPattern) == reference.state.flatMap { $0.map(\.bitPattern) },
                            "\(placement), \(optimizer): other bits than the reference")
                    }
                    findings.expect(run.error(to: reference) <= 1e-6, "\(run): \(run.error(to: reference))")
                    findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                    try run.update.arenas.free()
                }
            }
        }
    }

    /// Norms and sums are added up in another order than the reference does it, the rest is the same.
    func testNormsAndSumsAreThoseOfWholeTensors() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                for optimizer in Self.withNorms + Self.withSums {
                    for clipNorm in [nil, 0.25] {
                        let run = try UpdateRun(placement, optimizer, clipNorm: clipNorm, world)
                        let reference = try run.train(steps: 3, findings)
                        findings.expect(run.error(to: reference) <= 2e-6, "\(run): \(run.error(to: reference))")
                        findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                        try run.update.arenas.free()
                    }
                }
            }
        }
    }

    /// What is reduced while gradients are still being computed is what is reduced after it.
    func testOverlappedReductionsGiveTheSame() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                for bucketBytes in [64, 1000, 1 << 20] {
                    var reduction = ReductionSettings()
                    reduction.bucketBytes = bucketBytes
                    let run = try UpdateRun(placement, Self.optimizers[1], clipNorm: nil, reduction: reduction, world)
                    // By turns with the other way, as a probe does, and with ranks that are late.
                    let reference = try run.train(steps: 6, inTurns: true, findings) { step in
                        run.update.choose(overlapped: step % 3 != 1)
                    }
                    findings.expect(run.error(to: reference) <= 1e-6, "\(run): \(run.error(to: reference))")
                    findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                    try run.update.arenas.free()
                }
            }
        }
    }

    /// Rounded to eight bits a step is not what it should be, but over the steps nothing is lost.
    func testCompressedReductionsLoseNothingOverTime() throws {
        try assertLaw { world, findings in
            var reduction = ReductionSettings()
            reduction.compresses = true
            for placement in Placement.allCases {
                let run = try UpdateRun(placement, SGD(momentum: 0), clipNorm: nil, reduction: reduction, world)
                let reference = try run.train(steps: 12, rate: 1, findings)
                let moved = zip(reference.parameters, run.initialParameters).reduce(0) { max($0, abs($1.0 - $1.1)) }
                let wrong = zip(reference.parameters, run.parameters).reduce(0) { max($0, abs($1.0 - $1.1)) }
                // One step's rounding is left, of a sum in ± ranks; without feedback the errors of twelve would add up.
                let bound = Float(world.size) * 0x1p-7
                findings.expect(wrong <= bound, "\(run): \(wrong), at most \(bound) of \(moved) expected")
                let isExact = placement.nodes(world.size).count == 1
                findings.expect(isExact || wrong > 1e-5, "\(run): nothing was compressed")
                findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                try run.update.arenas.free()
            }
        }
    }

    /// With a fixed number of shards it does not matter where the ranks are.
    func testSumsAreOneTreeOverNodesToo() throws {
        try assertLaw { world, findings in
            guard world.size.nonzeroBitCount == 1 else { return }
            for optimizer in Self.optimizers + Self.withNorms + Self.withSums {
                for clipNorm in [nil, 0.25] {
                    var bits: [UInt64]?
                    for placement in [Placement.oneNode, .aNodeEach, .pairs] {
                        let run = try UpdateRun(placement, optimizer, clipNorm: clipNorm, shards: 8, world)
                        let reference = try run.train(steps: 3, findings)
                        let found =
                            (run.parameters + run.state).map { UInt64($0.bitPattern) }
                            + run.update.keptNumbers.map(\.bitPattern)
                        findings.expect(run.error(to: reference) <= 2e-6, "\(run): \(run.error(to: reference))")
                        findings.expect(found == bits ?? found, "\(run), \(clipNorm ?? .infinity): other bits")
                        findings.expectEqual(try run.differingRanks(), 0, "\(run)")
                        bits = found
                        try run.update.arenas.free()
                    }
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

    /// Nor does it leave anything of itself to the step after it, not even where nodes have begun to exchange its gradients.
    func testALossThatIsNotFiniteChangesNothingAnywhere() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                for (clipNorm, overlaps) in [(nil, false), (0.25, false), (nil, true), (0.25, true)]
                    as [(Double?, Bool)]
                {
                    var reduction = ReductionSettings()
                    if overlaps { reduction.bucketBytes = 256 }
                    let run = try UpdateRun(
                        placement, Self.optimizers[1], clipNorm: clipNorm, reduction: reduction, world)
                    run.update.choose(overlapped: overlaps)
                    let reference = try run.train(steps: 2, findings) { step in
                        guard step == 1 else { return }
                        let (parameters, state) = (run.parameters, run.state)
                        // Nobody goes on before all have read.
                        try world.barrier()
                        try run.fillGradient(step: 7)
                        let spoils = world.rank == world.size - 1
                        let outcome = try run.update(
                            loss: BatchLoss(fixedPointSum: 5, nonFiniteCount: spoils ? 3 : 0), step: 1,
                            rates: .uniform(0.1))
                        let expected = BatchLoss(fixedPointSum: Int64(5 * world.size), nonFiniteCount: 3)
                        findings.expectEqual(outcome.loss, expected, "\(run)")
                        findings.expect(!outcome.isUpdated && outcome.hasFiniteNorm, "\(run): \(outcome)")
                        findings.expect(run.parameters == parameters && run.state == state, "\(run): changed")
                        try world.barrier()
                    }
                    findings.expect(
                        run.error(to: reference) <= 1e-6, "\(run), overlaps \(overlaps): \(run.error(to: reference))")
                    findings.expectEqual(try run.differingRanks(), 0, "\(run)")
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
                        try run.fillGradient(step: 7)
                        let gradient = run.update.arenas.gradient
                        if world.rank == world.size - 1 { gradient[atEnd ? gradient.count - 1 : 0] = spoiling }
                        let outcome = try run.update(loss: BatchLoss(fixedPointSum: 5), step: 1, rates: .uniform(0.1))
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
                try run.fillGradient(step: 0)
                run.update.arenas.clearGradient()
                let outcome = try run.update(loss: BatchLoss(), step: 1, rates: .uniform(0.1))
                findings.expectEqual(outcome, StepOutcome(loss: BatchLoss(), weight: 1, hasFiniteNorm: true), "\(run)")
                findings.expect(run.parameters == before, "\(run): changed by a gradient of 0")
                try run.update.arenas.free()
            }
        }
    }
}
