import LearningRate
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
            { data.problem(at: "data") }, { modelContradiction },
            { training.problem(at: "training") }, { trainingContradiction }, { optimizer.problem(at: "optimizer") },
            { publishedRateContradiction }, { learningRate.problem(at: "learningRate") }, { learningRateContradiction },
            { averagingContradiction }, { averaging.problem(at: "averaging") },
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
        if learningRate.schedule is MutualInformation { return nil }
        guard let stop = training.stop else { return nil }
        return ("training.stop", "expected null without schedule: mutual-information, found \(stop.rawValue)")
    }

    private var learningRateContradiction: (keyPath: String, problem: String)? {
        // The first look at mutual information ends a warm-up.
        if learningRate.schedule.hasOwnWarmUp, learningRate.warmup > training.cycle {
            return (
                "learningRate.warmup",
                "expected at most training.cycle (\(training.cycle)), found \(learningRate.warmup)"
            )
        }
        guard data.validation == 0 else { return nil }
        return learningRate.schedule.pathOfValidation.map {
            ("learningRate.\($0)", "validation needs data.validation above 0, found 0.0")
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

extension Configurable {
    /// The first setting out of its range, or that contradicts another one, with its path from the root.
    fileprivate func problem(at section: String) -> (keyPath: String, problem: String)? {
        problem.map { ("\(section).\($0.key)", $0.problem) }
    }
}
