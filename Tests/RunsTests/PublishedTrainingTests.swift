import DataParallel
import LearningRate
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Training
import TrainingTestSupport
import XCTest

/// Trainings by rules that keep numbers for all parameters, or evaluate others than they step.
final class PublishedTrainingTests: XCTestCase {
    private static let names = ["schedule-free-sgd", "schedule-free-adamw", "momo", "dog", "prodigy"]

    /// At rates with which something is learnt in a few steps.
    private static func configuration(_ name: String, _ overrides: [String] = []) throws -> Configuration {
        let settings = ["dog": ", firstDistance: 0.01", "prodigy": ", firstDistance: 1e-3"][name] ?? ""
        let rate = ["schedule-free-sgd": "0.2", "schedule-free-adamw": "0.02"][name] ?? "1"
        return try NormalizedNetwork.configuration(
            samples: 203, training: "{batch: 16, epochs: 3}", learningRate: "{rate: \(rate), warmup: 0.5}",
            ["optimizer={name: \(name)\(settings), weightDecay: 0.001}"] + overrides)
    }

    private struct Outcome {
        var losses: [UInt64] = []
        var numbers: [UInt64] = []
        var parameters: [[UInt32]] = []
        var evaluated: [[UInt32]] = []
        var cycles: [CycleRecord] = []
    }

    private func outcomes(_ configuration: Configuration, ranks: Int) throws -> [Outcome] {
        try InProcessCommunicator.run(ranks: ranks) { communicator in
            let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
            let replica = experiment.replica
            var outcome = Outcome()
            try experiment.trainer().train(
                onStep: { outcome.losses.append($0.loss.bitPattern) }, onCycle: { outcome.cycles.append($0) })
            func bits() throws -> [[UInt32]] {
                let bits = try (replica.network.exportParameters() + replica.network.exportStatistics())
                    .map { $0.values.map(\.bitPattern) }
                // Shared arenas: nobody leaves before all have read.
                try communicator.barrier()
                return bits
            }
            outcome.parameters = try bits()
            outcome.evaluated = try replica.withEvaluatedParameters(bits)
            XCTAssertTrue(try bits() == outcome.parameters, "not put back")
            outcome.numbers = replica.update.keptNumbers.map(\.bitPattern)
            return outcome
        }
    }

    /// Loss, sums and what is evaluated do not depend on the number of ranks; all learn.
    func testAnyNumberOfRanksComesToTheSameBits() throws {
        for name in Self.names {
            for memory in ["true", "false"] {
                let configuration = try Self.configuration(
                    name, ["reproducible.shards=4", "reduction.sharedMemory=\(memory)"])
                let alone = try outcomes(configuration, ranks: 1)[0]
                XCTAssertFalse(alone.numbers.isEmpty)
                let (first, last) = (alone.cycles[0].train.loss, alone.cycles.last!.train.loss)
                XCTAssertLessThan(last, 0.8 * first, name)
                for ranks in [2, 4] {
                    for outcome in try outcomes(configuration, ranks: ranks) {
                        let what = "\(name), \(ranks) ranks, shares memory: \(memory)"
                        XCTAssertEqual(outcome.losses, alone.losses, what)
                        XCTAssertEqual(outcome.numbers, alone.numbers, what)
                        XCTAssertEqual(outcome.parameters, alone.parameters, what)
                        XCTAssertEqual(outcome.evaluated, alone.evaluated, what)
                        XCTAssertEqual(outcome.cycles.map(\.test), alone.cycles.map(\.test), what)
                    }
                }
            }
        }
    }

    /// A search before it, or going back to where it was, leaves no trace in a training.
    func testASearchLeavesNoTrace() throws {
        for name in Self.names {
            let ends = try InProcessCommunicator.run(ranks: 2) { communicator in
                let plain = try Experiment(Self.configuration(name), dataRoot: nil, over: communicator)
                try Self.step(plain.replica, 0..<9)
                let end = try Self.bits(plain.replica)
                let searching = try Experiment(Self.configuration(name), dataRoot: nil, over: communicator)
                let replica = searching.replica
                try Self.step(replica, 0..<4)
                let before = try Self.bits(replica)
                _ = try replica.run(RangeTest(steps: 20, lowestRate: 1e-3, highestRate: 1))
                XCTAssertTrue(try Self.bits(replica) == before, "\(name): not restored")
                try Self.step(replica, 4..<9)
                return (end, try Self.bits(replica))
            }
            for (plain, searching) in ends { XCTAssertTrue(plain == searching, "\(name): goes on otherwise") }
        }
    }

    private static func step(_ replica: Replica, _ steps: Range<Int>) throws {
        var statistics = replica.makeStatistics()
        for step in steps { _ = try replica.step(step, rates: .uniform(0.1), statistics: &statistics) }
    }

    /// Collective. Parameters, state, numbers.
    private static func bits(_ replica: Replica) throws -> [[UInt64]] {
        let arenas = [replica.update.arenas.parameters] + replica.update.arenas.state
        let bits =
            arenas.map { $0.map { UInt64($0.bitPattern) } } + [replica.update.keptNumbers.map(\.bitPattern)]
        try replica.communicator.barrier()
        return bits
    }

    /// The average of Schedule-Free is evaluated, not the point where gradients are taken; before the first update both are the
    /// same. Running statistics are made for it.
    func testTheAverageIsEvaluated() throws {
        for name in ["schedule-free-sgd", "schedule-free-adamw"] {
            let found = try InProcessCommunicator.run(ranks: 2) { communicator in
                let experiment = try Experiment(Self.configuration(name), dataRoot: nil, over: communicator)
                let (replica, update) = (experiment.replica, experiment.replica.update)
                let first = Array(update.arenas.parameters)
                try replica.withEvaluatedParameters { XCTAssertEqual(Array(update.arenas.parameters), first) }
                var last: CycleRecord?
                // z goes the way of all gradients; x is the mean of z, weighed by the squares of the highest rates so far.
                var (x, sum, highest) = (first.map(Double.init), 0.0, 0.0)
                try experiment.trainer().train(
                    onStep: { record in
                        highest = max(highest, record.rate)
                        sum += highest * highest
                        let share = highest * highest / sum
                        let z = update.arenas.state[0]
                        for index in x.indices { x[index] += share * (Double(z[index]) - x[index]) }
                        try communicator.barrier()
                    }, onCycle: { last = $0 })
                let (worst, statistics) = try replica.withEvaluatedParameters {
                    let worst = zip(update.arenas.parameters, x).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
                    return (worst, replica.network.exportStatistics())
                }
                try replica.network.importStatistics(statistics)
                let test = try replica.withEvaluatedParameters { try replica.evaluate(experiment.data.test) }
                let own = try replica.evaluate(experiment.data.test).metrics(cycle: 0, step: 0, cycleLength: 1)
                return (
                    worst, last!.test!.loss, test.metrics(cycle: 0, step: 0, cycleLength: 1).loss, own.loss,
                    zip(first, x).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
                )
            }
            for (worst, recorded, evaluated, own, moved) in found {
                XCTAssertLessThan(worst, 1e-5, name)
                XCTAssertGreaterThan(moved, 1e-2, name)
                XCTAssertEqual(recorded, evaluated, name)
                XCTAssertNotEqual(recorded, own, name)
            }
        }
    }
}
