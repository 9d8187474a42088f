import DataParallel
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Training
import TrainingTestSupport
import XCTest

/// Averages of the parameters: what they are averages of, and what is evaluated.
final class AveragingTests: XCTestCase {
    /// PyTorch's `AveragedModel` takes over the first parameters, then averages; DoG's weights are 9/(8 + n).
    func testWeights() {
        let ema = WeightAveraging.exponential(decay: 0.9)
        XCTAssertEqual((1...4).map(ema.weight), [1, 1 - 0.9, 1 - 0.9, 1 - 0.9])
        XCTAssertEqual((1...4).map(WeightAveraging.polynomial.weight), [1, 9 / 10, 9 / 11, 9 / 12])
    }

    private static func configuration(_ overrides: [String]) throws -> Configuration {
        try NormalizedNetwork.configuration(
            samples: 103, training: "{batch: 16, epochs: 2}", learningRate: "{bounds: {min: 0.01, max: 0.2}}", overrides
        )
    }

    /// Each update adds its share of the parameters as they are after it; the training itself is the one without an average.
    func testTheAverageIsThatOfTheParametersAfterEachUpdate() throws {
        for (form, averaging) in [
            ("polynomial", WeightAveraging.polynomial), ("exponential, decay: 0.75", .exponential(decay: 0.75)),
        ] {
            for ranks in [1, 3] {
                let traces = try InProcessCommunicator.run(ranks: ranks) { communicator in
                    let experiment = try Experiment(
                        Self.configuration(["averaging={form: \(form)}"]), dataRoot: nil, over: communicator)
                    let arenas = experiment.replica.update.arenas
                    var expected = [Float](repeating: 0, count: arenas.count)
                    var trained: [UInt32] = []
                    try experiment.trainer(bounds: nil).train(onStep: { record in
                        let weight = Float(averaging.weight(ofUpdate: record.step))
                        for i in expected.indices { expected[i] += weight * (arenas.parameters[i] - expected[i]) }
                        trained = arenas.parameters.map(\.bitPattern)
                        // Nobody updates before all have read.
                        try communicator.barrier()
                    })
                    let found = arenas.state.last!.map(\.bitPattern)
                    try communicator.barrier()
                    return (found, expected.map(\.bitPattern), trained)
                }
                let plain = try InProcessCommunicator.run(ranks: ranks) { communicator in
                    let experiment = try Experiment(Self.configuration([]), dataRoot: nil, over: communicator)
                    try experiment.trainer(bounds: nil).train()
                    let parameters = experiment.replica.update.arenas.parameters.map(\.bitPattern)
                    try communicator.barrier()
                    return parameters
                }
                for (trace, plain) in zip(traces, plain) {
                    XCTAssertEqual(trace.0, trace.1, "\(form), \(ranks) ranks")
                    XCTAssertEqual(trace.2, plain, "\(form), \(ranks) ranks: training is another with an average")
                    XCTAssertNotEqual(trace.0, plain)
                }
            }
        }
    }

    /// Sets are evaluated with the average and running statistics made for it, of which training then sees nothing.
    func testSetsAreEvaluatedWithTheAverage() throws {
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            let experiment = try Experiment(
                Self.configuration(["averaging.form=polynomial"]), dataRoot: nil, over: communicator)
            let replica = experiment.replica
            var last: CycleRecord?
            try experiment.trainer(bounds: nil).train(onCycle: { last = $0 })
            let before = replica.network.exportStatistics()
            let own = try replica.evaluate(experiment.data.test).metrics(cycle: 0, step: 0, cycleLength: 1)
            // By hand: the average into the network, and statistics over the training set.
            let (tensors, statistics) = try replica.withEvaluatedParameters {
                (try replica.network.exportParameters(), replica.network.exportStatistics())
            }
            XCTAssertEqual(replica.network.exportStatistics(), before)
            try communicator.barrier()
            try replica.network.importStatistics(statistics)
            if replica.isFirstOfNode { try replica.network.importParameters(tensors) }
            try communicator.barrier()
            let average = try replica.evaluate(experiment.data.test).metrics(cycle: 0, step: 0, cycleLength: 1)
            try communicator.barrier()
            return (last!.test!.loss, average.loss, own.loss)
        }
        for (recorded, average, own) in outcomes {
            XCTAssertEqual(recorded, average)
            XCTAssertNotEqual(recorded, own)
        }
    }
}
