import DataParallel
import Datasets
import LearningRate
import LearningRateTestSupport
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Training
import TrainingTestSupport
import XCTest

/// Trainings that cannot go on: all ranks end alike.
final class DivergenceTests: XCTestCase {
    func testALossThatIsNotFiniteEndsAllRanks() throws {
        for ranks in 1...4 {
            var experiment = SmallExperiment(batch: 17)
            experiment.schedule = .constant(1e6)
            let training = experiment
            let messages = try InProcessCommunicator.run(ranks: ranks) { communicator in
                try Self.message(Self.trainer(training.replica(communicator), training.schedule), communicator)
            }
            for message in messages {
                XCTAssertEqual(message, messages[0], "\(ranks) ranks")
                let text = message ?? "no error"
                XCTAssertTrue(
                    text.hasPrefix("the loss of ") && text.contains(" not finite at step ")
                        && text.contains("rate 1000000.0"), text)
            }
        }
    }

    func testAParameterThatIsNotFiniteBehindAFiniteLossEndsAllRanks() throws {
        for ranks in 1...4 {
            let experiment = Self.hidingExperiment
            let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try experiment.replica(communicator)
                if replica.isFirstOfNode { replica.update.arenas.parameters[0] = .nan }
                try communicator.barrier()
                var losses: [Double] = []
                let trainer = Self.trainer(replica, .constant(0.01))
                let message = try Self.message(trainer, communicator) { losses.append($0.loss) }
                return (message, losses.allSatisfy(\.isFinite))
            }
            for (message, lossesAreFinite) in outcomes {
                XCTAssertTrue(
                    message?.hasPrefix("a parameter is not finite after step ") == true, "\(message ?? "none")")
                XCTAssertTrue(lossesAreFinite)
            }
        }
    }

    /// Within a cycle too: what is asked for is not kept then.
    func testAParameterThatIsNotFiniteIsNeverKept() throws {
        for ranks in 1...4 {
            let experiment = Self.hidingExperiment
            let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try experiment.replica(communicator)
                if replica.isFirstOfNode { replica.update.arenas.parameters[0] = .nan }
                try communicator.barrier()
                let trainer = Self.trainer(replica, .constant(0.01))
                var kept = 0
                do {
                    // Step 3 of the cycle's 7.
                    try trainer.train(
                        requests: { $0?.step == 3 ? .checkpoint : [] }, onRequest: { _ in kept += 1 })
                } catch is AgreedError {
                    try communicator.barrier()
                }
                return (trainer.failure, kept)
            }
            for (failure, kept) in outcomes {
                XCTAssertEqual(failure, .nonFiniteParameters(step: 3, epoch: 3.0 / 7, rate: 0.01), "\(ranks) ranks")
                XCTAssertEqual(kept, 0)
            }
        }
    }

    /// A batch system that asks for an end does not ask twice.
    func testWhatWasAskedForBeforeAFailureIsDoneAfterIt() throws {
        for ranks in 1...4 {
            let experiment = Self.hidingExperiment
            let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try experiment.replica(communicator)
                func setFirstParameter(_ value: Float) throws {
                    if replica.isFirstOfNode {
                        replica.update.arenas.parameters[0] = value
                        for state in replica.update.arenas.state { state[0] = 0 }
                    }
                    try communicator.barrier()
                }
                let trainer = Self.trainer(replica, .constant(0.01))
                let start = try trainer.state()
                try setFirstParameter(.nan)
                let last = communicator.size - 1
                do {
                    try trainer.train(requests: { step in
                        step?.step == 3 && communicator.rank == last ? .interruption : []
                    })
                    XCTFail("the training came to an end")
                } catch is AgreedError {
                    try communicator.barrier()
                }
                try setFirstParameter(0.1)
                try trainer.restore(start)
                var answered: [StepRequests] = []
                try trainer.train(onRequest: { answered.append($0) })
                try communicator.barrier()
                return (trainer.stepsDone, trainer.isInterrupted, answered)
            }
            for (step, isInterrupted, answered) in outcomes {
                XCTAssertEqual(step, 1, "\(ranks) ranks")
                XCTAssertTrue(isInterrupted)
                XCTAssertEqual(answered, [.interruption])
            }
        }
    }

    /// After a roll-back too.
    func testDecisionsTellTheRatesThatStepsHave() throws {
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            let trainer = Self.trainer(
                try SmallExperiment().replica(communicator),
                .mutualInformation(bounds: RateBounds(minimum: 1e-4, maximum: 0.1)))
            trainer.rateScale = 0.5
            var cycles: [CycleRecord] = []
            try trainer.train(onCycle: { cycles.append($0) })
            try communicator.barrier()
            return cycles
        }
        for cycles in outcomes {
            XCTAssertEqual(cycles.count, 5)
            for (cycle, next) in zip(cycles, cycles.dropFirst()) {
                XCTAssertEqual(cycle.decision.before, cycle.rate)
                XCTAssertEqual(cycle.decision.after, next.rate)
            }
        }
    }

    /// Adam's first update moves a parameter by the rate, whatever its gradient: the moments are corrected for their start by
    /// the number of updates, which steps that were left out are none of.
    func testStepsThatAreLeftOutAreNoUpdates() throws {
        let rate = 0.01
        for ranks in 1...4 {
            let moves = try InProcessCommunicator.run(ranks: ranks) { communicator in
                Processor.setThreadCount(1)
                var settings = Replica.Settings(seed: 1, globalBatch: 4)
                settings.leavesOutNonFiniteSteps = true
                let replica = try Replica(
                    .mlp(inputShape: [3], hidden: [4], classes: 2, activation: Tanh()),
                    training: LateDataset(finiteStep: 2, batch: 4, seed: 1), optimizer: Adam(), settings: settings,
                    over: communicator)
                let before = Array(replica.update.arenas.parameters)
                var plan = Trainer.Plan(epochs: 1)
                plan.leavesOutNonFiniteSteps = true
                let trainer = Trainer(
                    replica, schedule: .constant(rate), plan: plan, validation: nil, test: nil)
                try trainer.train()
                XCTAssertEqual(trainer.stepsDone, 3)
                let moves = zip(before, replica.update.arenas.parameters).map { abs($0 - $1) }
                try communicator.barrier()
                return moves.max() ?? 0
            }
            for move in moves { XCTAssertEqual(Double(move), rate, accuracy: 1e-3 * rate, "\(ranks) ranks") }
        }
    }

    func testAGradientThatCannotBeClippedEndsAllRanksAndChangesNothing() throws {
        for ranks in 1...4 {
            let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try ExtremeDataset.replica(communicator)
                let before = replica.update.arenas.parameters.map(\.bitPattern)
                let message = try Self.message(
                    Self.trainer(replica, .constant(0.1)), communicator)
                return (message, before == replica.update.arenas.parameters.map(\.bitPattern))
            }
            let expected = TrainingError.nonFiniteGradient(step: 0, epoch: 0, rate: 0.1).description
            for (message, isUnchanged) in outcomes {
                XCTAssertEqual(message, expected, "\(ranks) ranks")
                XCTAssertTrue(isUnchanged, "\(ranks) ranks: parameters changed")
            }
        }
    }

    func testARangeTestStopsWhereTheGradientCannotBeClipped() throws {
        for ranks in 1...4 {
            let reasons = try InProcessCommunicator.run(ranks: ranks) { communicator in
                try ExtremeDataset.replica(communicator).run(RangeTest(steps: 20)).stopReason
            }
            XCTAssertEqual(reasons, Array(repeating: .notFinite(step: 0, rate: 1e-5), count: ranks))
        }
    }

    /// What is left out takes less time than a step.
    func testAMeasurementOfStepsThatUpdateNothingEndsAllRanks() throws {
        for ranks in 1...3 {
            let messages = try InProcessCommunicator.run(ranks: ranks) { communicator in
                let replica = try SmallExperiment(batch: 17).replica(communicator)
                do {
                    _ = try Throughput.measure(replica, warmUp: 1, windows: 2, steps: 20, rate: 1e6)
                } catch let error as AgreedError {
                    try communicator.barrier()
                    return error.message
                }
                return "no error"
            }
            for message in messages {
                XCTAssertTrue(message.contains("not finite at step ") && message.contains("--rate"), message)
                XCTAssertEqual(message, messages[0])
            }
        }
    }

    /// The ReLU behind the first weight makes 0 of what is not a number, as that of oneDNN does.
    private static var hidingExperiment: SmallExperiment {
        var experiment = SmallExperiment(batch: 17)
        experiment.numerics.convolution = .direct
        return experiment
    }

    private static func trainer(_ replica: Replica, _ schedule: RunningSchedule) -> Trainer {
        Trainer(replica, schedule: schedule, plan: Trainer.Plan(epochs: 5), validation: nil, test: nil)
    }

    /// Message of the `AgreedError` that ends the training; nil if none does.
    private static func message(
        _ trainer: Trainer, _ communicator: any Communicator, onStep: @escaping (StepRecord) -> Void = { _ in }
    ) throws -> String? {
        do {
            try trainer.train(onStep: onStep)
        } catch let error as AgreedError {
            // All ranks get here, or this fails.
            try communicator.barrier()
            return error.message
        }
        return nil
    }
}

/// Samples so large that finite logits have gradients beyond Float's range.
private struct ExtremeDataset: Dataset {
    let count = 12
    let sampleShape = [3]
    let featureCount = 3
    let classCount = 2

    func label(at index: Int) -> Int32 { 0 }

    func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        features.update(repeating: 1e38)
        labels.update(repeating: 0)
    }

    /// Collective. A first layer of zeros makes all logits 0; the gradient that comes back to it is multiplied by 100
    /// times the features.
    static func replica(_ communicator: any Communicator) throws -> Replica {
        Processor.setThreadCount(1)
        var settings = Replica.Settings(seed: 1, globalBatch: 5)
        settings.clipNorm = 1
        let replica = try Replica(
            .mlp(inputShape: [3], hidden: [4], classes: 2, activation: Tanh()), training: ExtremeDataset(),
            optimizer: SGD(momentum: 0.9), settings: settings, over: communicator)
        if replica.isFirstOfNode {
            var parameters = try replica.network.exportParameters()
            for tensor in parameters.indices {
                let isLast = tensor == parameters.count - 2
                for index in parameters[tensor].values.indices {
                    parameters[tensor].values[index] = isLast ? (index < 4 ? 100 : -100) : 0
                }
            }
            try replica.network.importParameters(parameters)
        }
        try replica.update.arenas.synchronize()
        return replica
    }
}

/// Samples that are finite only in one step of the first epoch.
private struct LateDataset: Dataset {
    let count = 12
    let sampleShape = [3]
    let featureCount = 3
    let classCount = 2
    private var finite: Set<Int> = []

    init(finiteStep: Int, batch: Int, seed: UInt64) {
        var samples = [Int](repeating: 0, count: batch)
        var span = samples.mutableSpan
        GlobalOrder(seed: seed, epoch: 0, count: count)
            .copySamples(at: finiteStep * batch..<(finiteStep + 1) * batch, into: &span)
        finite = Set(samples)
    }

    func label(at index: Int) -> Int32 { Int32(index % 2) }

    func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        for position in 0..<indices.count {
            labels[position] = label(at: indices[position])
            for feature in 0..<3 {
                features[3 * position + feature] = finite.contains(indices[position]) ? Float(feature + 1) / 2 : .nan
            }
        }
    }
}
