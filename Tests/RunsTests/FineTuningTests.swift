import Foundation
import Logging
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// A training that begins with the weights of another one, and leaves parts of them as they are.
final class FineTuningTests: XCTestCase {
    private static let body =
        "{convolution: {channels: 4, kernel: 3, padding: 1}}, batchNormalization, relu, "
        + "{residual: {branch: [{convolution: {channels: 4, kernel: 3, padding: 1, bias: false}}, batchNormalization]}}, flatten"

    private func configuration(
        classes: Int, model: String = "", optimizer: String = "{name: sgd}", rest: String = ""
    ) throws -> Configuration {
        try Configuration(
            yaml: """
                seed: 1
                data: {format: synthetic, synthetic: {samples: 96, testSamples: 16, shape: [1, 6, 6], classes: \(classes)}}
                model: {layers: [\(Self.body), {dense: \(classes)}]\(model.isEmpty ? "" : ", " + model)}
                training: {batch: 32, epochs: 2}
                optimizer: \(optimizer)
                learningRate: {schedule: constant, rate: 0.05}
                output: {plot: false}
                \(rest)
                """, name: "x.yaml")
    }

    @discardableResult
    private func train(_ configuration: Configuration, into output: String, ranks: Int = 2) throws -> TrainedModel {
        _ = try InProcessCommunicator.run(ranks: ranks) { communicator in
            let run = try TrainingRun(
                configuration, file: "x.yaml", dataRoot: nil, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
        }
        return try TrainedModel(readingFrom: "\(output)/model.safetensors")
    }

    private func bits(_ model: TrainedModel, _ isMeant: (String) -> Bool) -> [String: [UInt32]] {
        bits((model.parameters + model.statistics).filter { isMeant($0.name) })
    }

    private func bits(_ tensors: [Tensor]) -> [String: [UInt32]] {
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values.map(\.bitPattern)) })
    }

    func testFrozenPartsStayAndTheLastLayerBeginsAnew() throws {
        let folder = try TemporaryDirectory()
        let first = try train(configuration(classes: 5), into: folder.file("first"))
        let frozen = ["0", "1", "3"]
        func isFrozen(_ name: String) -> Bool { frozen.contains { name.hasPrefix("\($0).") } }
        let expected = bits(first, isFrozen)
        XCTAssertEqual(expected.count, 11)
        let model = "weights: \(folder.file("first")), freeze: [\"0\", \"1\", \"3\"]"
        for (index, (optimizer, rest)) in [
            ("{name: sgd, weightDecay: 0.1, clipNorm: 1}", "averaging: {form: exponential, decay: 0.9}"),
            ("{name: sgd, weightDecay: 0.1}", "reproducible: {shards: 4}"), ("{name: lars, weightDecay: 0.1}", ""),
            ("{name: prodigy}", ""), ("{name: schedule-free-sgd, weightDecay: 0.1}", ""),
        ].enumerated() {
            let tuned = try train(
                configuration(classes: 3, model: model, optimizer: optimizer, rest: rest),
                into: folder.file("tuned-\(index)"))
            XCTAssertEqual(bits(tuned, isFrozen), expected, optimizer)
            XCTAssertEqual(tuned.parameters.first { $0.name == "5.weight" }?.shape, [3, 144])
        }
        // The head alone is trained.
        let tuned = folder.file("anew")
        let anew = try train(configuration(classes: 3, model: model, rest: "checkpoint: {cycle: true}"), into: tuned)
        let initial = try train(
            configuration(classes: 3, model: model).withSteps(1), into: folder.file("initial"))
        XCTAssertNotEqual(bits(anew) { $0 == "5.weight" }, bits(initial) { $0 == "5.weight" })
        // What was trained so is evaluated without the weights that it began with.
        try FileManager.default.removeItem(atPath: folder.file("first"))
        for weights in [EvaluatedWeights.final, .checkpoint(.last)] {
            XCTAssertNoThrow(
                try InProcessCommunicator.run(ranks: 1) { communicator in
                    try EvaluationRun(of: tuned, weights: weights, on: .test, dataRoot: nil, over: communicator).metrics
                }, "\(weights)")
        }
    }

    func testATrainingBeginsWithTheWeightsByTheirNewNames() throws {
        let folder = try TemporaryDirectory()
        let model = try train(configuration(classes: 5), into: folder.file("first"), ranks: 1)
        let names = ["0": "conv1", "1": "bn1", "3.branch": "layer1.0", "5": "fc"]
        let tensors = (model.parameters + model.statistics).map { tensor in
            let key = names.keys.first { tensor.name.hasPrefix("\($0).") }!
            return SafetensorsFile.Tensor(
                name: names[key]! + tensor.name.dropFirst(key.count), shape: tensor.shape, values: tensor.values)
        }
        let count = SafetensorsFile.Tensor(name: "bn1.num_batches_tracked", shape: [], values: .int64([7]))
        let file = folder.file("other.safetensors")
        try SafetensorsFile(tensors: tensors + [count]).write(to: file)
        let rename = names.map { "\($0.value)=\($0.key)" }.joined(separator: ", ")
        func begin(_ model: String) throws -> (tensors: [Tensor], note: String?) {
            let configuration = try configuration(classes: 5, model: model)
            return try InProcessCommunicator.run(ranks: 1) { communicator in
                let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
                let network = experiment.replica.network
                let tensors = try network.exportParameters() + network.exportStatistics()
                try experiment.free()
                return (tensors, experiment.initialWeights)
            }[0]
        }
        let begun = try begin("weights: \(file), rename: [\(rename)]")
        XCTAssertEqual(bits(begun.tensors), bits(model) { _ in true })
        XCTAssertEqual(begun.note, "begins with the weights of \(file)")

        func assertRefused(_ model: String, _ message: String, line: UInt = #line) {
            XCTAssertThrowsError(try begin(model), line: line) { error in
                let text = "\(error)"
                XCTAssertTrue(text.contains(message), text, line: line)
            }
        }
        assertRefused(
            "weights: \(file), rename: [\(rename.replacing("conv1=0", with: "conv1=2"))]",
            "other.safetensors: expected the tensors of the network; missing: \"0.weight [4, 1, 3, 3]\", 0.bias [4]; of no layer: "
                + "2.bias, 2.weight; model.rename gives names that differ")
        assertRefused(
            "weights: \(file), rename: [conv2=0]",
            "other.safetensors: expected tensors that model.rename conv2=0 fits, by their name or its beginning up to a full stop, "
                + "found ")
        assertRefused("weights: \(folder.file("none"))", "none: cannot read: No such file or directory")
        assertRefused(
            "freeze: [\"0\", \"3.branch.2\"]",
            "model.freeze: expected names of parameters, or beginnings up to a full stop, of 0.weight, 0.bias, 1.weight, 1.bias, "
                + "3.branch.0.weight, 3.branch.1.weight, 3.branch.1.bias, 5.weight, 5.bias, found 3.branch.2")
        assertRefused(
            "freeze: [\"0\", \"1\", \"3\", \"5\"]",
            "model.freeze: expected a parameter that is left to be trained, found none")
        assertRefused("rename: [conv1]", "model.rename: expected OLD=NEW, found conv1")
    }

    /// Rows of two columns and a class, by the sign of the first.
    private func table(_ header: String, classes: [String], in file: String) throws {
        let rows = (0..<60).map { row in
            let value = Double(row * 37 % 61) / 10 - 3
            return "\(value),\(Double(row * 17 % 59) / 10),\(classes[value < 0 ? 0 : 1])"
        }
        try Data((["\(header),kind"] + rows).joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
    }

    func testWeightsMeetTheColumnsAndClassesThatTheyAreOf() throws {
        let folder = try TemporaryDirectory()
        for (name, header, classes) in [
            ("first", "width,height", ["fig", "kiwi"]), ("others", "width,height", ["fig", "lime"]),
            ("turned", "height,width", ["fig", "kiwi"]),
        ] {
            try table(header, classes: classes, in: folder.file("\(name).csv"))
        }
        func begin(_ name: String, weights: String?) throws -> (head: [[UInt32]], note: String?) {
            let configuration = try Configuration(
                yaml: """
                    data: {format: csv, train: {file: \(folder.file("\(name).csv"))}, csv: {label: kind}}
                    model: {preset: mlp, hidden: [4]\(weights.map { ", weights: \($0)" } ?? "")}
                    training: {batch: 16, epochs: 1}
                    learningRate: {schedule: constant, rate: 0.05}
                    output: {plot: false}
                    """, name: "x.yaml")
            guard weights != nil else {
                let model = try train(configuration, into: folder.file("run"), ranks: 1)
                return (
                    model.parameters.filter { $0.name.hasPrefix("2.") }.sorted { $0.name < $1.name }.map {
                        $0.values.map(\.bitPattern)
                    }, nil
                )
            }
            return try InProcessCommunicator.run(ranks: 1) { communicator in
                let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
                let tensors = try experiment.replica.network.exportParameters().filter { $0.name.hasPrefix("2.") }
                    .sorted { $0.name < $1.name }
                try experiment.free()
                return (tensors.map { $0.values.map(\.bitPattern) }, experiment.initialWeights)
            }[0]
        }
        let first = try begin("first", weights: nil)
        let run = folder.file("run")
        let same = try begin("first", weights: run)
        XCTAssertEqual(same.head, first.head)
        XCTAssertEqual(same.note, "begins with the weights of \(run)/model.safetensors")
        let others = try begin("others", weights: run)
        XCTAssertNotEqual(others.head, first.head)
        XCTAssertEqual(
            others.note,
            "begins with the weights of \(run)/model.safetensors, but for the last layer, which begins anew: it has other classes there"
        )
        XCTAssertThrowsError(try begin("turned", weights: run)) { error in
            let message =
                "expected weights for the features height, width in this order, found those for width, height; bring the columns of the "
                + "data into the order of the weights, and ignore others"
            XCTAssertTrue("\(error)".contains(message), "\(error)")
        }
    }
}

extension Configuration {
    /// The same, ending after so many steps.
    fileprivate func withSteps(_ steps: Int) -> Self {
        var configuration = self
        configuration.training.steps = steps
        return configuration
    }
}
