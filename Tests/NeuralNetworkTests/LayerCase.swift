import NeuralNetwork

/// Layers that are held to the laws, and the batch sizes at which they are.
struct LayerCase {
    let name: String
    let inputShape: [Int]
    let layers: [LayerSpecification]
    var batches = [1, 5, 16]
    /// What must compute the passes of layers, by path: a part of its name.
    var computedBy: [String: String] = [:]

    /// Every layer there is. A new layer is added here.
    static let all: [LayerCase] =
        denseLayers + activationLayers + dropoutLayers + convolutions + poolings + normalizations + residuals + chains
}

// MARK: - Layers on vectors

extension LayerCase {
    private static let denseLayers = [(3, 7), (17, 10), (33, 48)].flatMap { features, units in
        [true, false].flatMap { bias in
            ([nil] + Activation.allCases).map { activation in
                LayerCase(
                    name: "dense \(features) → \(units), bias \(bias), fused \(activation?.rawValue ?? "nothing")",
                    inputShape: [features],
                    layers: [.dense(units: units, bias: bias)] + (activation.map { [.activation($0)] } ?? []))
            }
        }
    }

    /// Not behind a dense layer, with which they would be fused.
    private static let activationLayers = Activation.allCases.flatMap { activation in
        [[3], [17], [33], [3, 4, 5], [16, 3, 3]].map {
            LayerCase(
                name: "\(activation) on \($0)", inputShape: $0, layers: [.dropout(rate: 0), .activation(activation)])
        }
    }

    private static let dropoutLayers = [Float(0), 0.1, 0.5, 0.8].flatMap { rate in
        [[3], [17], [33], [3, 4, 5]].map {
            LayerCase(name: "dropout \(rate) on \($0)", inputShape: $0, layers: [.dropout(rate: rate)])
        }
    }

    private static let chains = [
        LayerCase(
            name: "two dense layers with dropout", inputShape: [17],
            layers: [
                .dense(units: 20), .activation(.tanh), .dropout(rate: 0.25), .dense(units: 9), .activation(.relu),
                .dropout(rate: 0.5),
            ]),
        LayerCase(
            name: "activation on activation", inputShape: [9],
            layers: [.dense(units: 12), .activation(.relu), .activation(.sigmoid), .activation(.tanh)]),
        LayerCase(
            name: "convolutions, pooling and dense layers", inputShape: [3, 7, 6],
            layers: [
                .convolution(.init(channels: 6, kernel: 3, padding: 1)), .activation(.relu),
                .pooling(.init(.max, kernel: 2)), .convolution(.init(channels: 16, kernel: 3, padding: 1)),
                .activation(.tanh), .pooling(.init(.average, kernel: 2, stride: 1)), .flatten, .dense(units: 12),
                .activation(.sigmoid),
            ]),
        LayerCase(
            name: "dropout between convolutions", inputShape: [3, 5, 4],
            layers: [
                .convolution(.init(channels: 20, kernel: 3, padding: 1)), .activation(.relu), .dropout(rate: 0.3),
                .convolution(.init(channels: 6, kernel: 3)), .dropout(rate: 0.5), .globalAveragePooling,
            ]),
        // A map of 16 channels is the same memory in blocks and with the channels last.
        LayerCase(
            name: "one block of channels", inputShape: [3, 6, 5],
            layers: [
                .convolution(.init(channels: 16, kernel: 3, padding: 1)),
                .convolution(.init(channels: 16, kernel: 3, padding: 1)), .activation(.relu),
                .residual(.init([.convolution(.init(channels: 16, kernel: 3, padding: 1))])), .activation(.tanh),
                .convolution(.init(channels: 16, kernel: 3, padding: 1, bias: false)), .batchNormalization(),
                .convolution(.init(channels: 16, kernel: 1, stride: 2)), .activation(.sigmoid),
                .convolution(.init(channels: 16, kernel: 3, padding: 1, groups: 2)),
                .convolution(.init(channels: 32, kernel: 3, padding: 1)),
            ]),
    ]
}

// MARK: - Layers on maps

extension LayerCase {
    private static let convolutions: [LayerCase] = [
        ([3, 6, 5], .init(channels: 6, kernel: 3, padding: 1)),
        ([1, 6, 6], .init(channels: 16, kernel: 5)),
        ([6, 3, 4], .init(channels: 20, kernel: 1)),
        ([16, 5, 5], .init(channels: 20, kernel: 3, stride: 2, padding: 1, bias: false)),
        ([16, 5, 4], .init(channels: 16, kernel: 1, stride: 2, bias: false)),
        (
            [3, 5, 6],
            .init(
                channels: 6, kernel: .init(height: 3, width: 2), stride: .init(height: 1, width: 2),
                padding: .init(height: 1, width: 0))
        ),
        ([6, 4, 4], .init(channels: 16, kernel: 3, padding: 1, groups: 2)),
        ([16, 5, 4], .init(channels: 16, kernel: 3, padding: 1, groups: 16)),
        ([20, 4, 5], .init(channels: 20, kernel: 3, stride: 2, padding: 1, groups: 20, bias: false)),
    ].flatMap { (shape: [Int], convolution: LayerSpecification.Convolution) in
        ([nil] + Activation.allCases).map { activation in
            LayerCase(
                name: "convolution \(shape) → \(convolution.channels), kernel \(convolution.kernel), stride "
                    + "\(convolution.stride), padding \(convolution.padding), groups \(convolution.groups), bias "
                    + "\(convolution.bias), fused \(activation?.rawValue ?? "nothing")", inputShape: shape,
                layers: [.convolution(convolution)] + (activation.map { [.activation($0)] } ?? []),
                batches: activation == nil ? [1, 5, 16] : [5])
        }
    }

    private static let poolings: [LayerCase] =
        [LayerSpecification.Pooling.Kind.max, .average].flatMap { kind in
            [
                ([3, 6, 4], .init(kind, kernel: 2)), ([16, 5, 5], .init(kind, kernel: 3, stride: 2, padding: 1)),
                (
                    [6, 5, 6],
                    .init(
                        kind, kernel: .init(height: 3, width: 2), stride: .init(height: 2, width: 1),
                        padding: .init(height: 0, width: 1))
                ),
                ([20, 4, 3], .init(kind, kernel: 3, stride: 1, padding: 1)),
            ].map { (shape: [Int], pooling: LayerSpecification.Pooling) in
                LayerCase(
                    name: "\(kind) pooling of \(shape), kernel \(pooling.kernel), stride \(pooling.stride), padding "
                        + "\(pooling.padding)", inputShape: shape, layers: [.pooling(pooling)])
            }
        }
        + [[3, 5, 4], [16, 3, 3], [20, 1, 1]].map {
            LayerCase(name: "global average pooling of \($0)", inputShape: $0, layers: [.globalAveragePooling])
        }
}

// MARK: - Normalisation and residual blocks

extension LayerCase {
    /// Alone and with ReLU behind.
    private static func normalization(
        _ layer: LayerSpecification, of shape: [Int], batches: [Int] = [1, 5, 16]
    ) -> [LayerCase] {
        [
            LayerCase(name: "\(layer.kind) of \(shape)", inputShape: shape, layers: [layer], batches: batches),
            LayerCase(
                name: "\(layer.kind) of \(shape), ReLU", inputShape: shape, layers: [layer, .activation(.relu)],
                batches: batches),
        ]
    }

    private static let normalizations: [LayerCase] = {
        let batchNormalization = LayerSpecification.batchNormalization(.init(epsilon: 1e-3))
        let maps = [[3, 4, 5], [16, 3, 3], [20, 2, 3]].flatMap { normalization(batchNormalization, of: $0) }
        // The statistics of a single value have no slope.
        let vectors = [[6], [33]].flatMap { normalization(batchNormalization, of: $0, batches: [5, 16]) }
        let samples = [[7], [33], [3, 4, 5], [16, 2, 3]].flatMap { normalization(.layerNormalization(), of: $0) }
        let chains = [
            LayerCase(
                name: "convolution, batch normalisation, ReLU", inputShape: [3, 5, 4],
                layers: normalized(16, kernel: 3) + [.activation(.relu)]),
            LayerCase(
                name: "dense, batch normalisation, ReLU", inputShape: [17],
                layers: [.dense(units: 12, bias: false), .batchNormalization(), .activation(.relu)], batches: [16]),
        ]
        return maps + vectors + samples + chains
    }()

    /// A convolution without a bias, which the normalisation behind it would take away.
    private static func normalized(_ channels: Int, kernel: Int, stride: Int = 1) -> [LayerSpecification] {
        [
            .convolution(
                .init(
                    channels: channels, kernel: .init(kernel), stride: .init(stride), padding: .init(kernel / 2),
                    bias: false)),
            .batchNormalization(),
        ]
    }

    private static let residuals: [LayerCase] = [
        LayerCase(
            name: "residual, identity", inputShape: [6, 4, 5],
            layers: [.residual(.init([.convolution(.init(channels: 6, kernel: 3, padding: 1)), .activation(.tanh)]))]),
        LayerCase(
            name: "residual of vectors", inputShape: [17],
            layers: [.residual(.init([.dense(units: 9), .activation(.relu), .dense(units: 17)])), .activation(.relu)]),
        LayerCase(
            name: "residual of activations", inputShape: [3, 4, 4],
            layers: [.residual(.init([.activation(.relu)], shortcut: .layers([.activation(.sigmoid)])))]),
        LayerCase(
            name: "residual whose branch ends in a normalisation with ReLU", inputShape: [16, 4, 3],
            layers: [
                .residual(
                    .init([
                        .convolution(.init(channels: 16, kernel: 3, padding: 1, bias: false)), .batchNormalization(),
                        .activation(.relu),
                    ]))
            ]),
        LayerCase(
            name: "residual whose branch ends in a normalisation with ReLU, and an activation behind",
            inputShape: [6, 4, 3],
            layers: [
                .residual(
                    .init([
                        .convolution(.init(channels: 6, kernel: 3, padding: 1, bias: false)), .batchNormalization(),
                        .activation(.relu),
                    ])), .activation(.tanh),
            ]),
        LayerCase(
            name: "residual of vectors behind a map", inputShape: [6, 3, 3],
            layers: [
                .globalAveragePooling, .flatten,
                .residual(.init([.dense(units: 6), .activation(.tanh)])), .activation(.sigmoid),
            ]),
        LayerCase(
            name: "residual of vectors with normalisation", inputShape: [9],
            layers: [.residual(.init([.dense(units: 9, bias: false), .batchNormalization()])), .activation(.tanh)],
            batches: [5]),
        LayerCase(
            name: "average pooling behind a normalisation of channels that fill no block", inputShape: [20, 4, 4],
            layers: [.batchNormalization(), .pooling(.init(.average, kernel: 2)), .globalAveragePooling], batches: [5]),
        LayerCase(
            name: "residual, option A", inputShape: [6, 5, 4],
            layers: [
                .residual(
                    .init([.convolution(.init(channels: 20, kernel: 3, stride: 2, padding: 1))], shortcut: .padding)),
                .activation(.relu),
            ]),
        LayerCase(
            name: "residual, option B", inputShape: [6, 5, 4],
            layers: [
                .residual(
                    .init(
                        normalized(16, kernel: 3, stride: 2) + [.activation(.relu)] + normalized(16, kernel: 3),
                        shortcut: .layers(normalized(16, kernel: 1, stride: 2)))), .activation(.relu),
            ], batches: [5]),
        LayerCase(
            name: "residual, pre-activation with dropout", inputShape: [16, 4, 3],
            layers: [
                .residual(
                    .init(
                        [.batchNormalization(), .activation(.relu)] + normalized(16, kernel: 3) + [
                            .activation(.relu), .dropout(rate: 0.3),
                            .convolution(.init(channels: 16, kernel: 3, padding: 1)),
                        ]))
            ], batches: [5]),
        LayerCase(
            name: "residual within a residual, and one behind", inputShape: [6, 4, 4],
            layers: [
                .residual(
                    .init([
                        .activation(.tanh), .residual(.init([.convolution(.init(channels: 6, kernel: 3, padding: 1))])),
                    ])), .residual(.init([.activation(.tanh)])),
            ]),
    ]
}
