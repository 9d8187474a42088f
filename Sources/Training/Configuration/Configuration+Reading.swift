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
        let publishedRate = optimizer.method.published?.rate
        if let publishedRate { learningRate.schedule = .constant(rate: publishedRate) }
        learningRate =
            try reader.section("learningRate") { section throws(ConfigurationError) in
                try LearningRate(reading: section, publishedRate: publishedRate)
            } ?? learningRate
        averaging = try reader.section("averaging", Averaging.init(reading:)) ?? averaging
        reproducible = try reader.section("reproducible", Reproducible.init(reading:)) ?? reproducible
        reduction = try reader.section("reduction", Reduction.init(reading:)) ?? reduction
        checkpoint = try reader.section("checkpoint", Checkpoint.init(reading:)) ?? checkpoint
        output = try reader.section("output", Output.init(reading:)) ?? output
    }
}

extension Configuration.Training {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        batch = try reader.integer("batch", .atLeast(1)) ?? batch
        epochs = try reader.integer("epochs", .from(1, through: Int(Configuration.mostEpochs))) ?? epochs
        cycle = try reader.double("cycle", .above(0)) ?? cycle
        labelSmoothing = try reader.single("labelSmoothing", .from(0, below: 1)) ?? labelSmoothing
        steps = try reader.integer("steps", .atLeast(1))
        threads = try reader.integer("threads", .from(1, through: 4096)) ?? threads
        precision = try reader.choice("precision", Precision.self) ?? precision
        microBatch = try reader.integer("microBatch", .atLeast(1))
        stop = try reader.choice("stop", Stop.self)
        stopCycles = try reader.integer("stopCycles", .atLeast(1)) ?? stopCycles
        nonFinite = try reader.choice("nonFinite", NonFinite.self) ?? nonFinite
        watch = try reader.choice("watch", Watch.self) ?? watch
        rollBackFactor = try reader.double("rollBackFactor", .between(0, 1)) ?? rollBackFactor
    }
}

extension Configuration.Output {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        stepsLog = try reader.boolean("stepsLog") ?? stepsLog
        everyRank = try reader.boolean("everyRank") ?? everyRank
        plot = try reader.boolean("plot") ?? plot
    }
}
