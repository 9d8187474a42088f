import Settings

extension Configuration {
    /// Every setting of the experiment by its key, in the order of the resolved configuration: `training.batch`,
    /// `model.layers[0].dense.units`.
    var hyperparameters: [(key: String, value: TensorBoardEvent.Hyperparameter)] {
        guard let root = try? ConfigurationNode.document(yaml: experiment.yaml, name: "configuration") else {
            preconditionFailure("a resolved configuration is no YAML:\n\(experiment.yaml)")
        }
        return root.leaves(at: "")
    }
}

extension ConfigurationNode {
    fileprivate func leaves(at path: String) -> [(key: String, value: TensorBoardEvent.Hyperparameter)] {
        switch content {
        case .mapping(let entries):
            return entries.flatMap { $0.value.leaves(at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
        case .sequence(let elements):
            return elements.enumerated().flatMap { $1.leaves(at: "\(path)[\($0)]") }
        case .scalar(let text, let isPlain):
            if isPlain, let flag = Bool(text) { return [(path, .flag(flag))] }
            if isPlain, let number = Double(text) { return [(path, .number(number))] }
            return [(path, .text(isNull ? "null" : text))]
        }
    }
}
