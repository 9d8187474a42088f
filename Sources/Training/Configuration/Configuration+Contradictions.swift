import Settings

extension Configuration {
    /// Throws when two settings contradict each other; what reading a file does too, for configurations made in code.
    public func validate() throws(ConfigurationError) {
        if let contradiction {
            throw ConfigurationError(
                place: "configuration", keyPath: contradiction.keyPath, problem: contradiction.problem)
        }
    }

    /// The first setting that contradicts another one, each being fine by itself.
    var contradiction: (keyPath: String, problem: String)? {
        let checks: [() -> (keyPath: String, problem: String)?] = [
            { data.contradiction }, { data.augmentationContradiction }, { modelContradiction },
            { training.problem(at: "training") }, { trainingContradiction }, { optimizer.contradiction },
            { publishedRateContradiction }, { learningRateContradiction }, { averagingContradiction },
            { averaging.problem(at: "averaging") },
            { reproducible.problem(at: "reproducible") }, { reproducibleContradiction },
            { reduction.problem(at: "reduction") }, { checkpoint.problem(at: "checkpoint") },
            { output.problem(at: "output") },
        ]
        return checks.lazy.compactMap { $0() }.first
    }

    private var modelContradiction: (keyPath: String, problem: String)? {
        guard case .layers(let layers) = model.architecture else { return nil }
        guard case .dense(let output)? = layers.last else {
            let found = layers.last.map { "found \($0.kind)" } ?? "found no layers"
            let path = layers.isEmpty ? "model.layers" : "model.layers[\(layers.count - 1)]"
            return (path, "expected a dense layer with one unit a class as the last one, \(found)")
        }
        guard let classes = data.source.classCount, output.units != classes else { return nil }
        return (
            "model.layers[\(layers.count - 1)].dense.units",
            "expected one unit for each of the \(classes) classes, found \(output.units)"
        )
    }

    private var trainingContradiction: (keyPath: String, problem: String)? {
        if training.cycle > Double(training.epochs) {
            return ("training.cycle", "expected at most training.epochs (\(training.epochs)), found \(training.cycle)")
        }
        if case .mutualInformation = learningRate.schedule { return nil }
        guard let stop = training.stop else { return nil }
        return ("training.stop", "expected null without schedule: mutual-information, found \(stop.rawValue)")
    }

    private var learningRateContradiction: (keyPath: String, problem: String)? {
        let test = learningRate.rangeTest
        if test.to <= test.from {
            return ("learningRate.rangeTest.to", "expected more than rangeTest.from (\(test.from)), found \(test.to)")
        }
        // The first look at mutual information ends a warm-up.
        if case .mutualInformation = learningRate.schedule, learningRate.warmup > training.cycle {
            return (
                "learningRate.warmup",
                "expected at most training.cycle (\(training.cycle)), found \(learningRate.warmup)"
            )
        }
        return learningRate.schedule.contradiction(at: "learningRate", hasValidation: data.validation > 0)
    }
}

extension Configuration.LearningRate.Schedule {
    fileprivate func contradiction(at path: String, hasValidation: Bool) -> (keyPath: String, problem: String)? {
        func check(
            bounds: Configuration.LearningRate.Bounds? = nil, source: Configuration.LearningRate.Source? = nil
        ) -> (keyPath: String, problem: String)? {
            if case .fixed(let min, let max) = bounds, min > max {
                return ("\(path).bounds.max", "expected at least bounds.min (\(min)), found \(max)")
            }
            if source == .validation, !hasValidation {
                return ("\(path).source", "validation needs data.validation above 0, found 0.0")
            }
            return nil
        }
        switch self {
        case .mutualInformation(let settings):
            if settings.predictions == .soft, settings.estimator != .plugIn {
                return (
                    "\(path).estimator", "expected plug-in with predictions: soft, found \(settings.estimator.rawValue)"
                )
            }
            return check(bounds: settings.bounds, source: settings.source)
        case .cyclical(let settings): return check(bounds: settings.bounds)
        case .course(.plateau(let plateau), _): return check(source: plateau.source)
        case .course: return nil
        case .joined(let parts):
            if parts.isEmpty { return ("\(path).parts", "expected at least one schedule, found none") }
            for (index, part) in parts.enumerated() {
                let path = "\(path).parts[\(index)]"
                if case .joined = part.schedule { return ("\(path).schedule", "expected any schedule but joined") }
                if part.epochs == nil, index < parts.count - 1 {
                    return ("\(path).epochs", "expected the length of every part but the last, found none")
                }
                if let source = part.schedule.steeringSource, source != self.source {
                    return ("\(path).source", "expected the same in all parts that look at metrics, found two")
                }
                if let difference = part.schedule.measurementDifference(from: self) {
                    return (
                        "\(path).\(difference)", "expected the same in all parts of mutual-information, found two"
                    )
                }
                if let problem = part.schedule.contradiction(at: path, hasValidation: hasValidation) { return problem }
            }
            return nil
        }
    }

    /// The first key in which mutual information would be measured otherwise: a run measures it in one way.
    private func measurementDifference(from all: Self) -> String? {
        guard case .mutualInformation(let own) = self, let first = all.mutualInformation else { return nil }
        if own.predictions != first.predictions { return "predictions" }
        if own.estimator != first.estimator { return "estimator" }
        return own.layers != nil && own.layers != all.layers ? "layers" : nil
    }

    /// The predictions that steer the rate, where any do.
    var source: Configuration.LearningRate.Source { steeringSource ?? .train }

    private var steeringSource: Configuration.LearningRate.Source? {
        switch self {
        case .mutualInformation(let settings): settings.source
        case .course(.plateau(let plateau), _): plateau.source
        case .cyclical, .course: nil
        case .joined(let parts): parts.lazy.compactMap(\.schedule.steeringSource).first
        }
    }
}

extension Configuration.Data {
    /// The most numbers a synthetic sample may have: far beyond any use, and far from overflow.
    private static let largestSample = 1 << 30

    fileprivate var contradiction: (keyPath: String, problem: String)? {
        switch source {
        case .cifar(let cifar):
            guard let count = cifar.classNames?.count, count != cifar.classCount else { return nil }
            return ("data.classNames", "expected a name for each of the \(cifar.classCount) classes, found \(count)")
        case .csv(let csv) where csv.ignore.contains(csv.label):
            return ("data.csv.ignore", "expected columns other than the label, found the label")
        case .csv(let csv) where csv.header == .no:
            if case .name(let name) = csv.label {
                return ("data.csv.label", "expected a number, as there is no header; found \(name.debugDescription)")
            }
            for case .name(let name) in csv.ignore {
                return ("data.csv.ignore", "expected numbers, as there is no header; found \(name.debugDescription)")
            }
            return nil
        case .synthetic(let synthetic):
            var size = 1
            for extent in synthetic.shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: extent)
                guard !overflow, product <= Self.largestSample else {
                    return (
                        "data.synthetic.shape", "expected at most \(Self.largestSample) numbers a sample, found more"
                    )
                }
                size = product
            }
            return synthetic.shape.isEmpty ? ("data.synthetic.shape", "expected at least one extent, found none") : nil
        default: return nil
        }
    }

    fileprivate var augmentationContradiction: (keyPath: String, problem: String)? {
        if case .csv = source, !augmentation.isNone {
            return ("data.augmentation", "expected images, found a table (data.format is csv)")
        }
        guard let obstacle = source.sampleShape.flatMap(augmentation.obstacle(forSamplesOf:)) else { return nil }
        return (obstacle.keyPath, "expected \(obstacle.expected), found \(obstacle.found)")
    }
}

extension Configuration.Optimizer {
    fileprivate var contradiction: (keyPath: String, problem: String)? {
        guard case .sgd(let sgd) = method, sgd.nesterov, sgd.momentum == 0 else { return nil }
        return ("optimizer.nesterov", "needs optimizer.momentum above 0, found \(sgd.momentum)")
    }
}

extension Configurable {
    /// The first setting out of its range, or that contradicts another one, with its path from the root.
    fileprivate func problem(at section: String) -> (keyPath: String, problem: String)? {
        problem.map { ("\(section).\($0.key)", $0.problem) }
    }
}
