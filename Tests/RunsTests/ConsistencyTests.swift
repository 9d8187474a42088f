import CKernels
import DataParallel
import LearningRate
import MPI
import Runs
import Training
import TrainingTestSupport
import XCTest

/// Ranks that have come apart are told, with both sides.
final class ConsistencyTests: XCTestCase {
    private func message(ranks: Int, _ body: @escaping @Sendable (any Communicator) throws -> Void) -> [String] {
        (try? InProcessCommunicator.run(ranks: ranks) { communicator in
            do {
                try body(communicator)
                return "no error"
            } catch {
                return "\(error)"
            }
        }) ?? []
    }

    /// A bit of one rank's copy of the parameters is flipped in the second epoch.
    func testAFlippedBitEndsTheTrainingAtTheCyclesEnd() {
        for (ranks, broken) in [(2, 1), (4, 2)] {
            let found = message(ranks: ranks) { communicator in
                var experiment = SmallExperiment()
                experiment.sharesMemory = false
                let trainer = Trainer(
                    try experiment.replica(communicator), schedule: experiment.schedule,
                    plan: Trainer.Plan(epochs: 3), validation: nil, test: nil)
                try trainer.train(onStep: { step in
                    guard step.step == 10, communicator.rank == broken else { return }
                    trainer.replica.flipBit()
                })
            }
            XCTAssertEqual(Set(found).count, 1, "\(found)")
            let text = found[0]
            XCTAssertTrue(text.hasPrefix("rank \(broken) on "), text)
            XCTAssertTrue(text.contains(" has the parameters with the hash "), text)
            XCTAssertTrue(text.contains(", rank 0 on "), text)
            XCTAssertTrue(text.contains("after step 14; "), text)
        }
    }

    /// What a rank's flipped bit has touched is never kept: the checkpoint before it stands, and the run fails.
    func testAFlippedBitLeavesTheLastCheckpoint() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.file("checkpoints")
        let found = try InProcessCommunicator.run(ranks: 2) { communicator in
            var experiment = SmallExperiment()
            experiment.sharesMemory = false
            let trainer = Trainer(
                try experiment.replica(communicator), schedule: experiment.schedule, plan: Trainer.Plan(epochs: 3),
                validation: nil, test: nil)
            let writer = CheckpointWriter(directory: directory, kept: 2)
            do {
                try trainer.train(
                    requests: { $0?.step == 9 || $0?.step == 11 ? .checkpoint : [] },
                    onRequest: { _ in
                        let state = try trainer.state()
                        guard let snapshot = try trainer.replica.snapshot() else { return }
                        writer.write(
                            snapshot,
                            .init(
                                trainer: state, fingerprint: Fingerprint(trainer.replica)))
                        writer.finish()
                        if let failure = writer.takeFailure() { throw failure }
                    },
                    onStep: { step in
                        if step.step == 10, communicator.rank == 1 { trainer.replica.flipBit() }
                    })
            } catch let error as AgreedError {
                return (error.exitStatus, error.message)
            }
            return (.success, "no error")
        }
        for (status, message) in found {
            XCTAssertEqual(status, .failure)
            XCTAssertTrue(message.hasPrefix("rank 1 on "), message)
            XCTAssertTrue(message.contains(" has the parameters with the hash "), message)
        }
        XCTAssertEqual(try Checkpoint.steps(in: directory), [9])
        let shapes = try InProcessCommunicator.run(ranks: 1) {
            try SmallExperiment().replica($0).network.statisticShapes
        }[0]
        let checkpoint = try Checkpoint(
            readingFrom: "\(directory)/\(Checkpoint.fileName(step: 9))", stateArenas: 1, statistics: shapes)
        XCTAssertEqual(checkpoint.trainer.stepsDone, 9)
    }

    func testRanksOfAnotherExperimentAreNamed() {
        for (change, expected) in [
            ("training.epochs=3", "has the configuration epochs: 3, rank 0 on"),
            ("optimizer={name: adam, beta1: 0.5}", "has the configuration name: adam, rank 0 on"),
            (
                "data.synthetic={samples: 200, testSamples: 50, shape: [5], classes: 3, noise: 0.7}",
                "has the configuration noise: 0.7"
            ),
        ] {
            let found = message(ranks: 3) { communicator in
                let configuration = try Configuration(
                    yaml: """
                        data: {format: synthetic, synthetic: {samples: 200, testSamples: 50, shape: [5], classes: 3}}
                        model: {preset: mlp, hidden: [4]}
                        """, name: "x.yaml", overrides: communicator.rank == 2 ? [change] : [])
                _ = try Experiment(configuration, dataRoot: nil, over: communicator)
            }
            XCTAssertEqual(Set(found).count, 1, "\(found)")
            XCTAssertTrue(found[0].hasPrefix("rank 2 on "), found[0])
            XCTAssertTrue(found[0].contains(expected), found[0])
        }
    }

    /// A file of the same name and shape with other numbers in it, where each rank reads its own.
    func testAnotherDataFileIsTold() throws {
        let folders = try (0..<2).map { _ in try TemporaryDirectory() }
        for (index, folder) in folders.enumerated() {
            let rows = (0..<60).map { "\($0 % 3),\($0 * 7 % 11),\($0 == 41 ? 3 * index : $0 % 5)" }
            try rows.joined(separator: "\n").write(toFile: folder.file("t.csv"), atomically: true, encoding: .utf8)
        }
        let paths = folders.map(\.path)
        let found = message(ranks: 2) { communicator in
            let configuration = try Configuration(
                yaml: """
                    data: {format: csv, train: {file: t.csv}, csv: {label: 0}, split: {trainingRows: 50}, sharedMemory: false}
                    model: {preset: mlp, hidden: [4]}
                    training: {batch: 10}
                    """, name: "x.yaml")
            _ = try Experiment(configuration, dataRoot: paths[communicator.rank], over: communicator)
        }
        withExtendedLifetime(folders) {}
        XCTAssertEqual(Set(found).count, 1, "\(found)")
        XCTAssertTrue(found[0].hasPrefix("rank 1 on "), found[0])
        XCTAssertTrue(found[0].contains("has the training set 50 × [2] in 3 classes, "), found[0])
        XCTAssertTrue(found[0].hasSuffix("; give all ranks the same files"), found[0])
    }

    /// The set has more samples than are looked at where they are computed.
    func testTheDigestSeesEverySample() throws {
        let folder = try TemporaryDirectory()
        let data = try Configuration(
            yaml: """
                data: {format: csv, train: {file: t.csv}, csv: {label: 0}, split: {trainingRows: 9000}, standardize: false}
                model: {preset: mlp, hidden: [4]}
                """, name: "x.yaml")
        func digest(changed: Int?) throws -> String {
            let rows = (0..<9010).map { "\($0 % 3),\($0 * 7 % 11),\($0 == changed ? 9 : $0 % 5)" }
            try rows.joined(separator: "\n").write(toFile: folder.file("t.csv"), atomically: true, encoding: .utf8)
            return try data.loadData(root: folder.path).train.digest
        }
        let whole = try digest(changed: nil)
        XCTAssertEqual(try digest(changed: nil), whole)
        for row in [0, 1, 4097, 8998, 8999] { XCTAssertNotEqual(try digest(changed: row), whole, "row \(row)") }
        // A row of the test set.
        XCTAssertEqual(try digest(changed: 9001), whole)
    }

    /// Every single bit, at every place of a lane and behind the last whole one.
    func testTheHashSeesEveryBit() {
        for count in [1, 15, 16, 17, 50] {
            let values = (0..<count).map { Float($0) - 3 }
            let hash = kernels_hash(values, Int64(count))
            for index in 0..<count {
                for bit in 0..<32 as Range<UInt32> {
                    var changed = values
                    changed[index] = Float(bitPattern: changed[index].bitPattern ^ 1 << bit)
                    XCTAssertNotEqual(kernels_hash(changed, Int64(count)), hash, "bit \(bit) of value \(index)")
                }
            }
        }
    }
}

extension Replica {
    /// The lowest bit of the first parameter of this rank's copy.
    fileprivate func flipBit() {
        let parameters = update.arenas.parameters
        parameters[0] = Float(bitPattern: parameters[0].bitPattern ^ 1)
    }
}
