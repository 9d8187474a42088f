import Yams

extension Configuration.Model {
    var entries: [(String, Node)] {
        var entries = architecture.entries
        if let preset = architecture.preset { entries.insert(("preset", Node(plain: preset)), at: 0) }
        return entries + [("convolution", Node(plain: convolution.rawValue))]
    }
}

extension Configuration.Model.Architecture {
    /// Without the preset's name.
    fileprivate var entries: [(String, Node)] {
        switch self {
        case .mlp(let mlp):
            [
                ("hidden", .flow(mlp.hidden.map { Node(plain: $0) })),
                ("activation", Node(plain: mlp.activation.rawValue)), ("dropout", Node(plain: mlp.dropout)),
            ]
        case .lenet5: []
        case .cnn(let cnn): [("dropout", Node(plain: cnn.dropout))]
        case .resnet(let resnet):
            [
                ("shortcut", Node(plain: resnet.shortcut.rawValue)),
                ("synchronized", Node(plain: resnet.synchronized)),
            ]
        case .wideResnet(let wide):
            [("dropout", Node(plain: wide.dropout)), ("synchronized", Node(plain: wide.synchronized))]
        case .layers(let layers): [("layers", Node(layers.map(\.node)))]
        }
    }
}

extension Configuration.Model.Layer {
    fileprivate var node: Node {
        let settings: Node
        switch self {
        case .activation, .globalAveragePooling, .flatten: return Node(plain: kind)
        case .dense(let dense):
            settings = .flow([
                ("units", Node(plain: dense.units)), ("bias", Node(plain: dense.bias)),
                ("initializer", Node(initializer: dense.initializer)),
            ])
        case .convolution(let convolution):
            settings = .flow([
                ("channels", Node(plain: convolution.channels)), ("kernel", convolution.kernel.node),
                ("stride", convolution.stride.node), ("padding", convolution.padding.node),
                ("groups", Node(plain: convolution.groups)), ("bias", Node(plain: convolution.bias)),
                ("initializer", Node(initializer: convolution.initializer)),
            ])
        case .batchNormalization(let normalization):
            settings = .flow([
                ("momentum", Node(plain: normalization.momentum)), ("epsilon", Node(plain: normalization.epsilon)),
                ("synchronized", Node(plain: normalization.synchronized)),
            ])
        case .layerNormalization(let epsilon): settings = .flow([("epsilon", Node(plain: epsilon))])
        case .maxPooling(let pooling), .averagePooling(let pooling):
            settings = .flow([
                ("kernel", pooling.kernel.node), ("stride", pooling.stride.node), ("padding", pooling.padding.node),
            ])
        case .dropout(let rate): settings = .flow([("rate", Node(plain: rate))])
        case .residual(let residual):
            settings = .section([("branch", Node(residual.branch.map(\.node))), ("shortcut", residual.shortcut.node)])
        }
        return .section([(kind, settings)])
    }
}

extension Configuration.Model.Residual.Shortcut {
    fileprivate var node: Node {
        switch self {
        case .identity: Node(plain: "identity")
        case .padding: Node(plain: "padding")
        case .layers(let layers): Node(layers.map(\.node))
        }
    }
}

extension Configuration.Model.Extent {
    fileprivate var node: Node {
        height == width ? Node(plain: height) : .flow([Node(plain: height), Node(plain: width)])
    }
}

extension Node {
    fileprivate init(initializer: Configuration.Model.Initializer?) {
        self.init(plain: initializer?.rawValue ?? "auto")
    }
}
