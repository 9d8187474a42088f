import Foundation
import Logging
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// Networks of each kind: on signals, images in patches, volumes, tokens and tables.
final class NetworkKindsTests: XCTestCase {
    private let folder = try! TemporaryDirectory()

    private static func synthetic(_ shape: [Int]) -> String {
        "data: {format: synthetic, synthetic: {samples: 44, testSamples: 8, shape: \(shape), classes: 3}}"
    }

    private static let kinds = [
        ("text-transformer, tokens: 12, padding: 0, features: 16, heads: 2, depth: 1, dropout: 0.1", TokenFiles.source),
        ("vit-tiny, patch: 4, features: 12, heads: 2, depth: 1, dropout: 0.1", synthetic([3, 8, 8])),
        ("mlp-mixer, patch: 4, features: 8, depth: 1, dropout: 0.1", synthetic([3, 8, 8])),
        ("conv1d, channels: 8, stages: 2, dropout: 0.1", synthetic([2, 20])),
        ("conv3d, channels: 4, stages: 2, dropout: 0.1", synthetic([1, 6, 5, 4])),
        ("tab-mlp, hidden: [12]", EmbeddedTable.source),
    ]

    private func configuration(_ preset: String, _ data: String) throws -> Configuration {
        try Configuration(
            yaml: """
                seed: 5
                \(data)
                model: {preset: \(preset)}
                optimizer: {name: adamw}
                training: {batch: 19, steps: 9, watch: off}
                learningRate: {schedule: constant, rate: 0.003}
                averaging: {form: exponential, decay: 0.8}
                reproducible: {shards: 4}
                output: {plot: false}
                """, name: "x.yaml")
    }

    private func trained(
        _ configuration: Configuration, ranks: Int, into output: String, resumes: Bool = false
    ) throws -> [String: [UInt32]] {
        let root = folder.path
        _ = try InProcessCommunicator.run(ranks: ranks) { communicator in
            let run = try TrainingRun(
                configuration, file: "x.yaml", dataRoot: root, output: output, resumes: resumes,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
        }
        let model = try TrainedModel(readingFrom: "\(output)/model.safetensors")
        return Dictionary(
            uniqueKeysWithValues: (model.parameters + model.statistics).map { ($0.name, $0.values.map(\.bitPattern)) })
    }

    func testAnyRanksAndARunThatGoesOnComeToTheSameBits() throws {
        try TokenFiles(in: folder).write(as: Int32.self, "<i4")
        try EmbeddedTable(levels: 70, rows: 132).write(in: folder)
        for (index, (preset, data)) in Self.kinds.enumerated() {
            func output(_ name: String) -> String { folder.file("\(index)-\(name)") }
            let configuration = try self.configuration(preset, data)
            let alone = try trained(configuration, ranks: 1, into: output("1"))
            for ranks in [2, 4] {
                XCTAssertEqual(
                    try trained(configuration, ranks: ranks, into: output("\(ranks)")), alone, "\(preset), \(ranks)")
            }
            var part = configuration
            part.training.steps = 4
            XCTAssertNotEqual(try trained(part, ranks: 4, into: output("part")), alone, preset)
            XCTAssertEqual(
                try trained(configuration, ranks: 2, into: output("part"), resumes: true), alone, "\(preset), resumed")
        }
    }
}
