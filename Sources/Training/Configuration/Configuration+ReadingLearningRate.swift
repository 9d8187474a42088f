extension Configuration.LearningRate {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        schedule = try Schedule(reading: reader)
        warmup = try reader.double("warmup", .atLeast(0)) ?? warmup
        rangeTest = try reader.section("rangeTest", RangeTest.init(reading:)) ?? rangeTest
    }
}

extension Configuration.LearningRate.Schedule {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let constant = "constant"
        let mutualInformation = "mutual-information"
        let name = try reader.choice("schedule", [mutualInformation, constant]) ?? mutualInformation
        if name == constant {
            let foreign = ["form", "source", "bounds", "target", "factor", "threshold", "exponent"]
            try reader.reject(
                foreign, because: "belongs to schedule: \(mutualInformation), but the schedule is \(constant)")
            let rate = try reader.required(
                "rate", reader.double("rate", .above(0)), expected: "the learning rate of schedule: \(constant)")
            self = .constant(rate: rate)
        } else {
            try reader.reject(["rate"], because: "belongs to schedule: \(constant), but the schedule is \(name)")
            self = .mutualInformation(try Configuration.LearningRate.MutualInformation(reading: reader))
        }
    }
}

extension Configuration.LearningRate.MutualInformation {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        form = try Configuration.LearningRate.Form(reading: reader)
        source = try reader.choice("source", Configuration.LearningRate.Source.self) ?? source
        if let node = reader.value("bounds"), SectionReader.plainText(node) != "auto" {
            guard node.entries != nil else {
                throw reader.mismatch("bounds", expected: "auto or {min: …, max: …}", found: node)
            }
            bounds = try reader.section("bounds", Configuration.LearningRate.Bounds.init(reading:)) ?? bounds
        }
    }
}

extension Configuration.LearningRate.Form {
    private static let keys = ["gain": ["target", "factor"], "threshold": ["threshold"], "level": ["exponent"]]

    init(reading reader: SectionReader) throws(ConfigurationError) {
        let forms = ["gain", "threshold", "level"]
        let form = try reader.choice("form", forms) ?? "gain"
        for other in forms where other != form {
            try reader.reject(
                Self.keys[other] ?? [], because: "belongs to form: \(other), but the form is \(form)")
        }
        switch form {
        case "threshold":
            self = .threshold(try reader.double("threshold", .above(0)) ?? 0.01)
        case "level":
            self = .level(exponent: try reader.double("exponent", .above(0)) ?? 1)
        default:
            self = .gain(
                target: try reader.double("target", .between(0, 1)) ?? 0.2,
                factor: try reader.double("factor", .between(0, 1)) ?? 0.5)
        }
    }
}

extension Configuration.LearningRate.Bounds {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let min = try reader.required("min", reader.double("min", .above(0)), expected: "the lowest learning rate")
        let max = try reader.required("max", reader.double("max", .above(0)), expected: "the highest learning rate")
        self = .fixed(min: min, max: max)
    }
}

extension Configuration.LearningRate.RangeTest {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        steps = try reader.integer("steps", .atLeast(10)) ?? steps
        from = try reader.double("from", .above(0)) ?? from
        to = try reader.double("to", .above(0)) ?? to
        safety = try reader.double("safety", .atLeast(1)) ?? safety
    }
}
