import DataParallel
import Dispatch
import Foundation
import LearningRate
import LearningRateTestSupport
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Training
import TrainingTestSupport
import XCTest

/// What is kept of a training continues it exactly, and what is not whole is refused.
final class CheckpointTests: XCTestCase {
    /// Running statistics, two arenas of optimizer state, dropout, rates of layers, cycles of two thirds of an epoch.
    private struct Experiment: Sendable {
        var batch = 16
        /// Whether every rank is a node of its own and gradients are rounded on their way.
        var compresses = false
        /// Units of the hidden layer.
        var width = 24
        var optimizer: any Optimizer = Adam()

        /// Collective. Trains up to `end`, where it is interrupted; nil for the whole way. Takes up what `directory` holds.
        func run(
            upTo end: Int?, in directory: String, over communicator: any Communicator, parts: Int = 1
        ) throws -> Trace {
            Processor.setThreadCount(1)
            let experiment = SmallExperiment()
            let (train, test) = try experiment.data()
            var settings = Replica.Settings(seed: 9, globalBatch: batch)
            settings.information = InformationSettings(predictions: .soft)
            settings.sharesMemory = !compresses
            settings.reduction.compresses = compresses
            let specification = NetworkSpecification(
                inputShape: [11],
                layers: [
                    Dense(units: width, bias: false), BatchNormalization(), ReLU(), Dropout(rate: 0.25),
                    Dense(units: 4),
                ])
            let replica = try Replica(
                specification, training: train, optimizer: optimizer, settings: settings, over: communicator)
            let bounds = RateBounds(minimum: 1e-4, maximum: 0.02)
            let trainer = Trainer(
                replica,
                schedule: .mutualInformation(
                    bounds: bounds, layerCount: replica.network.layout.layers.count, warmUpSteps: 3),
                plan: Trainer.Plan(epochs: 6, cycle: 0.66, layers: LayerwiseSettings(.prototype, share: 0.5)),
                validation: nil, test: test)
            if let step = try Checkpoint.steps(in: directory).last {
                let checkpoint = try Checkpoint(
                    readingFrom: "\(directory)/\(Checkpoint.fileName(step: step))",
                    stateArenas: replica.stateArenaCount, numbers: replica.numberCount,
                    statistics: replica.network.statisticShapes)
                try trainer.restore(checkpoint.trainer)
                try replica.restore(
                    parameters: checkpoint.parameters, state: checkpoint.state, numbers: checkpoint.numbers,
                    statistics: checkpoint.statistics, leftOvers: checkpoint.leftOvers)
            }
            var trace = Trace()
            let last = communicator.size - 1
            try trainer.train(
                // Any rank may ask.
                requests: { $0 != nil && $0?.step == end && communicator.rank == last ? .interruption : [] },
                onRequest: { _ in
                    let state = try trainer.state()
                    if let snapshot = try replica.snapshot() {
                        let writer = CheckpointWriter(directory: directory, kept: 2)
                        writer.write(
                            snapshot,
                            .init(trainer: state, fingerprint: Fingerprint(replica)))
                        writer.finish()
                        if let failure = writer.takeFailure() { throw failure }
                    }
                },
                onStep: { trace.steps.append($0) }, onCycle: { trace.cycles.append($0) })
            XCTAssertEqual(trainer.isInterrupted, end != nil)
            trace.parameters = try replica.network.exportParameters() + replica.network.exportStatistics()
            try communicator.barrier()
            return trace
        }
    }

    private func run(_ experiment: Experiment, ranks: Int, upTo end: Int?, in directory: String) throws -> Trace {
        try InProcessCommunicator.run(ranks: ranks) { try experiment.run(upTo: end, in: directory, over: $0) }[0]
    }

    /// 42 steps in cycles of 5: within cycles, at their ends, before the first and after the last look.
    func testATrainingThatIsInterruptedComesToTheSameBits() throws {
        for (ranks, batch, compresses, optimizer) in [
            (1, 16, false, Adam()), (2, 16, false, Adam()), (3, 17, false, Adam()), (4, 16, false, Adam()),
            (2, 16, true, Adam()), (3, 16, true, Adam()), (2, 16, false, ScheduleFreeSGD(power: 1)),
            (3, 16, false, ScheduleFreeAdamW()), (2, 16, false, MoMo()),
            (2, 16, true, DoG(firstDistance: 0.1)),
            (3, 16, false, Prodigy(firstDistance: 0.1)),
        ] as [(Int, Int, Bool, any Optimizer)] {
            let experiment = Experiment(batch: batch, compresses: compresses, optimizer: optimizer)
            let folder = try TemporaryDirectory()
            let whole = try run(experiment, ranks: ranks, upTo: nil, in: folder.file("whole"))
            let total = whole.steps.count
            XCTAssertGreaterThanOrEqual(total, 42)
            var parts = Trace()
            for end in [2, 5, 13, 14, 25, total - 1, nil] as [Int?] {
                let part = try run(experiment, ranks: ranks, upTo: end, in: folder.file("parts"))
                parts.steps += part.steps
                parts.cycles += part.cycles
                parts.parameters = part.parameters
            }
            let what = "\(ranks) ranks, compresses: \(compresses), \(optimizer)"
            XCTAssertEqual(parts.steps.map(\.step), Array(1...total), what)
            XCTAssertEqual(parts.lossBits, whole.lossBits, what)
            XCTAssertEqual(parts.rateBits, whole.rateBits, what)
            XCTAssertEqual(parts.parameterBits, whole.parameterBits, what)
            XCTAssertEqual(parts.cycles.map(\.train), whole.cycles.map(\.train), what)
            XCTAssertEqual(parts.cycles.map(\.test), whole.cycles.map(\.test), what)
            XCTAssertEqual(parts.cycles.map(\.layers), whole.cycles.map(\.layers), what)
            XCTAssertEqual(parts.cycles.map(\.rates), whole.cycles.map(\.rates), what)
            // The last two are kept.
            XCTAssertEqual(try Checkpoint.steps(in: folder.file("parts")), [25, total - 1])
        }
    }

    /// Another number of ranks goes on too; its own normalisation and rounding make small differences.
    func testAnotherNumberOfRanksContinues() throws {
        for compresses in [false, true] {
            let experiment = Experiment(compresses: compresses)
            let folder = try TemporaryDirectory()
            _ = try run(experiment, ranks: 3, upTo: 20, in: folder.path)
            for ranks in [1, 2, 4] {
                let rest = try run(experiment, ranks: ranks, upTo: nil, in: folder.path)
                XCTAssertEqual(rest.steps.first?.step, 21)
                XCTAssertEqual(rest.cycles.first?.step, 25)
                // Those counted before the interruption, too.
                XCTAssertEqual(rest.cycles.first.map { Int($0.train.sampleCount) }, 7 + 4 * 16)
                XCTAssertGreaterThan(try XCTUnwrap(rest.cycles.last).test?.accuracy ?? 0, 0.6)
            }
        }
    }

    /// What computes a training goes on with it, the size of a pass may change, the program may be another.
    func testWhatComputesATrainingStays() throws {
        let now = try InProcessCommunicator.run(ranks: 1) {
            Fingerprint(try SmallExperiment().replica($0), program: "a", sets: ["training set": "x"])
        }[0]
        var kept = now
        XCTAssertNil(now.refusal(of: kept))
        XCTAssertNil(now.notice(since: kept))
        kept.program = "b"
        XCTAssertNil(now.refusal(of: kept))
        XCTAssertEqual(now.notice(since: kept)?.hasPrefix("changed since the checkpoint: the program; "), true)
        let layer = try XCTUnwrap(now.primitives.keys.sorted().first)
        let computed = try XCTUnwrap(now.primitives[layer]?["forward"])
        kept.primitives[layer]?["forward"] = "jit:other"
        let refusal = try XCTUnwrap(now.refusal(of: kept))
        XCTAssertTrue(refusal.hasPrefix("expected jit:other ("), refusal)
        XCTAssertTrue(refusal.contains(" for the forward pass of layer \(layer), "), refusal)
        XCTAssertTrue(refusal.contains(" found \(computed) ("), refusal)
        // Chosen for another size, by the same algorithm.
        kept.batch += 1
        XCTAssertNil(now.refusal(of: kept))
        kept.primitives[layer]?["forward"] = "jit_wino:other"
        XCTAssertNotNil(now.refusal(of: kept))
        kept = now
        kept.sets["training set"] = "y"
        let data = try XCTUnwrap(now.refusal(of: kept))
        XCTAssertTrue(data.hasPrefix("expected the training set that the run began with, y, found x; "), data)
    }

    private func checkpoint(in folder: TemporaryDirectory) throws -> (path: String, read: () throws -> Checkpoint) {
        let directory = folder.file("checkpoints")
        // Twenty boundaries of 4 KiB in the tensors.
        let width = 400
        _ = try run(Experiment(width: width), ranks: 1, upTo: 3, in: directory)
        let path = "\(directory)/\(Checkpoint.fileName(step: 3))"
        return (
            path,
            {
                try Checkpoint(
                    readingFrom: path, stateArenas: 2,
                    statistics: [("1.running_mean", width), ("1.running_var", width)])
            }
        )
    }

    /// What is said of any damage to any file.
    private func refusal(_ path: String) -> String {
        "\(path): expected the files that a checkpoint was written as, found others or parts of them"
    }

    func testPartsOfFilesAreRefused() throws {
        let folder = try TemporaryDirectory()
        let (path, read) = try checkpoint(in: folder)
        XCTAssertEqual(try read().parameters.count, 5)
        for name in [Checkpoint.tensors, Checkpoint.position, Checkpoint.checksums] {
            let file = URL(fileURLWithPath: "\(path)/\(name)")
            let bytes = try Data(contentsOf: file)
            if name == Checkpoint.tensors { XCTAssertGreaterThan(bytes.count, 20 * 4096) }
            let lengths = Set(stride(from: 0, to: bytes.count, by: 4096)).union([1, bytes.count / 2, bytes.count - 1])
            for length in lengths {
                try bytes.prefix(length).write(to: file)
                XCTAssertThrowsError(try read(), "\(length) of \(bytes.count) bytes of \(name)") {
                    XCTAssertEqual("\($0)", refusal(path))
                }
            }
            try FileManager.default.removeItem(at: file)
            XCTAssertThrowsError(try read(), "no \(name)") {
                XCTAssertEqual("\($0)", "\(path)/\(name): cannot read: No such file or directory")
            }
            try bytes.write(to: file)
        }
        XCTAssertEqual(try read().trainer.stepsDone, 3)
    }

    /// 10,000 bytes, each changed by itself.
    func testFlippedBytesAreRefused() throws {
        let folder = try TemporaryDirectory()
        let (path, read) = try checkpoint(in: folder)
        var random = SplitMix64(state: 4)
        for (name, count) in [(Checkpoint.tensors, 8000), (Checkpoint.position, 1000), (Checkpoint.checksums, 1000)] {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(path)/\(name)"))
            let bytes = try XCTUnwrap(try file.readToEnd())
            func set(_ place: Int, _ byte: UInt8) throws {
                try file.seek(toOffset: UInt64(place))
                try file.write(contentsOf: [byte])
            }
            for _ in 0..<count * Mutations.factor {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                try set(place, bytes[place] ^ UInt8.random(in: 1...255, using: &random))
                XCTAssertThrowsError(try read(), "byte \(place) of \(name)") {
                    XCTAssertEqual("\($0)", refusal(path))
                }
                try set(place, bytes[place])
            }
        }
        XCTAssertEqual(try read().trainer.stepsDone, 3)
    }

    /// What the checksums would not tell: `state.json` as somebody else wrote it.
    func testDamagedPositionsAreReadOrRefused() throws {
        let folder = try TemporaryDirectory()
        let (path, _) = try checkpoint(in: folder)
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: "\(path)/\(Checkpoint.position)")))
        var random = SplitMix64(state: 11)
        var refused = 0
        for _ in 0..<2000 * Mutations.factor {
            var damaged = bytes
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: damaged[place] = UInt8.random(in: 0x20...0x7E, using: &random)
                case 1: damaged.remove(at: place)
                default: damaged.removeSubrange(place...)
                }
                if damaged.isEmpty { break }
            }
            do {
                _ = try Checkpoint.position(decoding: damaged, path: "state.json")
            } catch {
                refused += 1
                XCTAssertTrue("\(error)".hasPrefix("state.json: expected "), "\(error)")
                XCTAssertFalse("\(error)".contains("\n"), "\(error)")
            }
        }
        XCTAssertGreaterThan(refused, 1000 * Mutations.factor)
        XCTAssertEqual(try Checkpoint.position(decoding: bytes, path: "state.json").trainer.stepsDone, 3)
    }

    func testWhatCannotBeWrittenLeavesWhatWasThere() throws {
        let folder = try TemporaryDirectory()
        let file = folder.file("file")
        try Data().write(to: URL(fileURLWithPath: file))
        XCTAssertThrowsError(try run(Experiment(), ranks: 1, upTo: 3, in: "\(file)/below")) {
            XCTAssertTrue("\($0)".hasPrefix("\(file)/below/step-000000003"), "\($0)")
        }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["file"])
    }

    /// A snapshot of a training and its position, for files alone.
    private func example() throws -> (snapshot: ReplicaSnapshot, position: Checkpoint.Position) {
        try InProcessCommunicator.run(ranks: 1) { communicator in
            let replica = try SmallExperiment().replica(communicator)
            let trainer = Trainer(
                replica, schedule: SmallExperiment().schedule, plan: Trainer.Plan(epochs: 1), validation: nil, test: nil
            )
            let position = Checkpoint.Position(
                trainer: try trainer.state(), fingerprint: Fingerprint(replica))
            return (try XCTUnwrap(try replica.snapshot()), position)
        }[0]
    }

    private func stepsDone(_ path: String) throws -> Int {
        try Checkpoint(readingFrom: path, stateArenas: 1, statistics: []).trainer.stepsDone
    }

    /// While one is written the newest of a step waits, and the best one, whatever comes after it.
    func testCheckpointsThatWaitForEachOther() throws {
        let folder = try TemporaryDirectory()
        let example = try example()
        var position = example.position
        let queue = DispatchQueue(label: "held")
        queue.suspend()
        let writer = CheckpointWriter(directory: folder.path, kept: 9, queue: queue)
        XCTAssertFalse(writer.isBusy)
        for (step, isBest) in [(10, false), (10, true), (20, false), (20, true), (30, false)] {
            position.trainer.stepsDone = step
            writer.write(example.snapshot, position, isBest: isBest)
            XCTAssertLessThanOrEqual(writer.waitingCount, 2)
            XCTAssertTrue(writer.isBusy)
        }
        queue.resume()
        writer.finish()
        XCTAssertFalse(writer.isBusy)
        XCTAssertNil(writer.takeFailure())
        XCTAssertEqual(try folder.contents(), ["best", "step-000000030"])
        XCTAssertEqual(try stepsDone(folder.file("best")), 20)
    }

    /// The first of checkpoints that fail one after the other is told, and then how many they were.
    func testFailuresAreToldOnce() throws {
        let folder = try TemporaryDirectory()
        let example = try example()
        let directory = folder.file("checkpoints")
        let writer = CheckpointWriter(directory: directory, kept: 2)
        func write(_ step: Int) {
            var position = example.position
            position.trainer.stepsDone = step
            writer.write(example.snapshot, position)
            writer.finish()
        }
        func told() -> [String] {
            writer.takeNews().map {
                switch $0 {
                case .failure: "failure"
                case .writtenAgain(let count): "written after \(count)"
                }
            }
        }
        write(1)
        XCTAssertEqual(told(), [])
        for count in [3, 1] {
            try FileManager.default.removeItem(atPath: directory)
            try Data().write(to: URL(fileURLWithPath: directory))
            for step in 2..<2 + count {
                write(step)
                XCTAssertEqual(told(), step == 2 ? ["failure"] : [], "\(step)")
                XCTAssertEqual(writer.failedCount, step - 1)
            }
            try FileManager.default.removeItem(atPath: directory)
            write(9)
            XCTAssertEqual(writer.failedCount, 0)
            XCTAssertEqual(told(), ["written after \(count)"])
            write(10)
            XCTAssertEqual(told(), [])
        }
        // What was not looked at meanwhile comes in its order.
        try FileManager.default.removeItem(atPath: directory)
        try Data().write(to: URL(fileURLWithPath: directory))
        for step in 11...12 { write(step) }
        try FileManager.default.removeItem(atPath: directory)
        write(13)
        XCTAssertEqual(told(), ["failure", "written after 2"])
        XCTAssertNil(writer.takeFailure())
    }

    /// A training that passed a damaged checkpoint over keeps as many others as without it.
    func testADamagedCheckpointTakesNoPlace() throws {
        for kept in [1, 2] {
            let folder = try TemporaryDirectory()
            let example = try example()
            var position = example.position
            func write(_ step: Int) throws {
                position.trainer.stepsDone = step
                try Checkpoint.write(example.snapshot, position, in: folder.path, kept: kept)
            }
            for step in [3, 9] { try write(step) }
            for step in [4, 5, 7] { try write(step) }
            XCTAssertEqual(try Checkpoint.steps(in: folder.path), Array([5, 7].suffix(kept)) + [9])
            for step in [9, 10] { try write(step) }
            XCTAssertEqual(try Checkpoint.steps(in: folder.path), Array([9, 10].suffix(kept)))
        }
    }

    /// A process can be killed between any two of its calls: what is on the disk then is made good when the run goes on.
    func testWhatAKilledProcessLeavesIsClearedAway() throws {
        let folder = try TemporaryDirectory()
        let example = try example()
        var position = example.position
        func write(_ step: Int, isBest: Bool) throws {
            position.trainer.stepsDone = step
            try Checkpoint.write(example.snapshot, position, in: folder.path, kept: 2, isBest: isBest)
        }
        try write(7, isBest: true)
        try write(8, isBest: false)
        let files = FileManager.default
        // Killed as another best one was about to take the place of this one.
        try files.moveItem(atPath: folder.file("best"), toPath: folder.file("best.3.old"))
        try files.copyItem(atPath: folder.file("best.3.old"), toPath: folder.file("best.4.partial"))
        try files.createDirectory(atPath: folder.file("step-000000009.5.partial"), withIntermediateDirectories: true)
        // Killed after another had taken its place.
        try files.copyItem(atPath: folder.file("step-000000008"), toPath: folder.file("step-000000008.6.old"))
        try Data().write(to: URL(fileURLWithPath: folder.file("notes.txt")))
        try Checkpoint.recover(in: folder.path)
        XCTAssertEqual(try folder.contents(), ["best", "notes.txt", "step-000000008"])
        XCTAssertEqual(try stepsDone(folder.file("best")), 7)
        // One in the place of the other, and nothing beside it.
        try write(9, isBest: true)
        try write(8, isBest: false)
        XCTAssertEqual(try folder.contents(), ["best", "notes.txt", "step-000000008"])
        XCTAssertEqual(try stepsDone(folder.file("best")), 9)
        try Checkpoint.recover(in: folder.file("none"))
    }

    func testWhenThereIsACheckpoint() {
        func steps(_ change: (inout Checkpointing) -> Void, busy: Range<Int> = 0..<0) -> [Int] {
            var settings = Checkpointing()
            change(&settings)
            var policy = CheckpointPolicy(settings)
            return (1...20).filter {
                policy.asks(afterStep: $0, endsCycle: $0 % 7 == 0, isBusy: busy.contains($0))
            }
        }
        XCTAssertEqual(steps { _ in }, [])
        XCTAssertEqual(steps { $0.steps = 6 }, [6, 12, 18])
        XCTAssertEqual(steps { $0.cycle = true }, [7, 14])
        XCTAssertEqual(
            steps {
                $0.steps = 10
                $0.cycle = true
            }, [7, 10, 14, 20])
        XCTAssertEqual(steps({ $0.steps = 6 }, busy: 6..<9), [9, 12, 18])
        XCTAssertEqual(steps { $0.minutes = 1e-12 }.count, 20)
        XCTAssertEqual(steps { $0.minutes = 0 }, [])
    }
}
