import Datasets
import Foundation
import LearningRate
import Logging
import MPI
import NeuralNetwork
import Optimizers
import Runs
import Settings
import SettingsTestSupport
import TrainingTestSupport
import XCTest

/// A schedule of a user's own.
private struct Halving: Schedule {
    static let name = "halving"

    var rate = 0.25
    var every = 2
    var run: ScheduleRun?

    static let settings: [Setting<Self>] = [
        .init("rate", \.rate, .above(0), "first rate"),
        .init("every", \.every, .atLeast(1), unit: "steps", "half-life"),
    ]

    func rate(at step: Int) -> Double { rate * pow(0.5, Double(step / every)) }
}

/// A data format of a user's own: two intertwined arcs.
private struct Arcs: DataFormat {
    static let name = "arcs"

    var samples = 96

    static let settings: [Setting<Self>] = [.init("samples", \.samples, .atLeast(4), "samples of either arc")]

    static var isStandardized: Bool { true }
    var classCount: Int? { 2 }
    var sampleShape: [Int]? { [2] }

    func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        func arc(_ offset: Double) -> SampleArrays {
            var (features, labels): ([Float], [Int32]) = ([], [])
            for index in 0..<2 * samples {
                let (angle, arm) = (Double(index / 2) / Double(samples) * 3 + offset, index % 2)
                let sign = arm == 0 ? 1.0 : -1
                features += [Float(sign * angle * cos(angle)), Float(sign * angle * sin(angle))]
                labels.append(Int32(arm))
            }
            return SampleArrays(features: features, shape: [2], labels: labels, classCount: 2)
        }
        return try options.prepare(train: arc(0.5), test: arc(0.51), subject: "arcs")
    }
}

/// A layer of a user's own: each feature times a factor that is learned.
private struct Factor: PlainLayer {
    static let name = "factor"
    static let settings: [Setting<Self>] = []

    func outputShape(input: [Int]) -> [Int] { input }

    func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [LayerParameter("factor", shape: place.input, isDecayed: true, initialValue: .uniform(bound: 1))]
    }

    func forward(_ pass: inout ForwardPass) {
        let factor = pass.parameters[0]
        for index in pass.input.indices { pass.output[index] = pass.input[index] * factor[index % factor.count] }
    }

    func backward(_ pass: inout BackwardPass) {
        let factor = pass.parameters[0]
        for index in pass.input.indices {
            let (gradient, place) = (pass.outputGradient[index], index % factor.count)
            pass.inputGradient[index] = gradient * factor[place]
            pass.gradients[0][place] += gradient * pass.input[index]
        }
    }
}

/// An optimizer of a user's own: plain descent.
private struct Descent: Optimizer {
    static let name = "descent"
    static let settings: [Setting<Self>] = []

    var stateArenaCount: Int { 0 }

    func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        var parameters = slice.parameterValues
        let gradients = slice.gradientValues
        let scale = Float(step.rate) * step.gradientScale
        for index in parameters.indices { parameters[index] -= scale * gradients[index] }
    }
}

/// Components from outside are chosen by their names, written, trained with, resumed and evaluated.
final class AdditionsTests: XCTestCase {
    private static let additions: [any Component.Type] = [Halving.self, Arcs.self]
    private static let text = """
        data: {format: arcs, samples: 48}
        model: {preset: mlp, hidden: [8]}
        training: {batch: 16, epochs: 4}
        learningRate: {schedule: joined, parts: [{epochs: 1, schedule: constant, rate: 0.1}, {schedule: halving, every: 3}]}
        checkpoint: {minutes: 0, steps: 1}
        output: {plot: false}
        """

    private func configuration() throws -> Configuration {
        try Configuration(yaml: Self.text, name: "x.yaml", additions: Self.additions)
    }

    func testTheyAreReadWrittenAndRefusedAsOursAre() throws {
        assertTableLaws(Halving.self, state: ["run"])
        assertTableLaws(Arcs.self)
        let configuration = try configuration()
        XCTAssertEqual((configuration.data.source as? Arcs)?.samples, 48)
        XCTAssertEqual(
            try Configuration(yaml: configuration.yaml, name: "y", additions: Self.additions), configuration)
        func error(_ text: String, _ additions: [any Component.Type]) -> String {
            do {
                _ = try Configuration(yaml: text, name: "x.yaml", additions: additions)
                return ""
            } catch { return "\(error)" }
        }
        XCTAssertEqual(
            error(Self.text, [Halving.self]),
            "x.yaml:1:16: data.format: expected one of digits, idx, cifar10, cifar100, csv, npy, hdf5, images, synthetic, found \"arcs\""
        )
        XCTAssertEqual(
            error(Self.text.replacing("samples: 48", with: "samples: 3"), Self.additions),
            "x.yaml:1:31: data.samples: expected an integer of at least 4, found 3")
        XCTAssertEqual(
            error("data: {format: digits, samples: 48}\nmodel: {preset: mlp}", Self.additions),
            "x.yaml:1:24: data.samples: belongs to format: arcs, but the format is digits")
    }

    /// On ranks and in micro-batches, and with the rates of layers, the same training but for rounding.
    func testOwnLayersAndOptimizersTrainAsOurs() throws {
        let additions: [any Component.Type] = [Arcs.self, Factor.self, Descent.self]
        func parameters(_ optimizer: String, ranks: Int = 1, _ training: String = "") throws -> [Tensor] {
            let text = """
                data: {format: arcs, validation: 0.25}
                model: {layers: [{dense: 8}, factor, tanh, {dense: 6}, factor, {dense: 2}]}
                training: {batch: 24, epochs: 3\(training)}
                optimizer: \(optimizer)
                learningRate:
                  schedule: mutual-information
                  form: gain
                  bounds: {min: 0.01, max: 0.2}
                  layers: {share: 0.5}
                """
            let configuration = try Configuration(yaml: text, name: "x.yaml", additions: additions)
            return try InProcessCommunicator.run(ranks: ranks) { communicator in
                let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
                XCTAssertEqual(experiment.data.validation?.count, 48)
                try experiment.train()
                let parameters = try experiment.replica.network.exportParameters()
                try experiment.free()
                return parameters
            }[0]
        }
        let own = try parameters("{name: descent}")
        XCTAssertEqual(own, try parameters("{name: sgd, momentum: 0}"))
        XCTAssertTrue(own.contains { $0.name == "1.factor" && $0.shape == [8] })
        for other in try [parameters("{name: descent}", ranks: 2), parameters("{name: descent}", ", microBatch: 5")] {
            for (one, other) in zip(own, other) {
                for (one, other) in zip(one.values, other.values) { XCTAssertEqual(one, other, accuracy: 1e-4) }
            }
        }
    }

    func testATrainingIsResumedAndItsWeightsAreEvaluated() throws {
        let folder = try TemporaryDirectory()
        let configuration = try configuration()
        func train(_ output: String, until end: Int?) throws {
            _ = try InProcessCommunicator.run(ranks: 2) { communicator in
                let run = try TrainingRun(
                    configuration, file: "x.yaml", dataRoot: nil, output: output, resumes: true,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
                let observer = ClosureObserver(requests: { end != nil && $0?.step == end ? .interruption : [] })
                do {
                    try run.run(showsProgress: false, observedBy: [observer])
                    XCTAssertNil(end)
                } catch let error as AgreedError where error.exitStatus.rawValue == 75 {
                    XCTAssertNotNil(end)
                }
            }
        }
        let (whole, cut) = (folder.file("whole"), folder.file("cut"))
        try train(whole, until: nil)
        try train(cut, until: 9)
        try train(cut, until: nil)
        let models = try [whole, cut].map {
            try TrainedModel(readingFrom: "\($0)/model.safetensors", additions: Self.additions)
        }
        XCTAssertEqual(models[0].configuration, configuration)
        XCTAssertEqual(models[0].parameters, models[1].parameters)
        XCTAssertThrowsError(try TrainedModel(readingFrom: "\(whole)/model.safetensors"))

        let evaluation = try InProcessCommunicator.run(ranks: 2) { communicator in
            try EvaluationRun(of: whole, on: .test, dataRoot: nil, additions: Self.additions, over: communicator)
                .metrics
        }[0]
        let metrics = try XCTUnwrap(MetricsLog.read(path: "\(whole)/metrics.jsonl").last?.test)
        XCTAssertEqual(evaluation, metrics)
    }
}
