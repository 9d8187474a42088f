import DataParallel
import Datasets
import Foundation
import LearningRate
import LearningRateTestSupport
import MPI
import NeuralNetwork
import Training
import TrainingTestSupport
import XCTest

final class TrainerLawTests: XCTestCase {
    func testAnyNumberOfRanksTakesTheSameGlobalBatches() throws {
        for batch in [16, 17] {
            var experiment = SmallExperiment(batch: batch)
            let alone = try experiment.traces(ranks: 1)[0]
            let firstEpoch = (103 + batch - 1) / batch
            XCTAssertEqual(alone.steps.count, 3 * firstEpoch)
            XCTAssertEqual(alone.steps[..<firstEpoch].reduce(0) { $0 + $1.samples }, 103)
            for ranks in 2...4 {
                for sharesMemory in [true, false] {
                    experiment.sharesMemory = sharesMemory
                    let trace = try experiment.traces(ranks: ranks)[0]
                    let what = "batch \(batch), \(ranks) ranks, shares memory: \(sharesMemory)"
                    XCTAssertEqual(trace.steps.map(\.samples), alone.steps.map(\.samples), what)
                    XCTAssertEqual(trace.losses[0], alone.losses[0], accuracy: 1e-6 * alone.losses[0], what)
                    // Dropout too: other masks would change every loss by percents.
                    for step in 0..<firstEpoch {
                        XCTAssertEqual(
                            trace.losses[step], alone.losses[step], accuracy: 1e-5 * alone.losses[step],
                            "\(what), step \(step)")
                    }
                }
            }
        }
    }

    func testAllRanksSeeTheSame() throws {
        for ranks in 2...4 {
            for batch in [16, 17] {
                for clipNorm in [nil, 0.1] {
                    var experiment = SmallExperiment(batch: batch)
                    experiment.clipNorm = clipNorm
                    experiment.cycle = 0.5
                    let traces = try experiment.traces(ranks: ranks)
                    let first = traces[0]
                    XCTAssertNotEqual(first.rateBits.first, first.rateBits.last, "the rate never fell")
                    for (rank, trace) in traces.enumerated() {
                        let what = "rank \(rank)/\(ranks), batch \(batch), clipNorm \(clipNorm ?? .infinity)"
                        XCTAssertEqual(trace.rateBits, first.rateBits, what)
                        XCTAssertEqual(trace.lossBits, first.lossBits, what)
                        XCTAssertEqual(trace.cycles.map(\.train), first.cycles.map(\.train), what)
                        XCTAssertEqual(trace.cycles.map(\.test), first.cycles.map(\.test), what)
                        XCTAssertEqual(trace.parameterBits, first.parameterBits, what)
                    }
                }
            }
        }
    }

    /// A training that is interrupted while it evaluates a cycle goes on with that evaluation.
    func testAnInterruptionWhileACycleIsEvaluated() throws {
        var experiment = SmallExperiment(batch: 17)
        // Enough for the ranks to look whether they are to end.
        experiment.testCount = 10_000
        for ranks in 1...3 {
            let whole = try experiment.traces(ranks: ranks)
            let parts = try InProcessCommunicator.run(ranks: ranks) { [experiment] communicator in
                let test = try experiment.data().test
                let replica = try experiment.replica(communicator)
                var trace = Trace()
                var state: Trainer.State?
                var interruptions = 0
                repeat {
                    let trainer = Trainer(
                        replica, schedule: experiment.schedule, plan: Trainer.Plan(epochs: experiment.epochs),
                        validation: nil, test: test)
                    if let state { try trainer.restore(state) }
                    try trainer.train(
                        requests: { step in
                            // A cycle is being evaluated. Of the last rank, once.
                            guard step == nil, interruptions < 2, communicator.rank == ranks - 1 else {
                                return []
                            }
                            interruptions += 1
                            return .interruption
                        },
                        onStep: { trace.steps.append($0) }, onCycle: { trace.cycles.append($0) })
                    state = trainer.isInterrupted ? try trainer.state() : nil
                    if trainer.isInterrupted { XCTAssertEqual(trainer.stepsDone % 7, 0) }
                } while state != nil
                XCTAssertEqual(interruptions, communicator.rank == ranks - 1 ? 2 : 0)
                trace.parameters = try replica.network.exportParameters()
                try communicator.barrier()
                return trace
            }
            for (part, whole) in zip(parts, whole) {
                XCTAssertEqual(part.lossBits, whole.lossBits)
                XCTAssertEqual(part.rateBits, whole.rateBits)
                XCTAssertEqual(part.cycles.map(\.test), whole.cycles.map(\.test))
                XCTAssertEqual(part.cycles.map(\.train), whole.cycles.map(\.train))
                XCTAssertEqual(part.parameterBits, whole.parameterBits)
            }
        }
    }

    /// An interrupted trainer goes on where it was by another call: with the counts and the seconds of the open cycle.
    func testATrainerThatIsToldToTrainAgainGoesOn() throws {
        var experiment = SmallExperiment(batch: 17)
        // Cycles of 14 and 7 steps.
        experiment.cycle = 2
        for ranks in 1...3 {
            let whole = try experiment.traces(ranks: ranks)
            let parts = try InProcessCommunicator.run(ranks: ranks) { [experiment] communicator in
                let test = try experiment.data().test
                let trainer = Trainer(
                    try experiment.replica(communicator), schedule: experiment.schedule,
                    plan: Trainer.Plan(epochs: experiment.epochs, cycle: experiment.cycle), validation: nil, test: test)
                func secondsOfOpenCycle() throws -> Double {
                    let fields = try JSONSerialization.jsonObject(with: JSONEncoder().encode(trainer.state()))
                    return try XCTUnwrap((fields as? [String: Any])?["cycleSeconds"] as? Double)
                }
                var trace = Trace()
                for end in [1, 13, 17, 21, nil] as [Int?] {
                    let before = try secondsOfOpenCycle()
                    let cycles = trace.cycles.count
                    try trainer.train(
                        requests: { $0 != nil && $0?.step == end ? .interruption : [] },
                        onStep: { trace.steps.append($0) }, onCycle: { trace.cycles.append($0) })
                    XCTAssertEqual(trainer.isInterrupted, end != nil)
                    XCTAssertEqual(trainer.stepsDone, end ?? 21)
                    let after = try secondsOfOpenCycle()
                    if trace.cycles.count == cycles {
                        XCTAssertGreaterThan(after, before)
                    } else {
                        // After 13 of 14 steps no less than these took.
                        XCTAssertGreaterThanOrEqual(trace.cycles[cycles].trainingSeconds, before)
                    }
                    // Not of the time between two calls.
                    XCTAssertEqual(try secondsOfOpenCycle(), after)
                }
                XCTAssertFalse(trainer.isInterrupted)
                trace.parameters = try trainer.replica.network.exportParameters()
                try communicator.barrier()
                return trace
            }
            for (part, whole) in zip(parts, whole) {
                XCTAssertEqual(part.steps.map(\.step), Array(1...21))
                XCTAssertEqual(part.lossBits, whole.lossBits)
                XCTAssertEqual(part.rateBits, whole.rateBits)
                XCTAssertEqual(part.cycles.map(\.step), [14, 21])
                XCTAssertEqual(part.cycles.map(\.train), whole.cycles.map(\.train))
                XCTAssertEqual(part.cycles.map(\.test), whole.cycles.map(\.test))
                XCTAssertEqual(part.parameterBits, whole.parameterBits)
            }
        }
    }

    func testEqualRunsGiveEqualBits() throws {
        for ranks in 1...4 {
            for sharesMemory in [true, false] {
                var experiment = SmallExperiment(batch: 17)
                experiment.sharesMemory = sharesMemory
                let (first, second) = (try experiment.traces(ranks: ranks)[0], try experiment.traces(ranks: ranks)[0])
                let what = "\(ranks) ranks, shares memory: \(sharesMemory)"
                XCTAssertEqual(first.parameterBits, second.parameterBits, what)
                XCTAssertEqual(first.lossBits, second.lossBits, what)
                XCTAssertEqual(first.rateBits, second.rateBits, what)
            }
        }
    }

    func testCyclesCoverTheTrainingOnceAndCountEverySample() throws {
        for ranks in 1...4 {
            var experiment = SmallExperiment(batch: 16)
            experiment.cycle = 0.5
            // 7 steps an epoch, 4 (3.5 rounded) a cycle: 21 steps are 5 cycles and one of a single step.
            let trace = try experiment.traces(ranks: ranks)[ranks - 1]
            XCTAssertEqual(trace.cycles.map(\.step), [4, 8, 12, 16, 20, 21])
            XCTAssertEqual(trace.cycles.map(\.cycle), Array(0..<6))
            var start = 0
            for cycle in trace.cycles {
                let samples = trace.steps[start..<cycle.step].reduce(0) { $0 + $1.samples }
                XCTAssertEqual(Int(cycle.train.sampleCount), samples, "\(ranks) ranks, cycle \(cycle.cycle)")
                XCTAssertEqual(cycle.test?.sampleCount, 45, "\(ranks) ranks, cycle \(cycle.cycle)")
                XCTAssertEqual(cycle.train.cycleLength, Double(cycle.step - start) / 7)
                start = cycle.step
            }
        }
    }

    /// Layers have rates of their own, the same on every rank; what they know is measured on a share of the samples.
    func testLayersHaveRatesOfTheirOwn() throws {
        for measure in [LayerMeasure.prototype, .winner] {
            for ranks in 1...4 {
                var experiment = SmallExperiment(batch: 16)
                experiment.epochs = 6
                experiment.layers = LayerwiseSettings(measure, share: 0.5)
                experiment.schedule = .mutualInformation(
                    bounds: RateBounds(minimum: 1e-4, maximum: 0.1), form: .gain, layerCount: 3)
                let traces = try experiment.traces(ranks: ranks)
                let first = traces[0]
                let what = "\(measure), \(ranks) ranks"
                for (rank, trace) in traces.enumerated() {
                    XCTAssertEqual(trace.cycles.map(\.layers), first.cycles.map(\.layers), "\(what), rank \(rank)")
                    XCTAssertEqual(trace.cycles.map(\.rates), first.cycles.map(\.rates), "\(what), rank \(rank)")
                    XCTAssertEqual(trace.parameterBits, first.parameterBits, "\(what), rank \(rank)")
                }
                XCTAssertEqual(
                    first.cycles.map(\.layers.count), (measure == .winner ? [3] : [0]) + [3, 3, 3, 3, 3], what)
                guard case .perLayer(let rates) = first.cycles[5].rates else { return XCTFail(what) }
                XCTAssertEqual(rates.max(), first.cycles[5].rate, what)
                XCTAssertGreaterThan(Set(rates).count, 1, what)
                XCTAssertEqual(first.cycles[5].metrics.layers?.count, 3, what)
                // All of them tell something of four classes that can be told apart.
                for layer in first.cycles[5].layers { XCTAssertGreaterThan(layer.mutualInformation, 0.2, what) }
            }
        }
    }

    /// The layers are measured on the share that is asked for, rounded, and on one sample at least: the first of an order
    /// that is another one in each cycle.
    func testLayersAreMeasuredOnAShareOfTheSamples() throws {
        for (share, count) in [(1.0, 103), (0.25, 26), (0.001, 1)] {
            var experiment = SmallExperiment(batch: 16)
            experiment.layers = LayerwiseSettings(.winner, share: share)
            experiment.schedule = .mutualInformation(bounds: RateBounds(minimum: 1e-4, maximum: 0.1), layerCount: 3)
            let train = try experiment.data().train
            for cycle in try experiment.traces(ranks: 2)[0].cycles {
                let order = GlobalOrder(seed: 9, epoch: cycle.cycle, count: 103)
                var labels = [Int64](repeating: 0, count: 4)
                for position in 0..<count { labels[Int(train.label(at: order.sample(at: position)))] += 1 }
                let present = labels.filter { $0 > 0 }.map { Double($0) / Double(count) }
                let entropy = -present.reduce(0) { $0 + $1 * log($1) }
                // Miller and Madow's correction.
                let expected = entropy + Double(present.count - 1) / Double(2 * count)
                XCTAssertEqual(cycle.layers.count, 3)
                for layer in cycle.layers {
                    XCTAssertEqual(
                        layer.labelEntropy, expected, accuracy: 1e-12, "share \(share), cycle \(cycle.cycle)")
                }
            }
        }
    }

    func testEvaluationCountsEverySampleOnce() throws {
        for ranks in 1...4 {
            // Fewer than ranks; uneven parts; several batches a rank.
            for count in [1, 3, 45, 701] {
                var experiment = SmallExperiment()
                experiment.testCount = count
                let evaluated = experiment
                let confusions = try InProcessCommunicator.run(ranks: ranks) { communicator in
                    let confusion = try evaluated.replica(communicator).evaluate(evaluated.data().test).confusion
                    try communicator.barrier()
                    return confusion
                }
                let test = try experiment.data().test
                var labels = [Int64](repeating: 0, count: 4)
                for sample in 0..<count { labels[Int(test.label(at: sample))] += 1 }
                for confusion in confusions {
                    XCTAssertEqual(Int(confusion.total), count, "\(ranks) ranks")
                    XCTAssertEqual(confusion, confusions[0], "\(ranks) ranks")
                    for label in 0..<4 {
                        let row = (0..<4).reduce(0) { $0 + confusion[label: label, prediction: $1] }
                        XCTAssertEqual(row, labels[label], "\(ranks) ranks, \(count) samples, label \(label)")
                    }
                }
            }
        }
    }
}
