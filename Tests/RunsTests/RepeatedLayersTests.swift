import Foundation
import NeuralNetwork
import Runs
import Settings
import XCTest

/// Layers that `repeat` and YAML's aliases stand for, their names, and where a file is said to be wrong.
final class RepeatedLayersTests: XCTestCase {
    private func configuration(_ layers: String) throws -> Configuration {
        try Configuration(yaml: "data: {format: digits}\nmodel:\n  layers:\n\(layers)", name: "x.yaml")
    }

    private func layers(_ text: String) throws -> [any LayerSpecification] {
        try XCTUnwrap(try configuration(text).model.architecture as? LayerList).layers
    }

    private func error(_ text: String) -> String {
        do {
            let network = try configuration(text).network(sampleShape: [1, 8, 8], classCount: 10)
            return "no error but \(network)"
        } catch {
            return "\(error)"
        }
    }

    func testRepeatedLayersStandInTheirPlaceSoManyTimes() throws {
        let repeated = try layers(
            """
              - flatten
              - repeat: {times: 2, layers: [{dense: 6}, {repeat: {times: 3, layers: [tanh]}}, relu]}
              - dense: 10
            """)
        let inner: [any LayerSpecification] = [Dense(units: 6), Tanh(), Tanh(), Tanh(), ReLU()]
        XCTAssertEqual(LayerList(repeated), LayerList([Flatten()] + inner + inner + [Dense(units: 10)]))
    }

    func testWithinABlockToo() throws {
        let block = try XCTUnwrap(
            try layers("  - residual: {branch: [{repeat: {times: 2, layers: [relu]}}]}\n  - dense: 10").first
                as? Residual)
        XCTAssertEqual(block, Residual([ReLU(), ReLU()]))
    }

    func testWhatIsWrittenIsReadAlike() throws {
        let one = try configuration("  - repeat: {times: 3, layers: [{dense: 6}, relu]}\n  - dense: 10")
        XCTAssertEqual(try Configuration(yaml: one.yaml, name: "y.yaml"), one)
        XCTAssertFalse(one.yaml.contains("repeat"))
    }

    /// The example of `NetworksAndOptimizers.md`, with the names of parameters that the page tells.
    func testTheExampleOfThePage() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appending(path: "Sources/Facade/Entrain.docc/NetworksAndOptimizers.md"), encoding: .utf8
        )
        let section = try XCTUnwrap(page.components(separatedBy: "### Layers that recur").last)
        let yaml = try XCTUnwrap(section.components(separatedBy: "```yaml\n").dropFirst().first)
            .components(separatedBy: "```")[0]
        let network = try Configuration(yaml: "data: {format: digits}\n" + yaml, name: "page")
            .network(sampleShape: [1, 8, 8], classCount: 10)
        let blocks = network.layers.enumerated().filter { $0.element is Residual }
        XCTAssertEqual(blocks.map(\.offset), [1, 3, 5, 7])
        XCTAssertTrue(blocks.allSatisfy { $0.element as? Residual == blocks[0].element as? Residual })
        for name in ["1.branch.0.weight", "3.branch.0.weight", "5.branch.0.weight"] {
            XCTAssertTrue(section.contains("`\(name)`"), name)
        }
    }

    func testWhatIsWrongWithARepetition() {
        let key = "model.layers[0].repeat"
        XCTAssertEqual(
            error("  - repeat: {times: 0, layers: [relu]}"),
            "x.yaml:4:21: \(key).times: expected an integer of at least 1, found 0")
        XCTAssertEqual(
            error("  - repeat: {layers: [relu]}"),
            "x.yaml:4:13: \(key).times: missing; expected how many times the layers stand there")
        XCTAssertEqual(
            error("  - repeat: {times: 2}"), "x.yaml:4:13: \(key).layers: missing; expected a list of layers")
        XCTAssertEqual(
            error("  - repeat: {times: 10001, layers: [relu]}"),
            "x.yaml:4:21: \(key).times: expected at most 10000 layers in all, found 10001 times 1")
        XCTAssertEqual(
            error("  - repeat: {times: 2, layers: [{dense: {units: 3, biass: true}}]}\n  - dense: 10"),
            "x.yaml:4:52: \(key).layers[0].dense.biass: unknown key; did you mean \(key).layers[0].dense.bias?")
    }

    /// A layer that does not fit is named by its place in the network, and by the line that it stands in.
    func testShapesThatDoNotFitAreToldWithTheirLine() {
        XCTAssertEqual(
            error(
                """
                  - repeat:
                      times: 3
                      layers:
                        - relu
                        - maxPooling: 3
                  - flatten
                  - dense: 10
                """),
            "x.yaml:8:11: model.layers[3]: maxPooling: expected a kernel of at least 1 that fits the input [1, 2, 2] with "
                + "its padding, and a stride of at least 1; found kernel 3 × 3, stride 3 × 3, padding 0 × 0")
        XCTAssertEqual(
            error(
                """
                  - residual:
                      branch:
                        - relu
                        - flatten
                        - maxPooling: 2
                  - dense: 10
                """),
            "x.yaml:8:11: model.layers[0].residual.branch[2]: maxPooling: expected an input [C, L], [C, H, W] or [C, D, H, W], found [64]"
        )
        XCTAssertEqual(
            error("  - flatten\n  - dense: 7"),
            "x.yaml:5:12: model.layers[1].dense.units: expected one unit for each of the 10 classes, found 7")
    }

    // MARK: - Names

    func testNamesOfTheirOwn() throws {
        let text = """
              - named: {name: stem.conv, layer: {convolution: {channels: 2, kernel: 3}}}
              - flatten
              - named: {name: head, layer: {dense: 10}}
            """
        let one = try configuration(text)
        XCTAssertEqual(
            try XCTUnwrap(one.model.architecture as? LayerList),
            LayerList([
                Named("stem.conv", Convolution(channels: 2, kernel: 3)), Flatten(), Named("head", Dense(units: 10)),
            ]))
        XCTAssertEqual(try Configuration(yaml: one.yaml, name: "y.yaml"), one)
        XCTAssertEqual(
            error("  - flatten\n  - named: {name: head, layer: {dense: 7}}"),
            "x.yaml:5:40: model.layers[1].named.layer.dense.units: expected one unit for each of the 10 classes, found 7"
        )
    }

    func testNamesThatAreNone() {
        let expected = "expected a text of letters, digits and _, with full stops between"
        for name in ["a..b", ".a", "a.", "a b"] {
            XCTAssertEqual(
                error("  - named: {name: \"\(name)\", layer: {dense: 10}}"),
                "x.yaml:4:19: model.layers[0].named.name: \(expected), found \"\(name)\"")
        }
        XCTAssertTrue(
            error("  - named: {name: a}\n  - dense: 10")
                .hasSuffix("model.layers[0].named.layer: missing; expected a layer such as {dense: {units: 10}}"))
    }

    /// The second of two is named, with its place in the file.
    func testNamesThatAreTaken() {
        let reason = "give one of the two another name"
        XCTAssertEqual(
            error("  - named: {name: a, layer: relu}\n  - named: {name: a, layer: {dense: 10}}"),
            "x.yaml:5:5: model.layers[1]: dense: expected a name of its own, found a, which another layer has; \(reason)"
        )
        // Without its path a layer may be called as a parameter of another.
        XCTAssertEqual(
            error(
                """
                  - flatten
                  - named: {name: head, layer: {dense: 10}}
                  - residual:
                      branch:
                        - relu
                  - named: {name: head.weight, layer: {dense: 10}}
                """),
            "x.yaml:9:5: model.layers[3]: dense: expected parameters with names of their own, found head.weight, which the layer "
                + "head has too; \(reason)")
        XCTAssertEqual(
            error(
                """
                  - flatten
                  - named: {name: a, layer: {concatenation: {branches: {b: [{dense: 4}], c: []}}}}
                  - concatenation:
                      branches:
                        d: []
                        e:
                          - relu
                          - named: {name: f.weight, layer: {dense: 4}}
                          - named: {name: f, layer: {dense: 4}}
                  - dense: 10
                """),
            "x.yaml:12:13: model.layers[2].concatenation.branches.e[2]: dense: expected parameters with names of their own, found "
                + "2.f.weight, which the layer 2.f.weight has too; \(reason)")
        XCTAssertEqual(
            error(
                """
                  - flatten
                  - named: {name: a, layer: {concatenation: {branches: {b: [{dense: 4}], c: []}}}}
                  - named: {name: a.b.0, layer: {dense: 10}}
                """),
            "x.yaml:6:5: model.layers[2]: dense: expected a name of its own, found a.b.0, which another layer has; \(reason)"
        )
    }

    func testNamesOfOtherPartsAreNotTaken() {
        XCTAssertTrue(
            error(
                """
                  - flatten
                  - named: {name: a.b, layer: {residual: {branch: [{named: {name: c, layer: {dense: 64}}}]}}}
                  - named: {name: a, layer: {dense: 10}}
                """
            ).hasPrefix("no error"))
    }
}
