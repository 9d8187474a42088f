import Datasets
import Foundation
import NeuralNetwork
import Runs
import Settings
import TrainingTestSupport
import XCTest

final class ConfigurationErrorTests: XCTestCase {
    private func error(_ yaml: String, overrides: [String] = []) -> String {
        do {
            let configuration = try Configuration(yaml: yaml, name: "x.yaml", overrides: overrides)
            return "no error but \(configuration)"
        } catch {
            return "\(error)"
        }
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

    /// The error of a configuration that is fine but for these lines; the first of them is line 3.
    private func error(after lines: String, overrides: [String] = []) -> String {
        error("data: {format: digits}\nmodel: {preset: mlp}\n" + lines, overrides: overrides)
    }

    // MARK: - Keys

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

    // MARK: - Values

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

    private func data(_ text: String, model: String = "{preset: mlp}") -> String {
        error("data: {\(text)}\nmodel: \(model)")
    }

    func testValuesOfImages() {
        let files = "train: {files: [a]}, test: {files: [b]}"
        let cases = [
            (
                "format: cifar",
                "1:16: data.format: expected one of digits, idx, cifar10, cifar100, csv, npy, hdf5, images, synthetic, found \"cifar\"; "
                    + "did you mean cifar10?"
            ),
            (
                "format: cifar10, train: {files: [a]}",
                "1:7: data.test: missing; expected {files: [FILE, …]}"
            ),
            (
                "format: npy, train: {images: a, labels: b}, test: {features: a, labels: b}",
                "1:28: data.train.features: missing; expected a file name"
            ),
            (
                "format: npy, train: {features: a, labels: b}, test: {features: a}",
                "1:60: data.test.labels: missing; expected a file name"
            ),
            (
                "format: cifar10, train: {file: a}, test: {files: [b]}",
                "1:33: data.train.file: unknown key; did you mean data.train.files?"
            ),
            (
                "format: cifar10, train: {files: a}, test: {files: [b]}",
                "1:40: data.train.files: expected a list of file names, found \"a\""
            ),
            (
                "format: cifar10, train: {files: [a]}, test: {files: []}",
                "1:60: data.test.files: expected at least 1 file, found none"
            ),
            (
                "format: cifar10, train: {files: [a, [b]]}, test: {files: [b]}",
                "1:44: data.train.files[1]: expected a file name, found a list"
            ),
            (
                "format: cifar10, \(files), labels: fine",
                "1:66: data.labels: belongs to format: cifar100, but the format is cifar10"
            ),
            (
                "format: cifar100, \(files), labels: both",
                "1:75: data.labels: expected one of fine, coarse, found \"both\""
            ),
            (
                "format: cifar10, \(files), classNames: [a, a]",
                "1:82: data.classNames[1]: expected a name of its own, found \"a\""
            ),
            (
                "format: digits, augmentation: {crop: -1}",
                "1:45: data.augmentation.crop: expected an integer in [0, 32768), found -1"
            ),
            (
                "format: digits, augmentation: {flip: 1}",
                "1:45: data.augmentation.flip: expected true or false, found 1"
            ),
            (
                "format: digits, augmentation: {cutoff: 1}",
                "1:39: data.augmentation.cutoff: unknown key; did you mean data.augmentation.cutout?"
            ),
        ]
        for (text, expected) in cases { XCTAssertEqual(data(text), "x.yaml:" + expected) }
    }

    func testContradictionsOfImages() {
        let files = "train: {files: [a]}, test: {files: [b]}"
        XCTAssertEqual(
            data("format: cifar10, \(files), classNames: [a, b]"),
            "x.yaml:1:78: data.classNames: expected a name for each of the 10 classes, found 2")
        for (format, classes) in [("cifar10", 10), ("cifar100", 100), ("cifar100, labels: coarse", 20)] {
            XCTAssertEqual(
                data("format: \(format), \(files)", model: "{layers: [{dense: {units: 3}}]}"),
                "x.yaml:2:34: model.layers[0].dense.units: expected one unit for each of the \(classes) classes, found 3"
            )
        }
        let cases = [
            (
                "format: csv, train: {file: a}, augmentation: {flip: true}",
                "1:53: data.augmentation: expected images, found a table (data.format is csv)"
            ),
            (
                "format: synthetic, synthetic: {shape: [64]}, augmentation: {crop: 1}",
                "1:67: data.augmentation: expected images, found samples of shape [64]"
            ),
            (
                "format: digits, augmentation: {crop: 8}",
                "1:45: data.augmentation.crop: expected less than 8 of images of 8 x 8, found 8"
            ),
            (
                "format: cifar10, \(files), augmentation: {cutout: 33}",
                "1:89: data.augmentation.cutout: expected at most 32 of images of 32 x 32, found 33"
            ),
            (
                "format: synthetic, synthetic: {shape: [3, 9, 5]}, augmentation: {crop: 4, cutout: 6}",
                "1:90: data.augmentation.cutout: expected at most 5 of images of 9 x 5, found 6"
            ),
        ]
        for (text, expected) in cases { XCTAssertEqual(data(text), "x.yaml:" + expected) }
        XCTAssertTrue(data("format: csv, train: {file: a}, augmentation: {crop: 0}").hasPrefix("no error"))
        // Nothing is known of the shape until the files are read.
        let images = "{images: a, labels: b}"
        XCTAssertTrue(
            data("format: idx, train: \(images), test: \(images), augmentation: {crop: 99}").hasPrefix("no error"))
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

    // MARK: - Overrides

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

    // MARK: - Files

    func testTextThatIsNoConfiguration() {
        XCTAssertEqual(error(""), "x.yaml: expected a configuration, found an empty file")
        XCTAssertEqual(error("# only a comment\n"), "x.yaml: expected a configuration, found an empty file")
        XCTAssertEqual(
            error("- a\n"), "x.yaml:1:1: expected a mapping such as \"data: {format: digits}\", found a list")
        XCTAssertEqual(
            error("hello"), "x.yaml:1:1: expected a mapping such as \"data: {format: digits}\", found \"hello\"")
        for broken in [
            "a: [1", "a: b: c", "\ta: 1", "a: \"x", "a: *nowhere", "a: 1\n---\nb: 2", "? [1]\n: 2", "%", "a: \u{1}",
        ] {
            let text = error(broken)
            XCTAssertTrue(text.hasPrefix("x.yaml:"), text)
            XCTAssertFalse(text.contains("\n"), text)
        }
        XCTAssertEqual(
            error("data:\n  a: 1\n b: 2"),
            "x.yaml:3:2: invalid YAML: while parsing a block mapping from line 1, did not find expected key")
    }

    /// Nine levels of ten aliases each would be 10⁹ values.
    func testAliasesThatGrowWithoutBound() {
        var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        XCTAssertTrue(error(text).hasSuffix("expected at most 100000 values, found more"))
    }

    func testDeepNestingIsAnErrorNotACrash() {
        let text = error("a: " + String(repeating: "[", count: 100_000))
        XCTAssertTrue(text.hasPrefix("x.yaml:1:"), text)
    }

    func testEveryTruncationAndSomeMutationsGiveOneLine() throws {
        let text = try Configuration(
            yaml: "data: {format: csv, train: {file: 'a b'}}\nmodel: {layers: [relu, {maxPooling: {kernel: [2, 3]}}, "
                + "{residual: {branch: [flatten]}}, {dense: {units: 2}}]}", name: "x"
        ).yaml
        let bytes = Array(text.utf8)
        var random = SplitMix64(state: 1)
        var inputs = bytes.indices.map { Array(bytes[..<$0]) }
        for _ in 0..<2000 {
            var mutated = bytes
            for _ in 0...Int(random.next() % 3) {
                mutated[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() % 128)
            }
            inputs.append(mutated)
        }
        for input in inputs {
            do {
                let configuration = try Configuration(yaml: String(decoding: input, as: UTF8.self), name: "x")
                XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "resolved"), configuration)
            } catch {
                XCTAssertFalse("\(error)".contains { $0.isNewline }, "\(error)")
            }
        }
    }

    func testAByteOrderMarkIsNoPartOfTheText() throws {
        let plain = "data: {format: digits}\nmodel: {preset: mlp}\n"
        let expected = try Configuration(yaml: plain, name: "x")
        for text in [
            plain, plain.replacing("\n", with: "\r\n"), "---\n" + plain, "# a comment\n" + plain, "\n" + plain,
        ] {
            XCTAssertEqual(try Configuration(yaml: "\u{FEFF}" + text, name: "x"), expected, text.debugDescription)
        }
        // Places are those of the text.
        XCTAssertEqual(error("\u{FEFF}dta: 1\n").prefix(11), "x.yaml:1:1:")
        XCTAssertEqual(
            error(plain + "\u{FEFF}seed: 1\n"),
            "x.yaml:3:1: invalid YAML: expected a key or a value, found a byte order mark (U+FEFF) before it; remove it"
        )
    }

    func testIndentationThatIsNotOfSpaces() {
        let problem = "invalid YAML: expected spaces, found a tab in the indentation; YAML takes no tabs there"
        XCTAssertEqual(error("data: {format: digits}\nmodel:\n\tpreset: mlp\n"), "x.yaml:3:1: \(problem)")
        XCTAssertEqual(error("data: {format: digits}\r\nmodel:\r\n  \tpreset: mlp\r\n"), "x.yaml:3:3: \(problem)")
        XCTAssertEqual(error("model:\n  preset: mlp\n\thidden: [3]\n"), "x.yaml:3:1: \(problem)")
        XCTAssertEqual(error("model:\n  layers:\n\t- relu\n"), "x.yaml:3:1: \(problem)")
        // Tabs that YAML takes, and a mistake elsewhere.
        XCTAssertFalse(error("data:\t{format: digits,\n\tx: 1}\nmodel: [\n").contains("tab"))
        XCTAssertEqual(
            error("model:\n\u{A0} preset: mlp\n"),
            "x.yaml:2:1: invalid YAML: expected a key or a value, found a space that is not ASCII's (U+00A0) before it; "
                + "remove it")
    }

    func testFilesThatCannotBeRead() throws {
        let directory = try TemporaryDirectory()
        XCTAssertThrowsError(try Configuration.load(path: directory.path)) {
            XCTAssertEqual("\($0)", "\(directory.path): expected a file, found a directory")
        }
        let missing = directory.file("missing.yaml")
        XCTAssertThrowsError(try Configuration.load(path: missing)) {
            XCTAssertEqual("\($0)", "\(missing): cannot read: No such file or directory")
        }
        let binary = directory.file("binary.yaml")
        try Data([0x61, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: binary))
        XCTAssertThrowsError(try Configuration.load(path: binary)) {
            XCTAssertEqual("\($0)", "\(binary):1: expected text in UTF-8, found the byte 0xFF; save the file as UTF-8")
        }
        let text = "data: {format: digits}\nmodel: {preset: mlp}\n"
        for (bytes, problem) in [
            (Data([0xFF, 0xFE]) + text.data(using: .utf16LittleEndian)!, "text in UTF-16; save it as UTF-8"),
            (text.data(using: .utf16LittleEndian)!, "text in UTF-16 (little-endian); save it as UTF-8"),
            (text.data(using: .utf16BigEndian)!, "text in UTF-16 (big-endian); save it as UTF-8"),
            (Data("PK\u{3}\u{4}...".utf8), "a zip archive; give a text of YAML"),
        ] {
            try bytes.write(to: URL(fileURLWithPath: binary))
            XCTAssertThrowsError(try Configuration.load(path: binary)) {
                XCTAssertEqual("\($0)", "\(binary): expected a configuration in UTF-8, found \(problem)")
            }
        }
        let huge = directory.file("huge.yaml")
        try Data(repeating: 0x23, count: 1 << 20 + 1).write(to: URL(fileURLWithPath: huge))
        XCTAssertThrowsError(try Configuration.load(path: huge)) {
            XCTAssertEqual(
                "\($0)", "\(huge): expected at most 1048576 bytes, found more")
        }
        let good = directory.file("good.yaml")
        try Data("data: {format: digits}\nmodel: {preset: mlp}".utf8).write(to: URL(fileURLWithPath: good))
        XCTAssertEqual(try Configuration.load(path: good, overrides: ["seed=9"]).seed, 9)
    }

    /// Damaged text is refused in one line that names the file, or is a configuration that reads back equal.
    func testDamagedConfigurationsNeverCrash() throws {
        let texts = [
            """
            seed: 3
            data: {format: csv, train: {file: a.csv}, split: {testFraction: 0.2}, csv: {separator: ";", label: 3}}
            model: {layers: [{convolution: {channels: 8, kernel: 3}}, relu, {residual: {branch: [batchNormalization]}}, {dense: {units: 3}}]}
            training: {batch: 64, epochs: 3, cycle: 0.5, stop: mutual-information}
            """,
            """
            data: &d {format: synthetic, synthetic: {samples: 10, shape: [3, 4], classes: 2, noise: 1.5e-1}}
            model:
              preset: mlp
              hidden: [12, 7] # two
            optimizer: {name: adamw, weightDecay: 1.0e-4, clipNorm: null}
            learningRate: {schedule: joined, parts: [{schedule: one-cycle, epochs: 2}, {schedule: cosine}]}
            """,
        ]
        var random = SplitMix64(state: 8)
        let letters = Array(texts.joined().utf8) + Array("\0\t\"'&*!|>%@`-?é".utf8)
        var refused = 0
        let count = 3000 * Mutations.factor
        for number in 0..<count {
            var bytes = Array(texts[number % 2].utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = letters.randomElement(using: &random)!
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(letters.randomElement(using: &random)!, at: place)
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + 20))
                default: bytes += bytes[place..<min(bytes.count, place + 20)]
                }
            }
            do {
                let read = try Configuration(yaml: String(decoding: bytes, as: UTF8.self), name: "x.yaml")
                XCTAssertEqual(try Configuration(yaml: read.yaml, name: "y.yaml"), read)
            } catch {
                refused += 1
                XCTAssertTrue("\(error)".hasPrefix("x.yaml"), "\(error)")
                XCTAssertFalse("\(error)".contains("\n"), "\(error)")
            }
        }
        if Mutations.factor > 1 { print("mutations: YAML: \(count) inputs, \(refused) refused") }
        XCTAssertTrue((count / 2..<count).contains(refused), "\(refused) of \(count)")
    }
}
