import LearningRate
import Settings

extension Configuration {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let seed = try reader.value("seed", of: UInt64.self, .from(0, through: .max))
        let data = try reader.required(
            "data", reader.section("data", Data.init(reading:)), expected: "a section such as {format: digits}")
        let model = try reader.required(
            "model", reader.section("model", Model.init(reading:)), expected: "a section such as {preset: mlp}")
        self.init(data: data, model: model)
        self.seed = seed ?? self.seed
        training = try reader.section("training", Training.init(reading:)) ?? training
        optimizer = try reader.section("optimizer", Optimizer.init(reading:)) ?? optimizer
        var reader = reader
        let publishedRate = optimizer.published?.rate
        if let publishedRate {
            learningRate.schedule = Constant(rate: .fixed(publishedRate))
            reader.setDefault(learningRate.schedule, of: (any Schedule).self)
        }
        learningRate = try reader.section("learningRate", LearningRate.init(reading:)) ?? learningRate
        if let publishedRate { learningRate.schedule = learningRate.schedule.replacingAuto(by: publishedRate) }
        averaging = try reader.section("averaging", Averaging.init(reading:)) ?? averaging
        reproducible = try reader.section("reproducible", Reproducible.init(reading:)) ?? reproducible
        reduction = try reader.section("reduction", Reduction.init(reading:)) ?? reduction
        checkpoint = try reader.section("checkpoint", Checkpoint.init(reading:)) ?? checkpoint
        output = try reader.section("output", Output.init(reading:)) ?? output
    }
}
