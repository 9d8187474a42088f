import Settings

extension Configuration {
    /// Every setting of the experiment by its key, in the order of the resolved configuration: `training.batch`,
    /// `model.layers[0].dense.units`.
    var hyperparameters: [(key: String, value: TensorBoardEvent.Hyperparameter)] {
        guard let root = try? ConfigurationNode.document(yaml: experiment.yaml, name: "configuration") else {
            preconditionFailure("a resolved configuration is no YAML:\n\(experiment.yaml)")
        }
        return root.leaves(at: "").map { key, node in (key, .init(node)) }
    }

    /// Every setting by its key, in the order of the resolved configuration, as it is written there.
    package var texts: [(key: String, text: String)] {
        guard let root = try? ConfigurationNode.document(yaml: yaml, name: "configuration") else {
            preconditionFailure("a resolved configuration is no YAML:\n\(yaml)")
        }
        return root.leaves(at: "").map { key, node in (key, node.text) }
    }
}

extension ConfigurationNode {
    /// The scalars, each with its path.
    fileprivate func leaves(at path: String) -> [(key: String, node: ConfigurationNode)] {
        switch content {
        case .mapping(let entries):
            return entries.flatMap { $0.value.leaves(at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
        case .sequence(let elements):
            return elements.enumerated().flatMap { $1.leaves(at: "\(path)[\($0)]") }
        case .scalar: return [(path, self)]
        }
    }

    fileprivate var text: String {
        guard case .scalar(let text, _) = content, !isNull else { return "null" }
        return text
    }
}

extension TensorBoardEvent.Hyperparameter {
    /// A scalar.
    fileprivate init(_ node: ConfigurationNode) {
        if let text = node.plainText, let flag = Bool(text) {
            self = .flag(flag)
        } else if let number = node.plainText.flatMap(Double.init) {
            self = .number(number)
        } else {
            self = .text(node.text)
        }
    }
}
