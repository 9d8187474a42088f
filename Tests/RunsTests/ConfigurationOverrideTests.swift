import NeuralNetwork
import Runs
import XCTest

/// A choice that is made by an override leaves out what the file says of its own; errors name the override.
final class ConfigurationOverrideTests: XCTestCase, ConfigurationErrors {
    func testAnOverrideOfAChoiceLeavesOutWhatBelongsToTheFilesOwn() throws {
        let text = """
            data: {format: csv, train: {file: a}, csv: {label: 0}}
            model: {preset: mlp}
            optimizer: {name: sgd, nesterov: true, momentum: 0.5, weightDecay: 0.25}
            learningRate: {schedule: step, every: 3, rate: 0.5}
            """
        var notes: [String] = []
        let configuration = try Configuration(
            yaml: text, name: "x.yaml",
            overrides: ["optimizer.name=adamw", "learningRate.schedule=cosine", "data.format=digits"]
        ) { notes.append($0) }
        XCTAssertEqual(
            notes,
            [
                "x.yaml:1:21: data.train: left out: belongs to format: idx, but the format is digits (--set data.format=digits)",
                "x.yaml:1:39: data.csv: left out: belongs to format: csv, but the format is digits (--set data.format=digits)",
                "x.yaml:3:24: optimizer.nesterov: left out: belongs to optimizer sgd, but the optimizer is adamw "
                    + "(--set optimizer.name=adamw)",
                "x.yaml:3:40: optimizer.momentum: left out: belongs to optimizer sgd, but the optimizer is adamw "
                    + "(--set optimizer.name=adamw)",
                "x.yaml:4:32: learningRate.every: left out: belongs to schedule: step, but the schedule is cosine "
                    + "(--set learningRate.schedule=cosine)",
            ])
        // Keys that go with both are kept, and read back without the rest.
        XCTAssertTrue(configuration.yaml.contains("weightDecay: 0.25"))
        XCTAssertTrue(configuration.yaml.contains("rate: 0.5"))
        XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "y"), configuration)
        // A key that is overridden too is meant.
        XCTAssertEqual(
            error(text, overrides: ["optimizer.name=adamw", "optimizer.momentum=0.9"]),
            "--set optimizer.momentum=0.9: optimizer.momentum: belongs to optimizer sgd, but the optimizer is adamw")
        // The file alone is held to what it says.
        XCTAssertEqual(
            error(text.replacing("name: sgd", with: "name: adamw")),
            "x.yaml:3:26: optimizer.nesterov: belongs to optimizer sgd, but the optimizer is adamw")
    }

    func testAnOverrideOfAValueLeavesOutWhatGoesWithTheFilesOwn() throws {
        var notes: [String] = []
        let configuration = try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp}
                learningRate: {rangeTest: {steps: 60}, form: gain, target: 0.5}
                averaging: {form: exponential, decay: 0.9}
                """, name: "x.yaml",
            overrides: ["learningRate.search=trials", "learningRate.form=level", "averaging.form=none"]
        ) { notes.append($0) }
        XCTAssertEqual(
            notes,
            [
                "x.yaml:3:52: learningRate.target: left out: belongs to form: gain, but the form is level "
                    + "(--set learningRate.form=level)",
                "x.yaml:3:16: learningRate.rangeTest: left out: belongs to search: range-test, but the search is trials "
                    + "(--set learningRate.search=trials)",
                "x.yaml:4:32: averaging.decay: left out: belongs to form: exponential, but the form is none "
                    + "(--set averaging.form=none)",
            ])
        XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "y"), configuration)
    }

    /// Presets and layers too.
    func testAPresetThatOverridesLeavesOutWhatItIsInPlaceOf() throws {
        for (model, note) in [
            (
                "{preset: mlp, hidden: [8]}",
                "x.yaml:2:22: model.hidden: left out: belongs to preset: mlp, tab-mlp, vgg11-bn, but the preset is lenet5 (--set model.preset=lenet5)"
            ),
            (
                "{layers: [{dense: 10}]}",
                "x.yaml:2:9: model.layers: left out: stands in place of a preset (--set model.preset=lenet5)"
            ),
        ] {
            var notes: [String] = []
            let configuration = try Configuration(
                yaml: "data: {format: synthetic}\nmodel: \(model)\n", name: "x.yaml",
                overrides: ["model.preset=lenet5"]
            ) { notes.append($0) }
            XCTAssertEqual(notes, [note])
            XCTAssertEqual(configuration.model, Configuration.Model(LeNet5()))
        }
    }

    func testErrorsOfOverrides() {
        let cases = [
            ("training.bacth=64", "training.bacth: unknown key; did you mean training.batch?"),
            ("optimzer.momentum=0", "optimzer: unknown key; did you mean optimizer?"),
            ("training.batch=abc", "training.batch: expected an integer of at least 1, found \"abc\""),
            ("training.batch", "expected key.path=value, such as training.batch=64; found \"training.batch\""),
            ("=3", "expected key.path=value, such as training.batch=64; found \"=3\""),
            ("training..batch=3", "expected a key path such as training.batch, found \"training..batch\""),
            ("model.hidden[1]=3", "expected a position in 0..<1 of the list, found \"1\""),
            ("seed.x=1", "seed: expected an integer from 0 to 18446744073709551615, found a mapping"),
            (
                "learningRate.source=validation",
                "learningRate.source: validation needs data.validation above 0, found 0.0"
            ),
        ]
        for (override, expected) in cases {
            XCTAssertEqual(
                error("data: {format: digits}\nmodel: {preset: mlp, hidden: [4]}", overrides: [override]),
                "--set \(override): \(expected)")
        }
        XCTAssertTrue(error(after: "", overrides: ["seed=[1"]).hasPrefix("--set seed=[1: invalid YAML: "))
    }
}
