import LearningRate
import Settings

extension Configuration {
    /// The first key in which a run that began by this configuration cannot go on by `new`, and why: it would have another past.
    /// Nil where it can.
    ///
    /// Free to change is what has no part in the steps done: what is written and kept, what ends the run, and, from
    /// `nonFinite: stop` on, what a step that fails does. A longer or shorter run has another past only where the schedule has
    /// its end in view.
    ///
    /// - Parameter stepsPerEpoch: by which lengths are compared.
    func obstacle(toGoingOnBy new: Configuration, stepsPerEpoch: Int) -> (keyPath: String, problem: String)? {
        if training.totalSteps(perEpoch: stepsPerEpoch) != new.training.totalSteps(perEpoch: stepsPerEpoch),
            learningRate.horizon == nil, let schedule = learningRate.schedule.nameOfPartUntilEnd
        {
            let (key, old, found) =
                training.epochs != new.training.epochs
                ? ("epochs", "\(training.epochs)", "\(new.training.epochs)")
                : ("steps", training.steps?.description ?? "null", new.training.steps?.description ?? "null")
            return (
                "training.\(key)",
                "expected \(old), as the run began, found \(found): the schedule \(schedule) has had the end of the run in "
                    + "view from its first step (learningRate.horizon would be a length of its own)"
            )
        }
        var begun = experiment
        begun.training.epochs = new.training.epochs
        begun.training.steps = new.training.steps
        begun.training.stop = new.training.stop
        begun.training.stopCycles = new.training.stopCycles
        // No step that failed is behind what was kept of such a run.
        if training.nonFinite == .stop { begun.training.nonFinite = new.training.nonFinite }
        if training.nonFinite != .rollBack { begun.training.rollBackFactor = new.training.rollBackFactor }
        let (old, found) = (begun.experimentNode, new.experimentNode)
        guard let difference = old.firstDifference(from: found) else { return nil }
        func text(_ node: ConfigurationNode?) -> String { node?.summary ?? "nothing" }
        return (
            difference.path,
            "expected \(text(difference.own)), as the run began, found \(text(difference.other))"
        )
    }

    private var experimentNode: ConfigurationNode {
        do {
            return try ConfigurationNode.document(yaml: experiment.yaml, name: "configuration")
        } catch {
            preconditionFailure("what a configuration is written as can be read: \(error)")
        }
    }

    /// Why a run that has done some steps cannot end where this configuration says; nil where it can.
    func endProblem(afterSteps done: Int, stepsPerEpoch: Int) -> (keyPath: String, problem: String)? {
        let steps = training.totalSteps(perEpoch: stepsPerEpoch)
        guard steps < done else { return nil }
        if let limit = training.steps, limit == steps {
            return ("training.steps", "expected at least \(done), the steps that the run has done, found \(limit)")
        }
        let epochs = (done + stepsPerEpoch - 1) / stepsPerEpoch
        return (
            "training.epochs",
            "expected at least \(epochs), as the run has done \(done) steps of \(stepsPerEpoch) an epoch, found "
                + "\(training.epochs)"
        )
    }
}

extension Configuration.Training {
    /// Steps of the whole run, unless something ends it earlier.
    func totalSteps(perEpoch steps: Int) -> Int { min(epochs * steps, self.steps ?? .max) }
}

extension ConfigurationNode {
    /// The path of the first value, in the order written, that is another one in `other`, with both; nil where all are alike.
    func firstDifference(
        from other: ConfigurationNode, at path: String = ""
    ) -> (path: String, own: ConfigurationNode?, other: ConfigurationNode?)? {
        switch (content, other.content) {
        case (.mapping(let own), .mapping(let others)):
            for key in own.map(\.key) + others.map(\.key) {
                let keyPath = path.isEmpty ? key : "\(path).\(key)"
                let (one, another) = (own.first { $0.key == key }?.value, others.first { $0.key == key }?.value)
                guard let one, let another else { return (keyPath, one, another) }
                if let difference = one.firstDifference(from: another, at: keyPath) { return difference }
            }
            return nil
        case (.sequence(let own), .sequence(let others)) where own.count == others.count:
            return zip(own, others).enumerated().lazy
                .compactMap { index, pair in pair.0.firstDifference(from: pair.1, at: "\(path)[\(index)]") }.first
        case (.scalar(let own, let isPlain), .scalar(let text, let isOtherPlain))
        where own == text && isPlain == isOtherPlain:
            return nil
        default: return (path, self, other)
        }
    }

    /// The value within a line.
    fileprivate var summary: String {
        switch content {
        case .scalar: isNull ? "null" : found
        case .sequence(let elements): "[\(elements.map(\.summary).joined(separator: ", "))]"
        case .mapping(let entries): "{\(entries.map { "\($0.key): \($0.value.summary)" }.joined(separator: ", "))}"
        }
    }
}
