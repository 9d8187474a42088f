import Settings

extension Configuration.Optimizer {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let name = try reader.choice("name", Method.keys.map(\.name)) ?? "sgd"
        let own = Method.keys.first { $0.name == name }!.keys
        for (other, keys) in Method.keys where other != name {
            try reader.reject(
                keys.filter { !own.contains($0) },
                because: "belongs to optimizer \(other), but the optimizer is \(name)")
        }
        switch name {
        case "adam": method = .adam(try Moments(reading: reader))
        case "adamw":
            method = .adamw(try Moments(reading: reader))
            weightDecay = 0.01
        case "rmsprop": method = .rmsprop(try RMSprop(reading: reader))
        case "adagrad": method = .adagrad(try AdaGrad(reading: reader))
        case "lars": method = .lars(try LARS(reading: reader))
        case "lamb": method = .lamb(try Moments(reading: reader, epsilon: 1e-6))
        case "schedule-free-sgd": method = .scheduleFreeSGD(try ScheduleFreeSGD(reading: reader))
        case "schedule-free-adamw": method = .scheduleFreeAdamW(try ScheduleFreeAdamW(reading: reader))
        case "momo": method = .momo(try MoMo(reading: reader))
        case "dog": method = .dog(try DoG(reading: reader))
        case "prodigy": method = .prodigy(try Prodigy(reading: reader))
        default: method = .sgd(try StochasticGradientDescent(reading: reader))
        }
        weightDecay = try reader.single("weightDecay", .atLeast(0)) ?? weightDecay
        clipNorm = try reader.single("clipNorm", .above(0))
    }
}

extension Configuration.Optimizer.Method {
    /// The names with the keys that go with each.
    fileprivate static let keys: [(name: String, keys: [String])] = [
        ("sgd", ["momentum", "nesterov"]), ("adam", ["beta1", "beta2", "epsilon"]),
        ("adamw", ["beta1", "beta2", "epsilon"]), ("rmsprop", ["alpha", "epsilon", "momentum", "centered"]),
        ("adagrad", ["rateDecay", "initialSum", "epsilon"]), ("lars", ["momentum", "trust"]),
        ("lamb", ["beta1", "beta2", "epsilon"]), ("schedule-free-sgd", ["momentum", "power"]),
        ("schedule-free-adamw", ["beta1", "beta2", "epsilon", "power"]), ("momo", ["momentum", "lowerBound"]),
        ("dog", ["firstDistance"]),
        ("prodigy", ["beta1", "beta2", "beta3", "epsilon", "firstDistance", "distanceFactor"]),
    ]
}

extension Configuration.Optimizer.StochasticGradientDescent {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        momentum = try reader.single("momentum", .from(0, below: 1)) ?? momentum
        nesterov = try reader.boolean("nesterov") ?? nesterov
    }
}

extension Configuration.Optimizer.Moments {
    init(reading reader: SectionReader, epsilon: Double = 1e-8) throws(ConfigurationError) {
        self.init(epsilon: try reader.single("epsilon", .above(0)) ?? epsilon)
        beta1 = try reader.single("beta1", .from(0, below: 1)) ?? beta1
        beta2 = try reader.single("beta2", .from(0, below: 1)) ?? beta2
    }
}

extension Configuration.Optimizer.RMSprop {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        alpha = try reader.single("alpha", .from(0, below: 1)) ?? alpha
        epsilon = try reader.single("epsilon", .above(0)) ?? epsilon
        momentum = try reader.single("momentum", .from(0, below: 1)) ?? momentum
        centered = try reader.boolean("centered") ?? centered
    }
}

extension Configuration.Optimizer.AdaGrad {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        rateDecay = try reader.single("rateDecay", .atLeast(0)) ?? rateDecay
        initialSum = try reader.single("initialSum", .atLeast(0)) ?? initialSum
        epsilon = try reader.single("epsilon", .above(0)) ?? epsilon
    }
}

extension Configuration.Optimizer.LARS {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        momentum = try reader.single("momentum", .from(0, below: 1)) ?? momentum
        trust = try reader.single("trust", .above(0)) ?? trust
    }
}
