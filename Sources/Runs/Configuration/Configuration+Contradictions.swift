import LearningRate
import NeuralNetwork
import Settings

extension Configuration {
    /// Throws when two settings contradict each other; what reading a file does too, for configurations made in code.
    public func validate() throws(ConfigurationError) {
        if let problem {
            throw ConfigurationError(place: "configuration", keyPath: problem.key, problem: problem.problem)
        }
    }

    /// The last layer makes the logits.
    var modelContradiction: Contradiction? {
        guard let layers = model.layers else { return nil }
        guard let output = layers.last?.unnamed as? Dense else {
            let found = layers.last.map { "found \($0.kind)" } ?? "found no layers"
            let path = layers.isEmpty ? "model.layers" : "model.layers[\(layers.count - 1)]"
            return Contradiction(
                path,
                "expected a dense layer with one unit a \(hasTargets ? "target" : "class") as the last one, \(found)"
            )
        }
        if hasTargets {
            guard let targets = data.source.targetCount, output.units != targets else { return nil }
            return Contradiction(
                model.keyOfLastUnits(layers),
                "expected \(targets) with task: \(type(of: task).name), found \(output.units)")
        }
        guard let classes = data.source.classCount, output.units != classes else { return nil }
        return Contradiction(
            model.keyOfLastUnits(layers),
            "expected one unit for each of the \(classes) classes, found \(output.units)"
        )
    }

    var trainingContradiction: Contradiction? {
        if training.cycle > Double(training.epochs) {
            return Contradiction(
                "training.cycle", "expected at most training.epochs (\(training.epochs)), found \(training.cycle)")
        }
        switch training.stop {
        case .mutualInformation where !(learningRate.schedule is MutualInformation):
            return Contradiction(
                "training.stop",
                "expected null or a metric without schedule: mutual-information, found mutual-information")
        case .metric(let stop) where stop.metric.samples == .validation && data.validation == 0:
            return Contradiction(
                "training.stop.metric", "\(stop.metric.rawValue) needs data.validation above 0, found 0.0")
        case .metric(let stop) where stop.metric.measure == .r2 && regression == nil:
            return Contradiction(
                "training.stop.metric", "\(stop.metric.rawValue) needs task: regression, found \(type(of: task).name)")
        case .metric where training.stopCycles != Training().stopCycles:
            return Contradiction(
                "training.stopCycles",
                "expected it with stop: mutual-information alone, of a metric stop.patience is the time, found "
                    + "\(training.stopCycles)")
        case .mutualInformation, .metric, nil: return nil
        }
    }

    var learningRateContradiction: Contradiction? {
        // The first look at mutual information ends a warm-up.
        if learningRate.schedule.hasOwnWarmUp, learningRate.warmup > training.cycle {
            return Contradiction(
                "learningRate.warmup",
                "expected at most training.cycle (\(training.cycle)), found \(learningRate.warmup)"
            )
        }
        guard data.validation == 0 else { return nil }
        return learningRate.schedule.pathOfValidation.map {
            Contradiction("learningRate.\($0)", "validation needs data.validation above 0, found 0.0")
        }
    }
}

extension Schedule {
    /// The key that asks for predictions on the validation set; nil for none.
    fileprivate var pathOfValidation: String? {
        guard source == .validation else { return nil }
        guard let joined = self as? Joined else { return "source" }
        return joined.parts.firstIndex { $0.schedule.source == .validation }.map { "parts[\($0)].source" }
    }
}
