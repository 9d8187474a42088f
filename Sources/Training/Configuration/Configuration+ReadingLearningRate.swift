import Settings

extension Configuration.LearningRate {
    /// - Parameter publishedRate: of an optimizer whose paper gives one.
    init(reading reader: SectionReader, publishedRate: Double?) throws(ConfigurationError) {
        schedule = try Schedule(reading: reader, publishedRate: publishedRate)
        warmup = try reader.double("warmup", .from(0, through: Configuration.mostEpochs)) ?? warmup
        horizon = try reader.double("horizon", .epochs)
        if let search = try reader.choice("search", Search.self) {
            self.search = search
            if search == .trials {
                try reader.reject(
                    ["rangeTest"], because: "belongs to search: range-test, but the search is \(search.rawValue)")
            }
        } else if reader.has("rangeTest") {
            search = .rangeTest
        }
        rangeTest = try reader.section("rangeTest", RangeTest.init(reading:)) ?? rangeTest
    }
}

extension Limit<Double> {
    fileprivate static var epochs: Self { .above(0, through: Configuration.mostEpochs) }
}

extension Configuration.LearningRate.Schedule {
    /// The names with the keys that go with each.
    private static let keys: [(name: String, keys: [String])] = [
        (
            "mutual-information",
            [
                "form", "source", "predictions", "estimator", "bounds", "layers", "target", "factor", "threshold",
                "exponent",
            ]
        ),
        ("constant", ["rate"]), ("step", ["rate", "every", "factor"]), ("multi-step", ["rate", "at", "factor"]),
        ("exponential", ["rate", "factor"]), ("inverse-time", ["rate", "decay"]),
        ("polynomial", ["rate", "power", "floor"]), ("cosine", ["rate", "floor"]),
        ("constant-cooldown", ["rate", "share", "floor"]),
        ("cosine-restarts", ["rate", "period", "periodFactor", "floor"]),
        ("one-cycle", ["rate", "rise", "startDivisor", "endDivisor"]),
        ("cyclical", ["bounds", "halfCycle", "mode", "factor"]),
        ("plateau", ["rate", "metric", "source", "factor", "patience", "threshold", "cooldown", "floor"]),
        ("joined", ["parts"]),
    ]

    init(reading reader: SectionReader, publishedRate: Double?) throws(ConfigurationError) {
        let name =
            try reader.choice("schedule", Self.keys.map(\.name))
            ?? (publishedRate == nil ? "mutual-information" : "constant")
        let own = Self.keys.first { $0.name == name }!.keys
        for (other, keys) in Self.keys where other != name {
            try reader.reject(
                keys.filter { !own.contains($0) },
                because: "belongs to schedule: \(other), but the schedule is \(name)")
        }
        switch name {
        case "mutual-information":
            self = .mutualInformation(try Configuration.LearningRate.MutualInformation(reading: reader))
        case "cyclical":
            self = .cyclical(try Configuration.LearningRate.Cyclical(reading: reader))
        case "joined":
            let parts = try reader.list("parts", expected: "schedules with their epochs") {
                reader throws(ConfigurationError) in
                try Configuration.LearningRate.Part(reading: reader, publishedRate: publishedRate)
            }
            self = .joined(
                try reader.required("parts", parts, expected: "a list of schedules such as {epochs: 5, schedule: …}"))
        default:
            let course = try Configuration.LearningRate.Course(name, reading: reader)
            self = .course(
                course, from: try Configuration.LearningRate.Rate(reading: reader, publishedRate: publishedRate))
        }
    }
}

extension Configuration.LearningRate.Rate {
    fileprivate init(reading reader: SectionReader, publishedRate: Double?) throws(ConfigurationError) {
        guard let node = reader.value("rate"), node.plainText != "auto" else {
            self = publishedRate.map { .fixed($0) } ?? .auto
            return
        }
        let limit = Limit<Double>("above 0.0, or auto") { $0 > 0 }
        self = .fixed(try reader.single("rate", limit)!)
    }
}

extension Configuration.LearningRate.Part {
    fileprivate init(reading reader: SectionReader, publishedRate: Double?) throws(ConfigurationError) {
        epochs = try reader.double("epochs", .epochs)
        schedule = try Configuration.LearningRate.Schedule(reading: reader, publishedRate: publishedRate)
    }
}

extension Configuration.LearningRate.Course {
    fileprivate init(_ name: String, reading reader: SectionReader) throws(ConfigurationError) {
        func factor(_ standard: Double) throws(ConfigurationError) -> Double {
            try reader.double("factor", .above(0, through: 1)) ?? standard
        }
        func floor() throws(ConfigurationError) -> Double {
            try reader.double("floor", .from(0, through: 1)) ?? 0
        }
        switch name {
        case "step": self = .step(every: try reader.double("every", .epochs) ?? 10, factor: try factor(0.1))
        case "multi-step": self = .multiStep(at: try Self.milestones(reader), factor: try factor(0.1))
        case "exponential": self = .exponential(factor: try factor(0.9))
        case "inverse-time": self = .inverseTime(decay: try reader.double("decay", .atLeast(0)) ?? 1)
        case "polynomial":
            self = .polynomial(power: try reader.double("power", .above(0)) ?? 1, floor: try floor())
        case "cosine": self = .cosine(floor: try floor())
        case "constant-cooldown":
            self = .constantCooldown(
                share: try reader.double("share", .above(0, through: 1)) ?? 0.2, floor: try floor())
        case "cosine-restarts":
            self = .cosineRestarts(
                period: try reader.double("period", .epochs) ?? 10,
                periodFactor: try reader.integer("periodFactor", .atLeast(1)) ?? 1, floor: try floor())
        case "one-cycle":
            self = .oneCycle(
                rise: try reader.double("rise", .between(0, 1)) ?? 0.3,
                startDivisor: try reader.double("startDivisor", .atLeast(1)) ?? 25,
                endDivisor: try reader.double("endDivisor", .atLeast(1)) ?? 1e4)
        case "plateau":
            var plateau = Configuration.LearningRate.Plateau()
            plateau.metric =
                try reader.choice("metric", Configuration.LearningRate.Plateau.Metric.self) ?? plateau.metric
            plateau.source = try reader.choice("source", Configuration.LearningRate.Source.self) ?? plateau.source
            plateau.factor = try factor(plateau.factor)
            plateau.patience = try reader.integer("patience", .atLeast(0)) ?? plateau.patience
            plateau.threshold = try reader.double("threshold", .from(0, below: 1)) ?? plateau.threshold
            plateau.cooldown = try reader.integer("cooldown", .atLeast(0)) ?? plateau.cooldown
            plateau.floor = try floor()
            self = .plateau(plateau)
        default: self = .constant
        }
    }

    private static func milestones(_ reader: SectionReader) throws(ConfigurationError) -> [Double] {
        let expected = "a rising list of epochs"
        let nodes = try reader.required("at", reader.elements("at", expected: expected), expected: expected)
        var milestones: [Double] = []
        for (index, node) in nodes.enumerated() {
            guard let epoch = node.plainText.flatMap(Double.init), epoch <= Configuration.mostEpochs,
                epoch > milestones.last ?? 0
            else { throw reader.mismatch("at[\(index)]", expected: expected, found: node) }
            milestones.append(epoch)
        }
        return milestones
    }
}

extension Configuration.LearningRate.Cyclical {
    fileprivate init(reading reader: SectionReader) throws(ConfigurationError) {
        bounds = try Configuration.LearningRate.Bounds(under: "bounds", of: reader) ?? bounds
        halfCycle = try reader.double("halfCycle", .epochs) ?? halfCycle
        mode = try reader.choice("mode", Mode.self) ?? mode
        if mode != .expRange {
            try reader.reject(["factor"], because: "belongs to mode: exp-range, but the mode is \(mode.rawValue)")
        }
        factor = try reader.double("factor", .above(0, through: 1)) ?? factor
    }
}

extension Configuration.LearningRate.MutualInformation {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        form = try Configuration.LearningRate.Form(reading: reader)
        source = try reader.choice("source", Configuration.LearningRate.Source.self) ?? source
        predictions = try reader.choice("predictions", Configuration.LearningRate.Predictions.self) ?? predictions
        estimator = try reader.choice("estimator", Configuration.LearningRate.Estimator.self) ?? estimator
        bounds = try Configuration.LearningRate.Bounds(under: "bounds", of: reader) ?? bounds
        layers = try reader.section("layers", Configuration.LearningRate.Layers.init(reading:))
    }
}

extension Configuration.LearningRate.Layers {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        measure = try reader.choice("measure", Measure.self) ?? measure
        share = try reader.double("share", .above(0, through: 1)) ?? share
    }
}

extension Configuration.LearningRate.Form {
    private static let keys = ["gain": ["target", "factor"], "threshold": ["threshold"], "level": ["exponent"]]

    init(reading reader: SectionReader) throws(ConfigurationError) {
        let forms = ["hold", "gain", "threshold", "level"]
        let form = try reader.choice("form", forms) ?? "hold"
        for other in forms where other != form {
            try reader.reject(
                Self.keys[other] ?? [], because: "belongs to form: \(other), but the form is \(form)")
        }
        switch form {
        case "hold":
            self = .hold
        case "threshold":
            self = .threshold(try reader.double("threshold", .above(0)) ?? 0.01)
        case "level":
            self = .level(exponent: try reader.double("exponent", .above(0)) ?? 1)
        default:
            self = .gain(
                target: try reader.double("target", .between(0, 1)) ?? 0.2,
                factor: try reader.double("factor", .between(0, 1)) ?? 0.7)
        }
    }
}

extension Configuration.LearningRate.Bounds {
    /// Nil where they are not given.
    fileprivate init?(under key: String, of reader: SectionReader) throws(ConfigurationError) {
        guard let node = reader.value(key) else { return nil }
        if node.plainText == "auto" {
            self = .auto
            return
        }
        guard node.entries != nil else {
            throw reader.mismatch(key, expected: "auto or {min: …, max: …}", found: node)
        }
        guard let bounds = try reader.section(key, Self.init(reading:)) else { return nil }
        self = bounds
    }

    init(reading reader: SectionReader) throws(ConfigurationError) {
        let min = try reader.required("min", reader.single("min", .above(0)), expected: "the lowest learning rate")
        let max = try reader.required("max", reader.single("max", .above(0)), expected: "the highest learning rate")
        self = .fixed(min: min, max: max)
    }
}

extension Configuration.LearningRate.RangeTest {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        steps = try reader.integer("steps", .atLeast(10)) ?? steps
        from = try reader.single("from", .above(0)) ?? from
        to = try reader.single("to", .above(0)) ?? to
        safety = try reader.double("safety", .atLeast(1)) ?? safety
    }
}
