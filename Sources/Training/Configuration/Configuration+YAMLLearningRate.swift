import Yams

extension Configuration.LearningRate {
    var entries: [(String, Node)] {
        let test: [(String, Node)] = [
            ("steps", Node(plain: rangeTest.steps)), ("from", Node(plain: rangeTest.from)),
            ("to", Node(plain: rangeTest.to)), ("safety", Node(plain: rangeTest.safety)),
        ]
        return schedule.entries + [
            ("warmup", Node(plain: warmup)), ("horizon", Node(optional: horizon)),
            ("search", Node(plain: search.rawValue)),
        ] + (search == .rangeTest ? [("rangeTest", .flow(test))] : [])
    }
}

extension Configuration.LearningRate.Schedule {
    fileprivate var entries: [(String, Node)] {
        switch self {
        case .mutualInformation(let settings):
            return [("schedule", Node(plain: "mutual-information"))] + settings.entries
        case .cyclical(let settings):
            return [("schedule", Node(plain: "cyclical"))] + settings.entries
        case .course(let course, let rate):
            let (name, settings) = course.entries
            return [("schedule", Node(plain: name)), ("rate", rate.node)] + settings
        case .joined(let parts):
            let nodes = parts.map { part in
                Node.flow((part.epochs.map { [("epochs", Node(plain: $0))] } ?? []) + part.schedule.entries)
            }
            return [("schedule", Node(plain: "joined")), ("parts", .flow(nodes))]
        }
    }
}

extension Configuration.LearningRate.Rate {
    fileprivate var node: Node {
        switch self {
        case .auto: Node(plain: "auto")
        case .fixed(let rate): Node(plain: rate)
        }
    }
}

extension Configuration.LearningRate.Bounds {
    fileprivate var node: Node {
        switch self {
        case .auto: Node(plain: "auto")
        case .fixed(let min, let max): .flow([("min", Node(plain: min)), ("max", Node(plain: max))])
        }
    }
}

extension Configuration.LearningRate.Course {
    fileprivate var entries: (name: String, settings: [(String, Node)]) {
        switch self {
        case .constant: ("constant", [])
        case .step(let every, let factor): ("step", [("every", Node(plain: every)), ("factor", Node(plain: factor))])
        case .multiStep(let at, let factor):
            ("multi-step", [("at", .flow(at.map { Node(plain: $0) })), ("factor", Node(plain: factor))])
        case .exponential(let factor): ("exponential", [("factor", Node(plain: factor))])
        case .inverseTime(let decay): ("inverse-time", [("decay", Node(plain: decay))])
        case .polynomial(let power, let floor):
            ("polynomial", [("power", Node(plain: power)), ("floor", Node(plain: floor))])
        case .cosine(let floor): ("cosine", [("floor", Node(plain: floor))])
        case .constantCooldown(let share, let floor):
            ("constant-cooldown", [("share", Node(plain: share)), ("floor", Node(plain: floor))])
        case .cosineRestarts(let period, let periodFactor, let floor):
            (
                "cosine-restarts",
                [
                    ("period", Node(plain: period)), ("periodFactor", Node(plain: periodFactor)),
                    ("floor", Node(plain: floor)),
                ]
            )
        case .oneCycle(let rise, let startDivisor, let endDivisor):
            (
                "one-cycle",
                [
                    ("rise", Node(plain: rise)), ("startDivisor", Node(plain: startDivisor)),
                    ("endDivisor", Node(plain: endDivisor)),
                ]
            )
        case .plateau(let plateau): ("plateau", plateau.entries)
        }
    }
}

extension Configuration.LearningRate.Plateau {
    fileprivate var entries: [(String, Node)] {
        [
            ("metric", Node(plain: metric.rawValue)), ("source", Node(plain: source.rawValue)),
            ("factor", Node(plain: factor)), ("patience", Node(plain: patience)),
            ("threshold", Node(plain: threshold)), ("cooldown", Node(plain: cooldown)), ("floor", Node(plain: floor)),
        ]
    }
}

extension Configuration.LearningRate.Cyclical {
    fileprivate var entries: [(String, Node)] {
        let factor: [(String, Node)] = mode == .expRange ? [("factor", Node(plain: self.factor))] : []
        return [
            ("bounds", bounds.node), ("halfCycle", Node(plain: halfCycle)), ("mode", Node(plain: mode.rawValue)),
        ] + factor
    }
}

extension Configuration.LearningRate.MutualInformation {
    fileprivate var entries: [(String, Node)] {
        var entries: [(String, Node)]
        switch form {
        case .hold:
            entries = [("form", Node(plain: "hold"))]
        case .gain(let target, let factor):
            entries = [
                ("form", Node(plain: "gain")), ("target", Node(plain: target)), ("factor", Node(plain: factor)),
            ]
        case .threshold(let threshold):
            entries = [("form", Node(plain: "threshold")), ("threshold", Node(plain: threshold))]
        case .level(let exponent):
            entries = [("form", Node(plain: "level")), ("exponent", Node(plain: exponent))]
        }
        entries += [
            ("source", Node(plain: source.rawValue)), ("predictions", Node(plain: predictions.rawValue)),
            ("estimator", Node(plain: estimator.rawValue)),
        ]
        let layers = self.layers.map {
            Node.flow([("measure", Node(plain: $0.measure.rawValue)), ("share", Node(plain: $0.share))])
        }
        return entries + [("bounds", bounds.node), ("layers", layers ?? Node(plain: "null"))]
    }
}
