import Foundation
import Logging
import MPI
import NeuralNetwork
import Runs
import Settings
import TrainingTestSupport
import XCTest

/// `launch/entrain_torch.py` makes of a run what it is here.
final class TorchLoaderTests: XCTestCase {
    /// Every layer, on maps and on vectors.
    private static let layers = """
        - convolution: {channels: 4, kernel: 3, padding: 1}
        - batchNormalization: {epsilon: 0.001}
        - relu
        - residual:
            branch: [{convolution: {channels: 8, kernel: 3, stride: 2, padding: 1, bias: false}}, batchNormalization]
            shortcut: padding
        - residual: {branch: [{convolution: {channels: 6, kernel: 1}}, gelu], shortcut: [{convolution: {channels: 6, kernel: 1, groups: 2}}]}
        - maxPooling: {kernel: 3, stride: 1, padding: 1}
        - averagePooling: {kernel: [3, 1], stride: 1, padding: [1, 0]}
        - layerNormalization: {epsilon: 0.01}
        - gelu: tanh
        - groupNormalization: 3
        - instanceNormalization
        - rmsNormalization
        - layerNormalization: {over: channels}
        - rmsNormalization: {over: channels}
        - layerScale: 0.5
        - upsampling: {scale: [1, 2], mode: linear}
        - transposedConvolution: {channels: 6, kernel: [1, 2], stride: [1, 2], groups: 2}
        - squeezeExcitation: {reduction: 2}
        - dense: {units: 6, over: channels}
        - adaptiveAveragePooling: [5, 3]
        - named:
            name: layer1.0
            layer:
              residual:
                branch:
                - named: {name: conv1, layer: {convolution: {channels: 6, kernel: 1}}}
                - named: {name: layer_scale, layer: layerScale}
                shortcut: [{named: {name: downsample.0, layer: batchNormalization}}]
        - residual: {branch: [globalMaxPooling], shortcut: [globalAveragePooling]}
        - residual: {branch: [tanh, silu, {leakyRelu: 0.2}, {elu: 0.5}]}
        - residual: {branch: [hardSwish, softplus, relu6, {stochasticDepth: 0.25}]}
        - concatenation: {branches: {forward: [{convolution: {channels: 3, kernel: 1}}, relu], input: []}}
        - addition: {branches: {half: [tanh, {convolution: {channels: 9, kernel: 1}}], type: [sigmoid], input: []}}
        - flatten
        - concatenation: {branches: {a: [{dense: 2}], b: [{dense: 4}, {addition: {branches: {c: [relu], d: []}}}]}}
        - residual: {branch: [{dense: {units: 6, bias: false}}, batchNormalization]}
        - dropout: 0.5
        - dense: 12
        - sigmoid
        - layerNormalization
        - dense: 10
        """

    /// On signals and volumes.
    private static let ranked = """
        - convolution: {channels: 4, kernel: 4, padding: same, dilation: 2}
        - batchNormalization
        - residual: {branch: [{convolution: {channels: 8, kernel: 3, stride: 2, padding: 1}}, relu], shortcut: padding}
        - maxPooling: {kernel: 2, stride: 1}
        - averagePooling: 2
        - upsampling: {scale: 3, mode: linear}
        - upsampling: 2
        - transposedConvolution: {channels: 5, kernel: 3, stride: 2, padding: 1, outputPadding: 1}
        - squeezeExcitation: 3
        - residual: {branch: [globalMaxPooling], shortcut: [globalAveragePooling]}
        - dense: 10
        """

    /// Layers on sequences of patches.
    private static let sequences = [
        """
        - residual: {branch: [dropout: 0.5]}
        - patchEmbedding: {patch: [2, 4], features: 6}
        - classToken
        - positionalEncoding: learned
        - layerNormalization
        - attention: {heads: 2, rotary: true, causal: true, features: 8, bias: false}
        - positionalEncoding
        - transformerBlock: {heads: 2, hidden: 12, dropout: 0.1}
        - residual: {branch: [transposition, positionwiseDense: 9, gelu, transposition]}
        - residual: {branch: [transposition, transposition], shortcut: identity}
        - attentionPooling
        - dense: 10
        """,
        """
        - patchEmbedding: {patch: 4, features: 5}
        - transformerBlock: {heads: 1, hidden: 12, rotary: false, causal: true}
        - residual: {branch: [tokenSelection: 3, dense: 8], shortcut: [meanPooling, dense: {units: 8, bias: false}]}
        - dense: 10
        """,
    ]

    /// The same on sequences of tokens with padding.
    private static let tokens = """
        - embedding: {tokens: 12, features: 8, padding: 0}
        - positionalEncoding
        - attention: 2
        - residual: {branch: [attention: {heads: 4, causal: true}], shortcut: identity}
        - addition: {branches: {a: [classToken], b: [classToken, tanh]}}
        - concatenation:
            along: features
            branches: {wide: [positionwiseDense: 12], same: [], all: [attention: {heads: 2, causal: true}]}
        - concatenation: {branches: {longer: [classToken], convolved: [convolution: {channels: 3, kernel: 1}], same: []}}
        - residual:
            branch: [attentionPooling, dense: 8]
            shortcut: [classToken, transformerBlock: {heads: 2, hidden: 4}, meanPooling, dense: 8]
        - dense: 2
        """

    /// On a table with a column of 70 levels.
    private static let columns = """
        - columnEmbeddings: {positions: [1], levels: [70], widths: [3]}
        - dense: 7
        - relu
        - dense: 3
        """

    func testARunIsLoadedAsItIs() throws {
        let folder = try TemporaryDirectory()
        var cases: [ExportCase] = []
        let lists = ([Self.layers] + Self.sequences).map { "layers:\n" + $0 }
        // One of padding alone, and one that begins with it.
        try TokenFiles(in: folder).write(
            as: Int32.self, "<i4", changeTest: { $0.replaceSubrange(0..<15, with: repeatElement(0, count: 15)) })
        let onDigits = (lists + ["preset: cnn", "preset: resnet20", "preset: mobilenet-v2"]).map {
            ($0, "data: {format: digits}")
        }
        func onNoise(_ shape: [Int]) -> (String, String) {
            (
                "layers:\n" + Self.ranked,
                "data: {format: synthetic, synthetic: {shape: \(shape), samples: 64, testSamples: 40}}"
            )
        }
        try EmbeddedTable(levels: 70).write(in: folder)
        let onTable =
            ["preset: tab-mlp\nhidden: [9]\nembeddingWidth: 5", "layers:\n" + Self.columns]
            .map { ($0, EmbeddedTable.source) }
        let models =
            onDigits + [onNoise([2, 15]), onNoise([2, 8, 7, 9]), ("layers:\n" + Self.tokens, TokenFiles.source)]
            + onTable
        for (index, (model, data)) in models.enumerated() {
            let model = model.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
            let configuration = try Configuration(
                yaml: """
                    seed: 1
                    \(data)
                    model:
                    \(model)
                    training: {batch: 16, steps: 3}
                    learningRate: {schedule: constant, rate: 0.05}
                    output: {plot: false}
                    """, name: "run")
            cases.append(
                try Self.train(configuration, dataRoot: folder.path, into: folder.file("\(index)")))
            try cases[index].input.withUnsafeBytes { Data($0) }
                .write(to: URL(fileURLWithPath: folder.file("\(index).input")))
        }
        let configured = Set(models.map(\.0).joined().matches(of: /[A-Za-z0-9]+/).map { String($0.0) })
        XCTAssertTrue(configured.isSuperset(of: LayerRegistry.all.names), "\(configured)")

        let outcome = try Python.run(
            """
            import json, sys
            try:
                import numpy, torch
            except ImportError:
                sys.exit(77)
            sys.path.insert(0, sys.argv[1])
            import entrain_torch
            folder, results = sys.argv[2], []
            torch.set_num_threads(1)
            for index, shape in enumerate(json.loads(sys.argv[3])):
                module, preprocess, classes = entrain_torch.load(f"{folder}/{index}")
                assert classes == [str(label) for label in range(len(classes))], classes
                samples = numpy.fromfile(f"{folder}/{index}.input", numpy.float32).reshape(shape)
                with torch.no_grad():
                    results.append(module(preprocess(samples)).softmax(1).flatten().tolist())
            json.dump(results, open(folder + "/results.json", "w"))
            """, Python.root.appending(path: "launch").path, folder.path,
            String(decoding: try JSONEncoder().encode(cases.map(\.shape)), as: UTF8.self), by: Python.nameWithTorch)
        try XCTSkipIf(
            [77, 127].contains(outcome.status),
            "\(Python.nameWithTorch) cannot import torch; launch/setup.sh --benchmark installs it, and ENTRAIN_TORCH_PYTHON may "
                + "name another interpreter")
        XCTAssertEqual(outcome.status, 0, outcome.output)
        try ExportCase.compare(cases, withResultsIn: folder)
    }

    private static func train(
        _ configuration: Configuration, dataRoot: String?, into output: String
    ) throws -> ExportCase {
        try InProcessCommunicator.run(ranks: 1) { communicator in
            let run = try TrainingRun(
                configuration, file: "run.yaml", dataRoot: dataRoot, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
            let model = try TrainedModel(of: output, dataRoot: dataRoot, over: communicator)
            return try ExportCase(output, model, presenting: run.experiment.data.test)
        }[0]
    }
}
