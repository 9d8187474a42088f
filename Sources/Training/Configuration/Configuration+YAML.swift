import Foundation
import Yams

extension Configuration {
    /// The configuration as YAML, with every default filled in; reading it gives an equal configuration.
    public var yaml: String {
        var root: [(String, Node)] = [("seed", Node(plain: seed)), ("data", .section(data.entries))]
        root.append(("model", .section(model.entries)))
        root.append(("training", .section(training.written)))
        root.append(("optimizer", .section(optimizer.written)))
        root.append(("learningRate", .section(learningRate.written)))
        root.append(("averaging", .section(averaging.written)))
        root.append(("reproducible", .section(reproducible.written)))
        root.append(("reduction", .section(reduction.written)))
        root.append(("checkpoint", .section(checkpoint.written)))
        root.append(("output", .section(output.written)))
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
        case .idx(let files):
            entries = [("format", Node(plain: "idx"))] + files.entries(samples: "images")
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
            var format: [(String, Node)] = [
                ("header", Node(plain: csv.header.rawValue)), ("separator", Node(text: String(csv.separator))),
                ("label", csv.label.node), ("ignore", .flow(csv.ignore.map(\.node))),
            ]
            if let encoding = csv.encoding { format.append(("encoding", Node(text: encoding))) }
            entries.append(("csv", .flow(format)))
        case .npy(let files):
            entries = [("format", Node(plain: "npy"))] + files.entries(samples: "features")
        case .synthetic(let synthetic):
            entries = [("format", Node(plain: "synthetic")), ("synthetic", .section(synthetic.entries))]
        }
        let changes: [(String, Node)] = [
            ("crop", Node(plain: augmentation.crop)), ("flip", Node(plain: augmentation.flip)),
            ("cutout", Node(plain: augmentation.cutout)),
        ]
        return entries + [
            ("standardize", Node(plain: standardize)), ("validation", Node(plain: validation)),
            ("sharedMemory", Node(plain: sharedMemory)), ("broadcast", Node(plain: broadcast)),
            ("warnings", Node(plain: warnings.rawValue)), ("augmentation", .flow(changes)),
        ]
    }
}

extension Configuration {
    /// What an experiment's result depends on: not what a run writes, when it is kept, and how the data come to the ranks.
    var experiment: Configuration {
        var experiment = self
        experiment.data.sharedMemory = true
        experiment.data.broadcast = false
        experiment.data.warnings = .show
        experiment.output = Output()
        experiment.checkpoint = Checkpoint()
        return experiment
    }

    /// The lines of ``experiment``, without their indentation: for messages.
    var experimentLines: [String] {
        experiment.yaml.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

extension Configuration.Data.PairedFiles {
    /// - Parameter key: what the file of the samples is called.
    fileprivate func entries(samples key: String) -> [(String, Node)] {
        var entries = [("train", train), ("test", test)].map { part, pair in
            (part, Node.section([(key, Node(text: pair.samples)), ("labels", Node(text: pair.labels))]))
        }
        if let classNames { entries.append(("classNames", .flow(classNames.map { Node(text: $0) }))) }
        return entries
    }
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
