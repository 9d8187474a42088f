import Datasets
import Foundation
import MPI
import NeuralNetwork
import NeuralNetworkTestSupport
import Runs
import TrainingTestSupport
import XCTest

/// Trainings on tables with a column of many levels, for which the network gets a layer in front.
final class EmbeddedColumnsTests: XCTestCase {
    private let folder = try! TemporaryDirectory()

    private func configuration(_ model: String, _ overrides: [String] = []) throws -> Configuration {
        try Configuration(
            yaml: EmbeddedTable.source + "\n" + """
                seed: 3
                model: \(model)
                training: {batch: 32, epochs: 3, watch: off}
                learningRate: {schedule: constant, rate: 0.003}
                optimizer: {name: adamw}
                """, name: "x.yaml", overrides: overrides)
    }

    private func trained(
        _ configuration: Configuration, ranks: Int
    ) throws -> (parameters: [Tensor], accuracy: Double?) {
        let root = folder.path
        return try InProcessCommunicator.run(ranks: ranks) { communicator in
            let experiment = try Experiment(configuration, dataRoot: root, over: communicator)
            var accuracy: Double?
            try experiment.trainer().train(onStep: { _ in }, onCycle: { accuracy = $0.metrics.test?.accuracy })
            let parameters =
                try experiment.replica.network.exportParameters() + experiment.replica.network.exportStatistics()
            // The arenas are shared: nobody leaves before all have read.
            try communicator.barrier()
            return (parameters, accuracy)
        }[0]
    }

    /// Numbers alone tell nothing of the class, and a city is in some ten rows.
    func testAClassThatDependsOnACategoryOf500Levels() throws {
        try EmbeddedTable(levels: 500, rows: 6000).write(in: folder)
        for model in ["{preset: tab-mlp}", "{preset: mlp, hidden: [32]}"] {
            let found = try trained(try configuration(model, ["training.epochs=8"]), ranks: 1)
            XCTAssertEqual(found.parameters[0].name, "columns.0.weight")
            // The rule of fastai.
            XCTAssertEqual(found.parameters[0].shape, [500, 52])
            XCTAssertGreaterThan(try XCTUnwrap(found.accuracy), 0.88, model)
        }
    }

    func testAnyNumberOfRanksComesToTheSameBits() throws {
        try EmbeddedTable(levels: 90, gap: 50).write(in: folder)
        for overrides in [
            ["task={classification: {classWeights: balanced}}"],
            ["data.csv.label=value", "data.csv.ignore=[kind]", "task=regression"],
        ] {
            let configuration = try configuration(
                "{preset: tab-mlp, hidden: [16]}", overrides + ["reproducible.shards=4", "training.epochs=1"])
            let alone = try trained(configuration, ranks: 1).parameters
            // Missing cities have a row of their own.
            XCTAssertEqual(alone[0].shape[0], 91)
            for ranks in [2, 4] {
                for (one, other) in zip(alone, try trained(configuration, ranks: ranks).parameters) {
                    XCTAssertEqual(
                        one.values.map(\.bitPattern), other.values.map(\.bitPattern), "\(ranks), \(one.name)")
                }
            }
        }
    }

    /// The layers keep the places that they have without such columns.
    func testTheLayerIsPutInFront() throws {
        try EmbeddedTable(levels: 90).write(in: folder)
        let data = try configuration("{preset: mlp}").loadData(root: folder.path)
        XCTAssertEqual(data.train.sampleShape, [3])
        func names(_ model: String) throws -> [String] {
            let network = try configuration(model).network(for: data.meaning)
            return try TestNetwork(network).network.layout.tensors.map { "\($0.name) \($0.shape)" }
        }
        XCTAssertEqual(
            try names("{preset: mlp, hidden: [8]}"),
            ["columns.0.weight [90, 20]", "0.weight [8, 22]", "0.bias [8]", "2.weight [3, 8]", "2.bias [3]"])
        XCTAssertEqual(
            try names("{layers: [{named: {name: first, layer: {dense: 4}}}, {dense: 3}], embeddingWidth: 7}"),
            ["columns.0.weight [90, 7]", "first.weight [4, 9]", "first.bias [4]", "1.weight [3, 4]", "1.bias [3]"])
        XCTAssertEqual(
            try names("{layers: [{columnEmbeddings: {positions: [1], levels: [90], widths: [2]}}, {dense: 3}]}"),
            ["0.0.weight [90, 2]", "1.weight [3, 4]", "1.bias [3]"])
        // The whole column may stay as it is.
        let frozen = try configuration(
            "{preset: mlp, hidden: [8], freeze: [columns]}", ["training.steps=3"])
        let longer = try configuration("{preset: mlp, hidden: [8], freeze: [columns]}", ["training.steps=6"])
        let (start, end) = try (trained(frozen, ranks: 1).parameters, trained(longer, ranks: 1).parameters)
        XCTAssertEqual(start[0].values, end[0].values)
        XCTAssertNotEqual(start[1].values, end[1].values)
    }

    func testWhatDoesNotFit() throws {
        try EmbeddedTable(levels: 90).write(in: folder)
        let meaning = try configuration("{preset: mlp}").loadData(root: folder.path).meaning
        func problem(_ model: String) throws -> String {
            let configuration = try configuration(model)
            do {
                _ = try configuration.network(for: meaning)
                return ""
            } catch { return "\(error)" }
        }
        XCTAssertTrue(
            try problem("{preset: text-transformer}").contains(
                "model.preset: expected samples that are numbers of tokens, found columns of categories among the features; "
            ))
        XCTAssertTrue(
            try problem("{layers: [{columnEmbeddings: {positions: [1], levels: [91]}}, {dense: 3}]}").contains(
                "model.layers[0]: expected the columns that the data have, positions [1] of levels [90], found positions [1] of "
                    + "levels [91]; "))
        XCTAssertTrue(
            try problem("{layers: [relu, {columnEmbeddings: {positions: [1], levels: [90]}}, {dense: 3}]}").contains(
                "model.layers[1]: columnEmbeddings: expected at the first place"))
        for name in ["columns", "columns.0"] {
            XCTAssertTrue(
                try problem("{layers: [relu, {named: {name: \(name), layer: {dense: 3}}}]}").hasSuffix(
                    "model.layers[1].named.name: expected another name than columns, as the layer is called that embeds the "
                        + "columns of many levels, found \(name)"))
        }
        // A layer behind is named by its place in the file.
        XCTAssertTrue(
            try problem("{layers: [{dense: 4}, {convolution: {channels: 2, kernel: 3}}, {dense: 3}]}").contains(
                "model.layers[1]"))
        XCTAssertThrowsError(try configuration("{layers: [{columnEmbeddings: {positions: [2, 1], levels: [3, 3]}}]}"))
        XCTAssertThrowsError(try configuration("{layers: [{columnEmbeddings: {positions: [1], levels: [3, 3]}}]}"))
    }

    /// Of data that no encoding numbered, every number is looked at.
    func testANumberOfNoLevelIsNamed() throws {
        try "a,b,k\n1,2,x\n3,0,y\n2,1,x\n5,4,y\n".write(toFile: folder.file("n.csv"), atomically: true, encoding: .utf8)
        func problem(_ levels: Int, _ overrides: [String]) throws -> String {
            let configuration = try Configuration(
                yaml: """
                    data: {format: csv, train: {file: n.csv}, test: {file: n.csv}}
                    model: {layers: [{columnEmbeddings: {positions: [1], levels: [\(levels)]}}, {dense: 2}]}
                    """, name: "x.yaml", overrides: overrides)
            let root = folder.path
            return try InProcessCommunicator.run(ranks: 2) { communicator in
                do {
                    _ = try Experiment(configuration, dataRoot: root, over: communicator)
                    return ""
                } catch { return "\(error)" }
            }[0]
        }
        XCTAssertEqual(try problem(4, ["data.standardize=false"]), "")
        XCTAssertTrue(
            try problem(3, ["data.standardize=false"]).contains(
                "test samples: expected numbers of levels from 1 to 3, or 0 for none, in feature 1, found 4.0 at position 1 of "
                    + "sample 3; "))
        XCTAssertTrue(try problem(4, []).contains("set data.standardize: false"))
    }

    /// Weights of a run, on rows as they are encoded, and on what is none.
    func testPredictions() throws {
        try EmbeddedTable(levels: 90).write(in: folder)
        let configuration = try configuration(
            "{preset: tab-mlp}", ["training.steps=1", "output.plot=false", "data.standardize=true"])
        let root = folder.path
        try InProcessCommunicator.run(ranks: 1) { communicator in
            let predictor = try Predictor(ofTraining: configuration, in: root, over: communicator)
            XCTAssertEqual(predictor.model.meaning.encoding?.embeddedFeatures.map(\.levels), [90])
            XCTAssertEqual(try predictor.predictions(of: [0.5, 90, 0.1, 0.5, 0, 0.1]).count, 2)
            XCTAssertThrowsError(try predictor.predictions(of: [0.5, 90, 0.1, 0.5, 91, 0.1])) { error in
                XCTAssertTrue(
                    "\(error)".contains(
                        "from 1 to 90, or 0 for none, in feature 1, found 91.0 at position 1 of sample 1"),
                    "\(error)")
            }
        }
    }

    func testONNX() throws {
        let encoding = TableEncoding([
            .init(.number(fill: 2), marksMissing: true),
            .init(.category(levels: ["a", "b", "c"], fill: nil), marksMissing: false, isEmbedded: true),
            .init(.category(levels: ["x", "y"], fill: nil), marksMissing: false),
            .init(.category(levels: ["p"], fill: nil), marksMissing: true, isEmbedded: true),
        ])
        XCTAssertEqual(encoding.featureCount, 6)
        let meaning = DataMeaning(sampleShape: [6], fullScale: 1, classCount: 4, encoding: encoding)
        let statistics = Standardization(mean: [3, 0, 0, 0, 0, 0], standardDeviation: [2, 1, 1, 1, 1, 1])
        let rows: [Float] = [5, 1, 3, 0, 1, 0, -1, 0, 0, 1, 0, 2, 4, 0, 1, 0, 1, 1]
        let presented = rows.enumerated().map { $0 % 6 == 0 ? ($1 - 3) / 2 : $1 }
        for model in ["{preset: tab-mlp, hidden: [9]}", "{preset: mlp, hidden: []}"] {
            try ExportCase.check([
                ExportCase(
                    model, try configuration(model).network(for: meaning), meaning, statistics, presented: presented,
                    input: rows)
            ])
        }
    }
}
