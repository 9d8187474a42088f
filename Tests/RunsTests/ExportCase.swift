import Datasets
import Foundation
import NeuralNetwork
import NeuralNetworkTestSupport
import Runs
import TrainingTestSupport
import XCTest

/// An ONNX model, samples as they stand in the data, and what this package's network makes of them.
struct ExportCase: Sendable {
    private static let batch = 3
    private static let tolerance = 1e-5

    let name: String
    let model: ONNXModel
    let input: [Float]
    let shape: [Int]
    let probabilities: [Double]
}

extension ExportCase {
    /// A batch of samples.
    static func samples(of meaning: DataMeaning, in range: ClosedRange<Float>) -> [Float] {
        let (center, half) = ((range.lowerBound + range.upperBound) / 2, (range.upperBound - range.lowerBound) / 2)
        return uniform(batch * meaning.sampleShape.reduce(1, *), in: half, fill: 5).map { center + $0 }
    }

    /// A network on samples that are presented as they stand.
    init(_ name: String, _ network: NetworkSpecification) throws {
        let meaning = DataMeaning(sampleShape: network.inputShape, classCount: 4)
        let values = LayerCase.samples(of: network, batch: Self.batch, in: 1, fill: 5)
        try self.init(name, network, meaning, presented: values, input: values)
    }

    /// A network with weights and statistics that depend on nothing else.
    init(
        _ name: String, _ specification: NetworkSpecification, _ meaning: DataMeaning,
        _ standardization: Standardization? = nil, presented: [Float], input: [Float]
    ) throws {
        let network = try TestNetwork(specification, nominalBatch: Self.batch, maximumBatch: Self.batch)
        let tensors = try network.fillParameters(3) + network.fillStatistics(4)
        self.init(
            name: name,
            model: try ONNXModel(
                specification, tensors: tensors, standardization: standardization, meaning: meaning),
            input: input, shape: [Self.batch] + meaning.sampleShape,
            probabilities: Self.results(of: try network.logits(presented, batch: Self.batch), meaning))
    }

    /// The weights of a run on the first samples of its test set, which are of whole numbers where they are standardized.
    init(_ name: String, _ model: TrainedModel, presenting data: any Dataset) throws {
        let count = 40
        let meaning = model.meaning
        let specification = try model.configuration.network(for: meaning)
        let network = try TestNetwork(specification, nominalBatch: count, maximumBatch: count)
        try network.importParameters(model.parameters)
        try network.network.importStatistics(model.statistics)
        var presented = [Float](repeating: 0, count: count * data.featureCount)
        var labels = [Int32](repeating: 0, count: count)
        do {
            var features = presented.mutableSpan
            var classes = labels.mutableSpan
            data.copyBatch(Array(0..<count).span, into: &features, labels: &classes)
        }
        let scale = data.fullScale
        let raw =
            model.standardization.map { statistics in
                presented.map { value in
                    Float(((Double(value) * statistics.standardDeviation[0] + statistics.mean[0]) * scale).rounded())
                }
            } ?? presented
        self.init(
            name: name, model: try ONNXModel(of: model), input: raw, shape: [count] + meaning.sampleShape,
            probabilities: Self.softmax(try network.logits(presented, batch: count), classes: meaning.classCount))
    }

    private static func results(of logits: [Float], _ meaning: DataMeaning) -> [Double] {
        guard let scales = meaning.targetScales else { return softmax(logits, classes: meaning.classCount) }
        if meaning.hasLabels { return logits.map { 1 / (1 + exp(-Double($0))) } }
        return logits.enumerated().map { scales[$0 % scales.count].value(of: $1) }
    }

    private static func softmax(_ logits: [Float], classes: Int) -> [Double] {
        stride(from: 0, to: logits.count, by: classes).flatMap { start in
            let row = logits[start..<start + classes].map(Double.init)
            let largest = row.max()!
            let sum = row.reduce(0) { $0 + exp($1 - largest) }
            return row.map { exp($0 - largest) / sum }
        }
    }

    /// Holds ONNX Runtime's results against these, in one process.
    static func check(_ cases: [Self]) throws {
        let folder = try TemporaryDirectory()
        for (index, item) in cases.enumerated() {
            try item.model.write(to: folder.file("\(index).onnx"))
            try item.input.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: folder.file("\(index).input")))
        }
        let shapes = String(decoding: try JSONEncoder().encode(cases.map(\.shape)), as: UTF8.self)
        let outcome = try Python.run(
            """
            import json, sys
            try:
                import numpy, onnx, onnxruntime
            except ImportError:
                sys.exit(77)
            folder, shapes, results = sys.argv[1], json.loads(sys.argv[2]), []
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            for index, shape in enumerate(shapes):
                path = f"{folder}/{index}.onnx"
                onnx.checker.check_model(path, full_check=True)
                session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
                taken, given = session.get_inputs()[0], session.get_outputs()[0]
                assert taken.shape == ["N"] + shape[1:] and given.shape[0] == "N", (taken.shape, given.shape)
                values = numpy.fromfile(f"{folder}/{index}.input", numpy.float32).reshape(shape)
                results.append(session.run([given.name], {"input": values})[0].ravel().tolist())
            json.dump(results, open(folder + "/results.json", "w"))
            """, folder.path, shapes)
        try XCTSkipIf(
            outcome.status == 77,
            "\(Python.name) cannot import onnx and onnxruntime; ENTRAIN_PYTHON may name an interpreter that can")
        XCTAssertEqual(outcome.status, 0, outcome.output)
        try compare(cases, withResultsIn: folder)
    }

    /// Holds probabilities that another program has written to `results.json` against these.
    static func compare(_ cases: [Self], withResultsIn folder: TemporaryDirectory) throws {
        let results = try JSONDecoder().decode(
            [[Double]].self, from: Data(contentsOf: URL(fileURLWithPath: folder.file("results.json"))))
        XCTAssertEqual(results.count, cases.count)
        for (item, found) in zip(cases, results) {
            XCTAssertEqual(found.count, item.probabilities.count, item.name)
            let difference = zip(found, item.probabilities).reduce(0) { max($0, abs($1.0 - $1.1)) }
            XCTAssertLessThan(difference, tolerance, item.name)
        }
    }
}
