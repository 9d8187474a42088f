import Datasets
import LearningRate
import NeuralNetwork
import Optimizers
import Runs
import XCTest

final class ConfigurationReadingTests: XCTestCase {
    private let minimal = "data: {format: digits}\nmodel: {preset: mlp}\n"

    func testDocumentedDefaults() throws {
        let configuration = try Configuration(yaml: minimal, name: "x.yaml")
        XCTAssertEqual(
            configuration, Configuration(data: .init(source: EmbeddedDigits()), model: .init(MultilayerPerceptron())))
        XCTAssertEqual(
            configuration.yaml,
            """
            seed: 1
            task: classification
            data:
              format: digits
              standardize: true
              validation: 0.0
              sharedMemory: true
              broadcast: false
              warnings: show
              augmentation: {crop: 0, flip: false, randomResizedCrop: null, rotation: 0.0, randAugment: null, colorJitter: null, cutout: 0, mixup: null, cutmix: null}
            model:
              preset: mlp
              hidden: [256, 128]
              activation: relu
              dropout: 0.0
              convolution: auto
            training:
              batch: 128
              epochs: 10
              cycle: 1.0
              labelSmoothing: 0.0
              steps: null
              threads: 1
              precision: f32
              microBatch: null
              recompute: false
              stop: null
              stopCycles: 3
              nonFinite: stop
              rollBackFactor: 0.5
              watch: auto
            optimizer:
              name: sgd
              momentum: 0.9
              nesterov: false
              weightDecay: 0.0
              clipNorm: null
            learningRate:
              schedule: mutual-information
              form: hold
              source: train
              predictions: hard
              estimator: plug-in
              bounds: auto
              layers: null
              warmup: 0.0
              horizon: null
              layerDecay: 1.0
              search: trials
            averaging:
              form: auto
            reproducible:
              shards: null
            reduction:
              overlap: auto
              bucket: 262144
              compression: none
              sharedMemory: true
            checkpoint:
              steps: null
              minutes: 10.0
              cycle: false
              end: true
              keep: 2
              best: false
            output:
              stepsLog: false
              csv: false
              everyRank: false
              plot: true
              tensorboard: false

            """)
    }

    func testDefaultsOfEachFormat() throws {
        func data(_ text: String) throws -> Configuration.Data {
            try Configuration(yaml: "data: \(text)\nmodel: {preset: mlp}", name: "x").data
        }
        let synthetic = try data("{format: synthetic}")
        XCTAssertTrue(
            Configuration(data: synthetic, model: .init(MultilayerPerceptron())).yaml.contains(
                """
                  synthetic:
                    samples: 60000
                    testSamples: 10000
                    shape: [1, 28, 28]
                    classes: 10
                    noise: 0.4

                """))
        let files = "train: {files: [a]}, test: {files: [b]}"
        XCTAssertEqual(
            try data("{format: cifar100, \(files)}").source as? CIFAR100, CIFAR100(.fine, train: ["a"], test: ["b"]))
        XCTAssertEqual(
            try data("{format: cifar10, \(files)}").source as? CIFAR10, CIFAR10(train: ["a"], test: ["b"]))
        let csv = try data("{format: csv, train: {file: a b.csv}}")
        XCTAssertTrue(
            Configuration(data: csv, model: .init(MultilayerPerceptron())).yaml.contains(
                """
                  train: {file: "a b.csv"}
                  split: {testFraction: 0.2}
                  csv: {header: auto, label: -1, ignore: [], categorical: [], embedAbove: 64, maximumLevels: 10000, unknownLevels: zeros, \
                missing: refuse, missingWords: [NA, N/A, NaN, nan, "?", "null", "NULL"], missingIndicator: false}

                """))
    }

    func testEverySettingIsRead() throws {
        let text = """
            seed: 18446744073709551615
            data:
              format: csv
              train: {file: a.csv}
              test: {file: "b #1.csv"}
              csv: {header: no, separator: "\\t", label: 0, ignore: [3, -1], encoding: windows-1251}
              standardize: false
              validation: 0.125
              sharedMemory: false
              warnings: error
              broadcast: true
            model:
              layers:
              - dense: {units: 32, bias: false, initializer: glorot}
              - tanh
              - sigmoid: {}
              - relu:
              - dropout: {rate: 0.25}
              - dense: {units: 26}
              convolution: winograd
            training: {batch: 96, epochs: 3, cycle: 0.5, labelSmoothing: 0.1, steps: 77, threads: 2, precision: bf16, microBatch: 7, recompute: true, stop: mutual-information, stopCycles: 5, nonFinite: roll-back, rollBackFactor: 0.25, watch: on}
            optimizer: {name: sgd, momentum: 0.8, nesterov: true, weightDecay: 5e-4, clipNorm: 2}
            learningRate:
              form: level
              exponent: 1.5
              source: validation
              bounds: {min: 1e-4, max: 0.1}
              warmup: 0.5
              layerDecay: 0.75
              rangeTest: {steps: 50, from: 0.001, to: 1, safety: 3}
            reduction: {overlap: on, bucket: 4096, compression: bf16, sharedMemory: false}
            checkpoint: {steps: 12, minutes: 0, cycle: true, keep: 4, best: true}
            output: {stepsLog: true, csv: true, everyRank: true, plot: false}
            """
        var csv = CSVFiles(train: "a.csv", test: .file("b #1.csv"))
        csv.format.header = .absent
        csv.format.separator = "\t"
        csv.format.encoding = "windows-1251"
        csv.format.label = .index(0)
        csv.format.ignored = [.index(3), .index(-1)]
        var expected = Configuration(
            data: .init(source: csv),
            model: .init(
                LayerList([
                    Dense(units: 32, bias: false, initializer: .glorot), Tanh(), Sigmoid(), ReLU(), Dropout(rate: 0.25),
                    Dense(units: 26),
                ])))
        expected.model.convolution = .winograd
        expected.seed = .max
        expected.data.standardize = false
        expected.data.validation = 0.125
        expected.data.sharedMemory = false
        expected.data.warnings = .error
        expected.data.broadcast = true
        expected.training.batch = 96
        expected.training.epochs = 3
        expected.training.cycle = 0.5
        expected.training.labelSmoothing = 0.1
        expected.training.steps = 77
        expected.training.threads = 2
        expected.training.precision = .bf16
        expected.training.microBatch = 7
        expected.training.recompute = true
        expected.training.stop = .mutualInformation
        expected.training.stopCycles = 5
        expected.training.nonFinite = .rollBack
        expected.training.rollBackFactor = 0.25
        expected.training.watch = .on
        expected.reduction.overlap = .on
        expected.reduction.bucket = 4096
        expected.reduction.compression = .bf16
        expected.reduction.sharedMemory = false
        expected.checkpoint.steps = 12
        expected.checkpoint.minutes = 0
        expected.checkpoint.cycle = true
        expected.checkpoint.keep = 4
        expected.checkpoint.best = true
        expected.optimizer.rule = SGD(momentum: 0.8, nesterov: true, weightDecay: 5e-4)
        expected.optimizer.clipNorm = 2
        var decay = MutualInformation()
        decay.form = .level
        decay.exponent = 1.5
        decay.predictionSource = .validation
        decay.bounds = GivenBounds(min: 1e-4, max: 0.1)
        expected.learningRate.schedule = decay
        expected.learningRate.warmup = 0.5
        expected.learningRate.layerDecay = 0.75
        expected.learningRate.search = .rangeTest
        expected.learningRate.rangeTest.steps = 50
        expected.learningRate.rangeTest.from = 0.001
        expected.learningRate.rangeTest.to = 1
        expected.learningRate.rangeTest.safety = 3
        expected.output.stepsLog = true
        expected.output.csv = true
        expected.output.everyRank = true
        expected.output.plot = false

        let configuration = try Configuration(yaml: text, name: "x.yaml")
        XCTAssertEqual(configuration, expected)
        XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "resolved"), expected)
    }

    func testEverySettingOfImagesIsRead() throws {
        let text = """
            data:
              format: cifar100
              labels: coarse
              train: {files: [a/1.bin, "2 of 2.bin.xz"]}
              test: {files: [t]}
              classNames: [\((0..<20).map { "n\($0)" }.joined(separator: ", "))]
              augmentation: {crop: 4, flip: true, cutout: 16}
            model: {preset: mlp}
            """
        var cifar = CIFAR100(.coarse, train: ["a/1.bin", "2 of 2.bin.xz"], test: ["t"])
        cifar.classNames = (0..<20).map { "n\($0)" }
        var expected = Configuration(data: .init(source: cifar), model: .init(MultilayerPerceptron()))
        expected.data.augmentation.crop = 4
        expected.data.augmentation.flip = true
        expected.data.augmentation.cutout = 16
        let configuration = try Configuration(yaml: text, name: "x")
        XCTAssertEqual(configuration, expected)
        XCTAssertTrue(
            configuration.yaml.contains(
                """
                  format: cifar100
                  labels: coarse
                  train:
                    files: [a/1.bin, "2 of 2.bin.xz"]
                  test:
                    files: [t]

                """), configuration.yaml)
    }

    func testAugmentationOfTheTraining() throws {
        let text = "seed: 12\ndata: {format: digits, augmentation: {crop: 2, cutout: 3}}\nmodel: {preset: mlp}"
        let configuration = try Configuration(yaml: text, name: "x")
        XCTAssertEqual(configuration.augmentation, Augmentation(crop: 2, cutout: 3, seed: 12))
        XCTAssertNil(try Configuration(yaml: minimal, name: "x").augmentation)
        XCTAssertNil(try Configuration(yaml: text, name: "x", overrides: ["data.augmentation="]).augmentation)
    }

    func testResolvedYAMLReadsBackEqual() throws {
        let data = [
            "{format: idx, train: {images: 'a: b', labels: \"\\u00fcber\\n\"}, test: {images: no, labels: '7'}, classNames: [a, '1']}",
            "{format: cifar10, train: {files: ['a: b', \"no\"]}, test: {files: [x.xz]}, augmentation: {crop: 31}}",
            "{format: cifar10, train: {files: [x]}, test: {files: [x]}, augmentation: {randomResizedCrop: {scale: [0.5, 1.0], ratio: 1.0}, rotation: 5, randAugment: {magnitude: 7}, colorJitter: {hue: 0.1}, mixup: {alpha: 0.4}, cutmix: {}}}",
            "{format: cifar100, labels: coarse, train: {files: [x]}, test: {files: [x]}}",
            "{format: cifar100, train: {files: [x]}, test: {files: [x]}, augmentation: {flip: true, cutout: 32}}",
            "{format: csv, train: {file: x}, csv: {header: yes, separator: ' ', label: '7', ignore: [\"no\", 'a \"b\"']}}",
            "{format: csv, train: {file: x}, split: {trainingRows: 16000}}",
            "{format: npy, train: {features: 'a: b', labels: \"no\"}, test: {features: x.gz, labels: '7'}, classNames: [a, '1']}",
            "{format: synthetic, synthetic: {noise: 0}}",
        ]
        let rates = [
            "{schedule: constant, rate: 0.30000000000000004}", "{form: threshold, threshold: 1e-300}",
            "{form: gain, target: 0.9, factor: 0.1}", "{predictions: soft}", "{estimator: chao-shen}",
            "{layers: {measure: winner, share: 1}}", "{form: level, layers: {share: 0.3}}",
            "{schedule: step, rate: 0.1, every: 2.5, factor: 0.25, warmup: 0.5}",
            "{schedule: multi-step, at: [1, 2.5], factor: 1}", "{schedule: exponential, rate: auto, factor: 0.5}",
            "{schedule: inverse-time, decay: 0}", "{schedule: polynomial, power: 2, floor: 0.5, horizon: 7}",
            "{schedule: cosine, floor: 1, warmup: 3}",
            "{schedule: cosine-restarts, period: 0.5, periodFactor: 3, floor: 0.01}",
            "{schedule: one-cycle, rise: 0.5, startDivisor: 1, endDivisor: 7}",
            "{schedule: cyclical, bounds: {min: 0.1, max: 0.2}, halfCycle: 0.25, mode: exp-range, factor: 0.5}",
            "{schedule: plateau, metric: accuracy, factor: 0.5, patience: 0, threshold: 0.5, cooldown: 2, floor: 0.1}",
            "{schedule: joined, parts: [{epochs: 2, schedule: constant, rate: 0.5}, {schedule: cosine, floor: 0.25}]}",
        ]
        for data in data {
            for rate in rates {
                let text = "data: \(data)\nmodel: {preset: mlp, hidden: []}\nlearningRate: \(rate)"
                let configuration = try Configuration(yaml: text, name: "x")
                XCTAssertEqual(
                    try Configuration(yaml: configuration.yaml, name: "resolved"), configuration, configuration.yaml)
            }
        }
    }

    func testNullStandsForTheDefault() throws {
        let text = minimal + "training: {batch: null, steps: ~}\noptimizer:\nlearningRate: {form: level, target: null}"
        var expected = try Configuration(yaml: minimal, name: "x")
        var decay = MutualInformation()
        decay.form = .level
        expected.learningRate.schedule = decay
        XCTAssertEqual(try Configuration(yaml: text, name: "x"), expected)
    }

    func testAnchorsAndAliases() throws {
        let text = "data: {format: csv, train: &t {file: a}, test: *t}\nmodel: {preset: mlp}"
        let csv = try XCTUnwrap(try Configuration(yaml: text, name: "x").data.source as? CSVFiles)
        XCTAssertEqual(csv.test, .file("a"))
    }

    // MARK: - Overrides

    func testOverridesReplaceAndAdd() throws {
        let text = minimal + "training: {batch: 32}\nlearningRate: {bounds: auto}"
        let configuration = try Configuration(
            yaml: text, name: "x",
            overrides: [
                "training.batch=64", "training.batch=48", "optimizer.momentum=0.5", "model.hidden=[3, 4]",
                "learningRate.bounds.min=0.1", "learningRate.bounds.max=0.2", "seed=",
            ])
        XCTAssertEqual(configuration.training.batch, 48)
        XCTAssertEqual(configuration.optimizer.rule as? SGD, SGD(momentum: 0.5))
        var model = MultilayerPerceptron()
        model.hidden = [3, 4]
        XCTAssertEqual(configuration.model, .init(model))
        let decay = try XCTUnwrap(configuration.learningRate.schedule as? MutualInformation)
        XCTAssertEqual(decay.bounds, GivenBounds(min: 0.1, max: 0.2))
        XCTAssertEqual(configuration.seed, 1)
    }

    func testOverrideReachesIntoLists() throws {
        let text = "data: {format: digits}\nmodel: {layers: [{dense: {units: 5}}, relu, {dense: {units: 10}}]}"
        for path in ["model.layers[0].dense.units", "model.layers.0.dense.units"] {
            let configuration = try Configuration(yaml: text, name: "x", overrides: ["\(path)=7"])
            let layers = try XCTUnwrap(configuration.model.architecture as? LayerList).layers
            XCTAssertEqual(layers.first as? Dense, Dense(units: 7))
        }
    }
}
