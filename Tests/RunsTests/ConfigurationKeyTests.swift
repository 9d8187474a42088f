import XCTest

/// Keys that are unknown, missing, repeated or of another choice are refused with the key that is meant.
final class ConfigurationKeyTests: XCTestCase, ConfigurationErrors {
    func testUnknownKeyNamesTheNearest() {
        XCTAssertEqual(
            error(after: "training:\n  epochs: 3\n  bacth: 3"),
            "x.yaml:5:3: training.bacth: unknown key; did you mean training.batch?")
        XCTAssertEqual(
            error(after: "training: {batchSize: 3}"),
            "x.yaml:3:12: training.batchSize: unknown key; did you mean training.batch?")
        XCTAssertEqual(
            error(after: "learning_rate: {}"),
            "x.yaml:3:1: learning_rate: unknown key; did you mean learningRate?")
        XCTAssertEqual(
            error(after: "training: {momentum: 0.5}"),
            "x.yaml:3:12: training.momentum: unknown key; did you mean optimizer.momentum?")
        XCTAssertEqual(
            error(after: "output: {xyz: 1}"),
            "x.yaml:3:10: output.xyz: unknown key; valid here: stepsLog, csv, everyRank, plot, tensorboard")
        XCTAssertEqual(
            error("data: {format: digits}\nmodel: {layers: [{dense: {units: 10, biass: true}}]}"),
            "x.yaml:2:38: model.layers[0].dense.biass: unknown key; did you mean model.layers[0].dense.bias?")
    }

    func testNamesOfOtherProgramsAreAnsweredWithTheKey() {
        for (lines, key) in [
            ("optimizer: {lr: 0.1}", "learningRate.rate"), ("optimizer: {learning_rate: 0.1}", "learningRate.rate"),
            ("training: {lr: 0.1}", "learningRate.rate"), ("training: {batch_size: 64}", "training.batch"),
            ("optimizer: {batch_size: 64}", "training.batch"), ("training: {weight_decay: 0}", "optimizer.weightDecay"),
            ("batch_size: 64", "training.batch"), ("training: {max_grad_norm: 1}", "optimizer.clipNorm"),
            ("training: {nesterov: true}", "optimizer.nesterov"), ("training: {num_epochs: 3}", "training.epochs"),
            ("optimizer: {name: adam, betas: [0.9, 0.99]}", "optimizer.beta1"),
            ("training: {validation_split: 0.1}", "data.validation"), ("lr_scheduler: cosine", "learningRate.schedule"),
        ] {
            XCTAssertTrue(
                error(after: lines).hasSuffix(": unknown key; did you mean \(key)?"), "\(lines): \(error(after: lines))"
            )
        }
    }

    func testMissingKeyNamesATypingErrorInItsPlace() {
        XCTAssertEqual(
            error("data: {format: digits}"),
            "x.yaml:1:1: model: missing; expected a section such as {preset: mlp}")
        XCTAssertEqual(
            error("data: {format: digits}\nmodle: {preset: mlp}"), "x.yaml:2:1: modle: unknown key; did you mean model?"
        )
        XCTAssertEqual(
            error(after: "learningRate: {bounds: {max: 1}}"),
            "x.yaml:3:24: learningRate.bounds.min: missing; expected the lowest learning rate")
        XCTAssertEqual(
            error(after: "learningRate: {schedule: multi-step}"),
            "x.yaml:3:15: learningRate.at: missing; expected a rising list of epochs")
        XCTAssertEqual(
            error("data: {format: digits}\nmodel: {layers: [dense]}"),
            "x.yaml:2:18: model.layers[0].dense.units: missing; expected the number of units")
        XCTAssertEqual(
            error("data: {format: digits}\nmodel: {}"),
            "x.yaml:2:8: model.preset: missing; expected a preset such as mlp, or a list of layers")
    }

    func testDuplicateKey() {
        XCTAssertEqual(
            error(after: "training:\n  batch: 3\n  batch: 4"),
            "x.yaml:4:3: batch: the key appears more than once in one section, keep one")
    }

    func testKeysOfAnotherChoice() {
        XCTAssertEqual(
            error(after: "learningRate: {form: level, threshold: 1}"),
            "x.yaml:3:29: learningRate.threshold: belongs to form: threshold, but the form is level")
        XCTAssertEqual(
            error(after: "averaging: {form: polynomial, decay: 0.9}"),
            "x.yaml:3:31: averaging.decay: belongs to form: exponential, but the form is polynomial")
        XCTAssertEqual(
            error(after: "learningRate: {rate: 1}"),
            "x.yaml:3:16: learningRate.rate: belongs to schedule: constant, but the schedule is mutual-information")
        XCTAssertEqual(
            error(after: "learningRate: {schedule: constant, rate: 1, source: train}"),
            "x.yaml:3:45: learningRate.source: belongs to schedule: mutual-information, but the schedule is constant")
        XCTAssertEqual(
            error("data: {format: digits, csv: {}}\nmodel: {preset: mlp}"),
            "x.yaml:1:24: data.csv: belongs to format: csv, but the format is digits")
        XCTAssertEqual(
            error("data: {format: digits}\nmodel: {preset: mlp, layers: [relu]}"),
            "x.yaml:2:8: model: expected preset or layers, found both")
        XCTAssertEqual(
            error("data: {format: digits}\nmodel: {hidden: [3], layers: [{dense: {units: 10}}]}"),
            "x.yaml:2:9: model.hidden: belongs to a preset, but layers are given")
    }
}
