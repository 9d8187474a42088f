import Datasets
import NeuralNetwork
import Runs
import XCTest

/// Values of the wrong kind, out of range, and in contradiction to others.
final class ConfigurationValueTests: XCTestCase, ConfigurationErrors {
    func testValuesOfTheWrongKindOrOutOfRange() {
        let cases = [
            ("training: {batch: abc}", "3:19: training.batch: expected an integer of at least 1, found \"abc\""),
            ("training: {batch: 0}", "3:19: training.batch: expected an integer of at least 1, found 0"),
            ("training: {batch: 1.5}", "3:19: training.batch: expected an integer of at least 1, found 1.5"),
            ("training: {batch: '64'}", "3:19: training.batch: expected an integer of at least 1, found \"64\""),
            ("training: {batch: [1]}", "3:19: training.batch: expected an integer of at least 1, found a list"),
            (
                "training: {batch: 99999999999999999999}",
                "3:19: training.batch: expected an integer of at least 1, found 99999999999999999999"
            ),
            ("training: {microBatch: 0}", "3:24: training.microBatch: expected an integer of at least 1, found 0"),
            (
                "training: {precision: f16}",
                "3:23: training.precision: expected one of f32, bf16, found \"f16\"; did you mean bf16?"
            ),
            ("training: 7", "3:11: training: expected a mapping, found 7"),
            ("seed: -1", "3:7: seed: expected an integer from 0 to 18446744073709551615, found -1"),
            ("optimizer: {momentum: 1}", "3:23: optimizer.momentum: expected a number in [0.0, 1.0), found 1"),
            (
                "optimizer: {momentum: .nan}",
                "3:23: optimizer.momentum: expected a number in [0.0, 1.0), found \".nan\""
            ),
            ("optimizer: {momentum: nan}", "3:23: optimizer.momentum: expected a number in [0.0, 1.0), found nan"),
            ("optimizer: {momentum: 0x0p1}", "3:23: optimizer.momentum: expected a number in [0.0, 1.0), found 0x0p1"),
            ("optimizer: {clipNorm: 1e999}", "3:23: optimizer.clipNorm: expected a number above 0.0, found 1e999"),
            ("optimizer: {nesterov: yes}", "3:23: optimizer.nesterov: expected true or false, found \"yes\""),
            (
                "optimizer: {name: sdg}",
                "3:19: optimizer.name: expected one of sgd, adam, adamw, rmsprop, adagrad, lars, lamb, schedule-free-sgd, schedule-free-adamw, momo, dog, prodigy, found \"sdg\"; did you mean sgd?"
            ),
            (
                "learningRate: {form: gian}",
                "3:22: learningRate.form: expected one of hold, gain, threshold, level, found \"gian\"; did you mean gain?"
            ),
            (
                "learningRate: {search: trials, rangeTest: {steps: 60}}",
                "3:32: learningRate.rangeTest: belongs to search: range-test, but the search is trials"
            ),
            ("learningRate: {bounds: 3}", "3:24: learningRate.bounds: expected auto or {min: …, max: …}, found 3"),
            (
                "learningRate: {form: gain, factor: 1}",
                "3:36: learningRate.factor: expected a number in (0.0, 1.0), found 1"
            ),
            (
                "learningRate: {form: gain, target: 1}",
                "3:36: learningRate.target: expected a number in (0.0, 1.0), found 1"
            ),
            (
                "learningRate: {form: gain, target: 0}",
                "3:36: learningRate.target: expected a number in (0.0, 1.0), found 0"
            ),
            (
                "training: {batch: \"a\\nb\"}",
                "3:19: training.batch: expected an integer of at least 1, found \"a\\nb\""
            ),
        ]
        for (lines, expected) in cases { XCTAssertEqual(error(after: lines), "x.yaml:" + expected) }
    }

    func testModelAndDataValues() {
        func model(_ text: String) -> String { error("data: {format: digits}\nmodel: \(text)") }
        XCTAssertEqual(
            model("{preset: mlp, hidden: [3, 0]}"),
            "x.yaml:2:34: model.hidden[1]: expected an integer of at least 1, found 0")
        XCTAssertEqual(
            model("{layers: dense}"),
            "x.yaml:2:17: model.layers: expected a list of layers such as {dense: {units: 10}}, found \"dense\"")

        func csv(_ text: String) -> String {
            error("data: {format: csv, train: {file: a}, csv: \(text)}\nmodel: {preset: mlp}")
        }
        XCTAssertEqual(
            csv("{separator: ab}"),
            "x.yaml:1:56: data.csv.separator: expected one ASCII character, or tab, found \"ab\"")
        XCTAssertTrue(csv("{label: [[1]]}").hasPrefix("x.yaml:1:5"), csv("{label: [[1]]}"))
        XCTAssertEqual(
            csv("{label: x, header: no}"),
            "x.yaml:1:52: data.csv.label: expected a number, as there is no header; found \"x\"")
    }

    func testContradictions() {
        let cases = [
            (
                "learningRate: {source: validation}",
                "3:24: learningRate.source: validation needs data.validation above 0, found 0.0"
            ),
            (
                "optimizer: {nesterov: true, momentum: 0}",
                "3:23: optimizer.nesterov: needs optimizer.momentum above 0, found 0.0"
            ),
            (
                "training: {epochs: 2, cycle: 3}",
                "3:30: training.cycle: expected at most training.epochs (2), found 3.0"
            ),
            (
                "learningRate: {warmup: 11}",
                "3:24: learningRate.warmup: expected at most training.cycle (1.0), found 11.0"
            ),
            (
                "learningRate: {bounds: {min: 1, max: 0.5}}",
                "3:38: learningRate.bounds.max: expected at least bounds.min (1.0), found 0.5"
            ),
            (
                "learningRate: {rangeTest: {from: 20}}",
                "3:27: learningRate.rangeTest.to: expected more than rangeTest.from (20.0), found 10.0"
            ),
        ]
        for (lines, expected) in cases { XCTAssertEqual(error(after: lines), "x.yaml:" + expected) }
        XCTAssertEqual(
            error("data: {format: digits}\nmodel: {layers: [{dense: {units: 3}}, relu]}"),
            "x.yaml:2:39: model.layers[1]: expected a dense layer with one unit a class as the last one, found relu")
        XCTAssertEqual(
            error("data: {format: synthetic}\nmodel: {layers: [{dense: {units: 3}}]}"),
            "x.yaml:2:34: model.layers[0].dense.units: expected one unit for each of the 10 classes, found 3")
        XCTAssertEqual(
            error("data: {format: synthetic, synthetic: {shape: [4294967296, 4294967296]}}\nmodel: {preset: mlp}"),
            "x.yaml:1:46: data.synthetic.shape: expected at most 1073741824 numbers a sample, found more")
    }

    func testValidateChecksConfigurationsMadeInCode() {
        var configuration = Configuration(data: .init(source: EmbeddedDigits()), model: .init(MultilayerPerceptron()))
        XCTAssertNoThrow(try configuration.validate())
        configuration.training.cycle = 11
        XCTAssertThrowsError(try configuration.validate()) {
            XCTAssertEqual(
                "\($0)", "configuration: training.cycle: expected at most training.epochs (10), found 11.0")
        }
    }
}
