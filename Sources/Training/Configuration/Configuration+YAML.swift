import Yams

extension Configuration {
    /// The configuration as YAML, with every default filled in; reading it gives an equal configuration.
    public var yaml: String {
        var root: [(String, Node)] = [("seed", Node(plain: seed)), ("data", .section(data.entries))]
        root.append(("model", .section(model.entries)))
        root.append(("training", .section(training.entries)))
        root.append(("optimizer", .section(optimizer.entries)))
        root.append(("learningRate", .section(learningRate.entries)))
        root.append(("output", .section(output.entries)))
        do {
            return try serialize(node: .section(root), width: -1, allowUnicode: true)
        } catch {
            preconditionFailure("a tree of strings cannot fail to serialize: \(error)")
        }
    }
}

extension Configuration.Data {
    fileprivate var entries: [(String, Node)] {
        var entries: [(String, Node)]
        switch source {
        case .digits:
            entries = [("format", Node(plain: "digits"))]
        case .idx(let idx):
            entries = [("format", Node(plain: "idx")), ("train", idx.train.node), ("test", idx.test.node)]
            if let names = idx.classNames { entries.append(("classNames", .flow(names.map { Node(text: $0) }))) }
        case .cifar(let cifar):
            entries = [("format", Node(plain: cifar.format))]
            if case .hundred(let labels) = cifar.variant { entries.append(("labels", Node(plain: labels.rawValue))) }
            for (key, files) in [("train", cifar.train), ("test", cifar.test)] {
                entries.append((key, .section([("files", .flow(files.map { Node(text: $0) }))])))
            }
            if let names = cifar.classNames { entries.append(("classNames", .flow(names.map { Node(text: $0) }))) }
        case .csv(let csv):
            entries = [("format", Node(plain: "csv")), ("train", .flow([("file", Node(text: csv.train))]))]
            switch csv.test {
            case .file(let file): entries.append(("test", .flow([("file", Node(text: file))])))
            case .after(let rows): entries.append(("split", .flow([("trainingRows", Node(plain: rows))])))
            case .fraction(let share): entries.append(("split", .flow([("testFraction", Node(plain: share))])))
            }
            let format: [(String, Node)] = [
                ("header", Node(plain: csv.header.rawValue)), ("separator", Node(text: String(csv.separator))),
                ("label", csv.label.node), ("ignore", .flow(csv.ignore.map(\.node))),
            ]
            entries.append(("csv", .flow(format)))
        case .synthetic(let synthetic):
            entries = [("format", Node(plain: "synthetic")), ("synthetic", .section(synthetic.entries))]
        }
        let changes: [(String, Node)] = [
            ("crop", Node(plain: augmentation.crop)), ("flip", Node(plain: augmentation.flip)),
            ("cutout", Node(plain: augmentation.cutout)),
        ]
        return entries + [
            ("standardize", Node(plain: standardize)), ("validation", Node(plain: validation)),
            ("augmentation", .flow(changes)),
        ]
    }
}

extension Configuration.Data.ImagesAndLabels {
    fileprivate var node: Node { .section([("images", Node(text: images)), ("labels", Node(text: labels))]) }
}

extension Configuration.Data.CSV.Column {
    fileprivate var node: Node {
        switch self {
        case .index(let index): Node(plain: index)
        case .name(let name): Node(text: name)
        }
    }
}

extension Configuration.Data.Synthetic {
    fileprivate var entries: [(String, Node)] {
        [
            ("samples", Node(plain: samples)), ("testSamples", Node(plain: testSamples)),
            ("shape", .flow(shape.map { Node(plain: $0) })), ("classes", Node(plain: classes)),
            ("noise", Node(plain: noise)),
        ]
    }
}

extension Configuration.Model {
    fileprivate var entries: [(String, Node)] {
        switch self {
        case .mlp(let mlp):
            [
                ("preset", Node(plain: "mlp")), ("hidden", .flow(mlp.hidden.map { Node(plain: $0) })),
                ("activation", Node(plain: mlp.activation.rawValue)), ("dropout", Node(plain: mlp.dropout)),
            ]
        case .layers(let layers):
            [("layers", Node(layers.map(\.node)))]
        }
    }
}

extension Configuration.Model.Layer {
    fileprivate var node: Node {
        switch self {
        case .activation(let activation): Node(plain: activation.rawValue)
        case .dropout(let rate): .section([("dropout", .flow([("rate", Node(plain: rate))]))])
        case .dense(let dense):
            .section([
                (
                    "dense",
                    .flow([
                        ("units", Node(plain: dense.units)), ("bias", Node(plain: dense.bias)),
                        ("initializer", Node(plain: dense.initializer?.rawValue ?? "auto")),
                    ])
                )
            ])
        }
    }
}

extension Configuration.Training {
    fileprivate var entries: [(String, Node)] {
        [
            ("batch", Node(plain: batch)), ("epochs", Node(plain: epochs)), ("cycle", Node(plain: cycle)),
            ("labelSmoothing", Node(plain: labelSmoothing)), ("steps", Node(optional: steps)),
            ("threads", Node(plain: threads)),
        ]
    }
}

extension Configuration.Optimizer {
    fileprivate var entries: [(String, Node)] {
        switch method {
        case .sgd(let sgd):
            [
                ("name", Node(plain: "sgd")), ("momentum", Node(plain: sgd.momentum)),
                ("nesterov", Node(plain: sgd.nesterov)), ("weightDecay", Node(plain: weightDecay)),
                ("clipNorm", Node(optional: clipNorm)),
            ]
        }
    }
}

extension Configuration.LearningRate {
    fileprivate var entries: [(String, Node)] {
        var entries: [(String, Node)]
        switch schedule {
        case .constant(let rate):
            entries = [("schedule", Node(plain: "constant")), ("rate", Node(plain: rate))]
        case .mutualInformation(let settings):
            entries = [("schedule", Node(plain: "mutual-information"))] + settings.entries
        }
        let test: [(String, Node)] = [
            ("steps", Node(plain: rangeTest.steps)), ("from", Node(plain: rangeTest.from)),
            ("to", Node(plain: rangeTest.to)), ("safety", Node(plain: rangeTest.safety)),
        ]
        return entries + [("warmup", Node(plain: warmup)), ("rangeTest", .flow(test))]
    }
}

extension Configuration.LearningRate.MutualInformation {
    fileprivate var entries: [(String, Node)] {
        var entries: [(String, Node)]
        switch form {
        case .gain(let target, let factor):
            entries = [
                ("form", Node(plain: "gain")), ("target", Node(plain: target)), ("factor", Node(plain: factor)),
            ]
        case .threshold(let threshold):
            entries = [("form", Node(plain: "threshold")), ("threshold", Node(plain: threshold))]
        case .level(let exponent):
            entries = [("form", Node(plain: "level")), ("exponent", Node(plain: exponent))]
        }
        entries.append(("source", Node(plain: source.rawValue)))
        switch bounds {
        case .auto: entries.append(("bounds", Node(plain: "auto")))
        case .fixed(let min, let max):
            entries.append(("bounds", .flow([("min", Node(plain: min)), ("max", Node(plain: max))])))
        }
        return entries
    }
}

extension Configuration.Output {
    fileprivate var entries: [(String, Node)] {
        [
            ("stepsLog", Node(plain: stepsLog)), ("everyRank", Node(plain: everyRank)), ("plot", Node(plain: plot)),
        ]
    }
}

extension Node {
    /// A word, number or truth value, without quotes.
    fileprivate init(plain value: some CustomStringConvertible) {
        self = .scalar(Scalar(value.description))
    }

    /// A number in the shortest decimal notation that reads back to the same bits, with the point that YAML 1.1 asks
    /// for.
    fileprivate init(plain value: Double) {
        let text = value.description
        self.init(plain: text.contains("e") && !text.contains(".") ? text.replacing("e", with: ".0e") : text)
    }

    fileprivate init(optional value: Int?) {
        self = value.map { Node(plain: $0) } ?? .scalar(Scalar("null"))
    }

    fileprivate init(optional value: Double?) {
        self = value.map { Node(plain: $0) } ?? .scalar(Scalar("null"))
    }

    /// Free text: without quotes when it is plainly a name or path, else with.
    fileprivate init(text: String) {
        let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        let isWord = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "-")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "_")
        }
        let isPlain = text.first?.isLetter == true && isWord && !reserved.contains(text.lowercased())
        self = .scalar(Scalar(text, isPlain ? .implicit : Tag(.str), isPlain ? .plain : .doubleQuoted))
    }

    /// A mapping over several lines, in the order given.
    fileprivate static func section(_ entries: [(String, Node)]) -> Node {
        .mapping(Mapping(entries.map { (Node($0.0), $0.1) }, .implicit, .block))
    }

    /// A mapping in one line, in the order given.
    fileprivate static func flow(_ entries: [(String, Node)]) -> Node {
        .mapping(Mapping(entries.map { (Node($0.0), $0.1) }, .implicit, .flow))
    }

    fileprivate static func flow(_ elements: [Node]) -> Node {
        .sequence(Sequence(elements, .implicit, .flow))
    }
}
