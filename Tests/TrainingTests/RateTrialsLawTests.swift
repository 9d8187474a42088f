import DataParallel
import LearningRate
import MPI
import Runs
import Training
import TrainingTestSupport
import XCTest

final class RateTrialsLawTests: XCTestCase {
    private static func configuration(_ overrides: [String] = []) throws -> Configuration {
        try NormalizedNetwork.configuration(
            samples: 403, training: "{batch: 32, epochs: 4}", learningRate: "{search: trials}", overrides)
    }

    /// The search leaves parameters, optimizer state and running statistics as they are, and what the training comes to.
    func testTheTrialsLeaveNoTrace() throws {
        for ranks in 1...3 {
            for overrides in [
                [], ["optimizer.name=adam", "averaging.form=polynomial"], ["reduction.sharedMemory=false"],
            ] {
                let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                    let experiment = try Experiment(Self.configuration(overrides), dataRoot: nil, over: communicator)
                    let before = try Self.bits(experiment.replica)
                    let search = try experiment.searchBounds()
                    let after = try Self.bits(experiment.replica)
                    try experiment.trainer(bounds: search.required()).train()
                    return (search: search, before: before, after: after, end: try Self.bits(experiment.replica))
                }
                let ends = try InProcessCommunicator.run(ranks: ranks) { [search = outcomes[0].search] communicator in
                    let experiment = try Experiment(Self.configuration(overrides), dataRoot: nil, over: communicator)
                    try experiment.trainer(bounds: search.required()).train()
                    return try Self.bits(experiment.replica)
                }
                for (outcome, end) in zip(outcomes, ends) {
                    let what = "\(ranks) ranks, \(overrides)"
                    XCTAssertTrue(outcome.before == outcome.after, "\(what): not restored")
                    XCTAssertTrue(outcome.end == end, "\(what): training goes on otherwise")
                    XCTAssertEqual(try outcome.search.result.get(), try outcomes[0].search.result.get(), what)
                    guard case .trials(let trials) = outcome.search else { return XCTFail(what) }
                    XCTAssertGreaterThanOrEqual(trials.trials.count, 5, what)
                    XCTAssertEqual(trials.steps, 40)
                }
            }
        }
    }

    /// In reproducible mode any number of ranks finds the same scores, to the bit.
    func testAnyNumberOfRanksFindsTheSameBits() throws {
        let found = try [1, 2, 4].map { ranks in
            try InProcessCommunicator.run(ranks: ranks) { communicator -> RateTrials? in
                let experiment = try Experiment(
                    Self.configuration(["reproducible.shards=4"]), dataRoot: nil, over: communicator)
                if case .trials(let trials) = try experiment.searchBounds() { return trials }
                return nil
            }
        }
        for trials in found.joined() {
            XCTAssertNotNil(trials)
            XCTAssertEqual(trials, found[0][0])
        }
    }

    /// Trials are judged by samples that they have not trained on: of labels drawn by lot nothing is learnt, though a wide
    /// network knows all labels that it trains on by heart.
    func testNothingIsLearntOfLabelsDrawnByLot() throws {
        let directory = try TemporaryDirectory()
        var state: UInt64 = 7
        func draw() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        let rows = (0..<80).map { row in
            (0..<20).map { _ in "\(draw())" }.joined(separator: ",") + ",\(["a", "b"][draw() < 0.5 ? 0 : 1])"
        }
        try (rows.joined(separator: "\n") + "\n").write(
            toFile: directory.path + "/t.csv", atomically: true, encoding: .utf8)
        let configuration = try Configuration(
            yaml: """
                data: {format: csv, train: {file: t.csv}, test: {file: t.csv}}
                model: {preset: mlp, hidden: [64]}
                training: {batch: 16, epochs: 50}
                learningRate: {search: trials}
                """, name: "x.yaml", overrides: [])
        let path = directory.path
        let search = try InProcessCommunicator.run(ranks: 1) { communicator in
            try Experiment(configuration, dataRoot: path, over: communicator).searchBounds()
        }[0]
        guard case .trials(let trials) = search else { return XCTFail() }
        for trial in trials.trials {
            XCTAssertLessThan(trial.score?.mutualInformation ?? 0, 0.3, "\(trial)")
        }
    }

    /// Too few samples to hold some out, and a search that is interrupted, are told on all ranks.
    func testWhatCannotBeTriedIsTold() throws {
        let few = ["data.synthetic.samples=1", "training.batch=1", "data.standardize=false"]
        XCTAssertThrowsError(
            try InProcessCommunicator.run(ranks: 1) { communicator in
                _ = try Experiment(Self.configuration(few), dataRoot: nil, over: communicator).trainer()
            }
        ) {
            XCTAssertTrue("\($0)".contains("1 training samples are too few to hold some out"), "\($0)")
        }
        XCTAssertThrowsError(
            try InProcessCommunicator.run(ranks: 2) { communicator in
                let experiment = try Experiment(Self.configuration(), dataRoot: nil, over: communicator)
                var steps = 0
                let observer = ClosureObserver(requests: { _ in
                    steps += 1
                    return steps == 50 && communicator.rank == 1 ? .interruption : []
                })
                _ = try experiment.searchBounds(observedBy: [observer])
            }
        ) {
            XCTAssertTrue("\($0)".contains("interrupted in the trials of rates"), "\($0)")
        }
    }

    private static func bits(_ replica: Replica) throws -> [[UInt32]] {
        let arenas = [replica.update.arenas.parameters] + replica.update.arenas.state
        let bits = arenas.map { $0.map(\.bitPattern) } + [replica.network.statisticValues.map(\.bitPattern)]
        try replica.communicator.barrier()
        return bits
    }
}
