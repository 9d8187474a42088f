extension Configuration {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let seed = try reader.seed("seed")
        let data = try reader.required(
            "data", reader.section("data", Data.init(reading:)), expected: "a section such as {format: digits}")
        let model = try reader.required(
            "model", reader.section("model", Model.init(reading:)), expected: "a section such as {preset: mlp}")
        self.init(data: data, model: model)
        self.seed = seed ?? self.seed
        training = try reader.section("training", Training.init(reading:)) ?? training
        optimizer = try reader.section("optimizer", Optimizer.init(reading:)) ?? optimizer
        learningRate = try reader.section("learningRate", LearningRate.init(reading:)) ?? learningRate
        output = try reader.section("output", Output.init(reading:)) ?? output
    }
}

extension Configuration.Training {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        batch = try reader.integer("batch", .atLeast(1)) ?? batch
        epochs = try reader.integer("epochs", .atLeast(1)) ?? epochs
        cycle = try reader.double("cycle", .above(0)) ?? cycle
        labelSmoothing = try reader.double("labelSmoothing", .from(0, below: 1)) ?? labelSmoothing
        steps = try reader.integer("steps", .atLeast(1))
        threads = try reader.integer("threads", .atLeast(1)) ?? threads
    }
}

extension Configuration.Optimizer {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        _ = try reader.choice("name", ["sgd"])
        method = .sgd(try StochasticGradientDescent(reading: reader))
        weightDecay = try reader.double("weightDecay", .atLeast(0)) ?? weightDecay
        clipNorm = try reader.double("clipNorm", .above(0))
    }
}

extension Configuration.Optimizer.StochasticGradientDescent {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        momentum = try reader.double("momentum", .from(0, below: 1)) ?? momentum
        nesterov = try reader.boolean("nesterov") ?? nesterov
    }
}

extension Configuration.Output {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        stepsLog = try reader.boolean("stepsLog") ?? stepsLog
        everyRank = try reader.boolean("everyRank") ?? everyRank
        plot = try reader.boolean("plot") ?? plot
    }
}

extension Configuration.Model {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let preset = try reader.choice("preset", ["mlp"])
        let layers = try reader.list("layers", expected: "layers such as {dense: {units: 10}}", Layer.init(reading:))
        let ofPreset = ["hidden", "activation", "dropout"]
        switch (preset, layers) {
        case (nil, let layers?):
            try reader.reject(ofPreset, because: "belongs to a preset, but layers are given")
            self = .layers(layers)
        case (_?, nil):
            self = .mlp(try MultilayerPerceptron(reading: reader))
        case (_?, _?):
            throw ConfigurationError(
                place: reader.node.place, keyPath: reader.path, problem: "expected preset or layers, found both")
        case (nil, nil):
            self = .mlp(try reader.required("preset", nil, expected: "preset: mlp, or a list of layers"))
        }
    }
}

extension Configuration.Model.MultilayerPerceptron {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        hidden = try reader.integers("hidden", .atLeast(1)) ?? hidden
        activation = try reader.choice("activation", Configuration.Model.Activation.self) ?? activation
        dropout = try reader.double("dropout", .from(0, below: 1)) ?? dropout
    }
}

extension Configuration.Model.Layer {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let activations = Configuration.Model.Activation.allCases.map(\.rawValue)
        let (kind, section) = try reader.kind(["dense"] + activations + ["dropout"])
        switch kind {
        case "dense":
            var dense = Configuration.Model.Dense(
                units: try section.required(
                    "units", section.integer("units", .atLeast(1)), expected: "the number of units"))
            dense.bias = try section.boolean("bias") ?? dense.bias
            let initializers = Configuration.Model.Initializer.allCases.map(\.rawValue)
            dense.initializer = try section.choice("initializer", ["auto"] + initializers)
                .flatMap(Configuration.Model.Initializer.init(rawValue:))
            self = .dense(dense)
        case "dropout":
            let rate = try section.required(
                "rate", section.double("rate", .from(0, below: 1)), expected: "the probability to drop a unit")
            self = .dropout(rate: rate)
        default:
            guard let activation = Configuration.Model.Activation(rawValue: kind) else {
                preconditionFailure("no layer is read for the kind \(kind)")
            }
            self = .activation(activation)
        }
    }
}
