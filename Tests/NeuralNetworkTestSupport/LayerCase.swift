import NeuralNetwork

/// Layers that are held to the laws, and the batch sizes at which they are.
package struct LayerCase {
    package let name: String
    package let inputShape: [Int]
    package let layers: [any LayerSpecification]
    package var batches = [1, 5, 16]
    /// What must compute the passes of layers, by path: a part of its name.
    package var computedBy: [String: String] = [:]

    /// Every layer there is. A new layer is added here.
    package static let all = vectorsAndMaps + sequences

    package static let vectorsAndMaps: [LayerCase] = [
        denseLayers, pixelwiseDenseLayers, activationLayers, dropoutLayers, droppedSamples, convolutions, poolings,
        normalizations, residuals, chains,
    ].flatMap { $0 }
}

// MARK: - Layers on vectors

extension LayerCase {
    private static let activations =
        LayerRegistry.activations.types.map { $0.init() as! any Activation }
        + [GELU(.tanh), LeakyReLU(slope: 0.2), ELU(alpha: 0.5)]
    /// Those that the layer in front of them can compute, and one that it cannot.
    private static let activationsOrNone: [(any Activation)?] = [
        nil, ReLU(), Tanh(), Sigmoid(), LeakyReLU(slope: 0.2), ELU(alpha: 0.5), ReLU6(), GELU(),
    ]

    private static let denseLayers = [(3, 7), (17, 10), (33, 48)].flatMap { features, units in
        [true, false].flatMap { bias in
            activationsOrNone.map { activation in
                LayerCase(
                    name: "dense \(features) → \(units), bias \(bias), fused \(activation?.kind ?? "nothing")",
                    inputShape: [features],
                    layers: [Dense(units: units, bias: bias)] + (activation.map { [$0] } ?? []))
            }
        }
    }

    private static let pixelwiseDenseLayers = [([3, 4, 5], 7), ([16, 3, 2], 20)].flatMap { (shape: [Int], units: Int) in
        [nil, ReLU(), GELU()].map { (activation: (any Activation)?) in
            LayerCase(
                name: "dense over the channels of \(shape) → \(units), fused \(activation?.kind ?? "nothing")",
                inputShape: shape, layers: [Dense(units: units, over: .channels)] + (activation.map { [$0] } ?? []),
                batches: [1, 5])
        }
    }

    /// Not behind a dense layer, with which they would be fused.
    private static let activationLayers = activations.flatMap { activation in
        [[3], [17], [33], [3, 4, 5], [16, 3, 3]].map {
            LayerCase(
                name: "\(activation.kind) on \($0)", inputShape: $0, layers: [Dropout(rate: 0), activation],
                batches: [1, 5])
        }
    }

    private static let dropoutLayers = [0, 0.1, 0.5, 0.8].flatMap { rate in
        [[3], [17], [33], [3, 4, 5]].map {
            LayerCase(name: "dropout \(rate) on \($0)", inputShape: $0, layers: [Dropout(rate: rate)])
        }
    }

    private static let droppedSamples = [
        LayerCase(name: "stochastic depth of a vector", inputShape: [17], layers: [StochasticDepth(rate: 0.4)]),
        LayerCase(name: "stochastic depth of a map", inputShape: [3, 4, 5], layers: [StochasticDepth(rate: 0.4)]),
        LayerCase(
            name: "residual with stochastic depth", inputShape: [6, 4, 5],
            layers: [
                Residual([Convolution(channels: 6, kernel: 3, padding: 1), LayerScale(), StochasticDepth(rate: 0.5)])
            ], batches: [1, 5]),
    ]

    private static let chains = [
        LayerCase(
            name: "two dense layers with dropout", inputShape: [17],
            layers: [
                Dense(units: 20), Tanh(), Dropout(rate: 0.25), Dense(units: 9), ReLU(),
                Dropout(rate: 0.5),
            ]),
        LayerCase(
            name: "activation on activation", inputShape: [9],
            layers: [Dense(units: 12), ReLU(), Sigmoid(), Tanh()]),
        LayerCase(
            name: "convolutions, pooling and dense layers", inputShape: [3, 7, 6],
            layers: [
                Convolution(channels: 6, kernel: 3, padding: 1), ReLU(),
                MaxPooling(kernel: 2), Convolution(channels: 16, kernel: 3, padding: 1),
                Tanh(), AveragePooling(kernel: 2, stride: 1), Flatten(), Dense(units: 12),
                Sigmoid(),
            ]),
        LayerCase(
            name: "dropout between convolutions", inputShape: [3, 5, 4],
            layers: [
                Convolution(channels: 20, kernel: 3, padding: 1), ReLU(), Dropout(rate: 0.3),
                Convolution(channels: 6, kernel: 3), Dropout(rate: 0.5), GlobalAveragePooling(),
            ]),
        // A map of 16 channels is the same memory in blocks and with the channels last.
        LayerCase(
            name: "one block of channels", inputShape: [3, 6, 5],
            layers: [
                Convolution(channels: 16, kernel: 3, padding: 1),
                Convolution(channels: 16, kernel: 3, padding: 1), ReLU(),
                Residual([Convolution(channels: 16, kernel: 3, padding: 1)]), Tanh(),
                Convolution(channels: 16, kernel: 3, padding: 1, bias: false), BatchNormalization(),
                Convolution(channels: 16, kernel: 1, stride: 2), Sigmoid(),
                Convolution(channels: 16, kernel: 3, padding: 1, groups: 2),
                Convolution(channels: 32, kernel: 3, padding: 1),
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
                channels: 6, kernel: [3, 2], stride: [1, 2],
                padding: [1, 0])
        ),
        ([6, 4, 4], .init(channels: 16, kernel: 3, padding: 1, groups: 2)),
        ([16, 5, 4], .init(channels: 16, kernel: 3, padding: 1, groups: 16)),
        ([20, 4, 5], .init(channels: 20, kernel: 3, stride: 2, padding: 1, groups: 20, bias: false)),
    ].flatMap { (shape: [Int], convolution: Convolution) in
        activationsOrNone.map { activation in
            LayerCase(
                name: "convolution \(shape) → \(convolution.channels), kernel \(convolution.kernel), stride "
                    + "\(convolution.stride), padding \(convolution.padding), groups \(convolution.groups), bias "
                    + "\(convolution.bias), fused \(activation?.kind ?? "nothing")", inputShape: shape,
                layers: [convolution] + (activation.map { [$0] } ?? []),
                batches: activation == nil ? [1, 5, 16] : [5])
        }
    }

    private static let poolings: [LayerCase] =
        ([
            ([3, 6, 4], 2, nil, 0), ([16, 5, 5], 3, 2, 1),
            ([6, 5, 6], [3, 2], [2, 1], [0, 1]),
            ([20, 4, 3], 3, 1, 1),
        ] as [([Int], Extent, Extent?, Extent)]).flatMap { shape, kernel, stride, padding in
            [
                MaxPooling(kernel: kernel, stride: stride, padding: padding),
                AveragePooling(kernel: kernel, stride: stride, padding: padding),
            ].map { (pooling: any LayerSpecification) in
                LayerCase(
                    name:
                        "\(pooling.kind) of \(shape), kernel \(kernel), stride \(stride ?? kernel), padding \(padding)",
                    inputShape: shape, layers: [pooling])
            }
        }
        + [[3, 5, 4], [16, 3, 3], [20, 1, 1]].map {
            LayerCase(name: "global average pooling of \($0)", inputShape: $0, layers: [GlobalAveragePooling()])
        }
        + [[3, 5, 4], [16, 3, 3], [20, 1, 1]].flatMap { shape in
            [[GlobalMaxPooling()], [Convolution(channels: 6, kernel: 3, padding: 1), ReLU(), GlobalMaxPooling()]].map {
                (layers: [any LayerSpecification]) in
                LayerCase(
                    name: "global max pooling of \(shape) behind \(layers.count - 1) layers", inputShape: shape,
                    layers: layers, batches: layers.count == 1 ? [1, 5, 16] : [5])
            }
        }
        + adaptivePoolings
        // More places than a byte counts.
        + [
            LayerCase(
                name: "global max pooling of a large map", inputShape: [1, 17, 18], layers: [GlobalMaxPooling()],
                batches: [1])
        ]
}

extension LayerCase {
    private static let adaptiveSizes: [(shape: [Int], size: Extent)] = [
        ([3, 6, 4], [3, 2]), ([16, 5, 7], 3), ([20, 1, 1], 3), ([6, 3, 2], 4),
    ]

    private static let adaptivePoolings: [LayerCase] = adaptiveSizes.map { shape, size in
        LayerCase(
            name: "adaptive average pooling of \(shape) to \(size)", inputShape: shape,
            layers: [AdaptiveAveragePooling(size: size)], batches: [1, 5])
    }
}

// MARK: - Normalisation and residual blocks

extension LayerCase {
    /// Alone and with ReLU behind.
    private static func normalization(
        _ layer: any LayerSpecification, of shape: [Int], batches: [Int] = [1, 5, 16]
    ) -> [LayerCase] {
        [
            LayerCase(name: "\(layer.kind) of \(shape)", inputShape: shape, layers: [layer], batches: batches),
            LayerCase(
                name: "\(layer.kind) of \(shape), ReLU", inputShape: shape, layers: [layer, ReLU()],
                batches: batches),
        ]
    }

    private static let normalizations: [LayerCase] = {
        let batchNormalization = BatchNormalization(epsilon: 1e-3)
        let maps = [[3, 4, 5], [16, 3, 3], [20, 2, 3]].flatMap { normalization(batchNormalization, of: $0) }
        // The statistics of a single value have no slope.
        let vectors = [[6], [33]].flatMap { normalization(batchNormalization, of: $0, batches: [5, 16]) }
        let samples = [[7], [33], [3, 4, 5], [16, 2, 3]].flatMap { normalization(LayerNormalization(), of: $0) }
        let groups = [([4, 3, 5], 2), ([16, 3, 3], 4), ([20, 2, 3], 5), ([6], 2), ([6, 10], 3), ([4, 2, 3, 2], 2)]
            .flatMap { normalization(GroupNormalization(groups: $1), of: $0, batches: [1, 5]) }
        let instances = [[3, 4, 5], [16, 3, 3], [20, 2, 3], [6, 10]]
            .flatMap { normalization(InstanceNormalization(), of: $0, batches: [1, 5]) }
        let roots = [[7], [33], [3, 4, 5], [6, 10]]
            .flatMap { normalization(RMSNormalization(), of: $0, batches: [1, 5]) }
        let channels = [[3, 4, 5], [16, 3, 3], [20, 2, 3], [6, 1, 1]].flatMap { shape in
            [LayerNormalization(over: .channels), RMSNormalization(over: .channels, epsilon: 1e-3)]
                .flatMap { (layer: any LayerSpecification) in normalization(layer, of: shape, batches: [1, 5]) }
        }
        let factors = [[7], [3, 4, 5], [20, 2, 3], [6, 10]]
            .flatMap { normalization(LayerScale(), of: $0, batches: [1, 5]) }
        // In the layouts that convolutions give, of channels that fill no block.
        let behindConvolutions = [
            LayerNormalization(over: .channels), RMSNormalization(over: .channels), GroupNormalization(groups: 4),
            LayerScale(),
        ].flatMap { (layer: any LayerSpecification) in
            [16, 20].map { channels in
                LayerCase(
                    name: "\(layer.kind) between convolutions of \(channels) channels", inputShape: [3, 5, 4],
                    layers: [
                        Convolution(channels: channels, kernel: 3, padding: 1), layer,
                        Convolution(channels: 6, kernel: 3),
                    ], batches: [5])
            }
        }
        let ownKernels = groups + instances + roots + channels + factors + behindConvolutions
        let chains = [
            LayerCase(
                name: "convolution, batch normalisation, ReLU", inputShape: [3, 5, 4],
                layers: normalized(16, kernel: 3) + [ReLU()]),
            LayerCase(
                name: "residual sum, batch normalisation, ReLU6", inputShape: [3, 5, 4],
                layers: [Residual(normalized(3, kernel: 3)), ReLU6()] + normalized(9, kernel: 3) + [ReLU6()],
                batches: [5]),
            LayerCase(
                name: "dense, batch normalisation, ReLU", inputShape: [17],
                layers: [Dense(units: 12, bias: false), BatchNormalization(), ReLU()], batches: [16]),
        ]
        return maps + vectors + samples + ownKernels + chains
    }()

    /// A convolution without a bias, which the normalisation behind it would take away.
    private static func normalized(_ channels: Int, kernel: Int, stride: Int = 1) -> [any LayerSpecification] {
        [
            Convolution(
                channels: channels, kernel: .init(kernel), stride: .init(stride), padding: .zeros(.init(kernel / 2)),
                bias: false),
            BatchNormalization(),
        ]
    }

    private static let residuals: [LayerCase] = [
        LayerCase(
            name: "residual, identity", inputShape: [6, 4, 5],
            layers: [Residual([Convolution(channels: 6, kernel: 3, padding: 1), Tanh()])]),
        LayerCase(
            name: "residual of vectors", inputShape: [17],
            layers: [Residual([Dense(units: 9), ReLU(), Dense(units: 17)]), ReLU()]),
        LayerCase(
            name: "residual of activations", inputShape: [3, 4, 4],
            layers: [Residual([ReLU()], shortcut: .layers([Sigmoid()]))]),
        LayerCase(
            name: "residual whose branch ends in a normalisation with ReLU", inputShape: [16, 4, 3],
            layers: [
                Residual([
                    Convolution(channels: 16, kernel: 3, padding: 1, bias: false), BatchNormalization(),
                    ReLU(),
                ])
            ]),
        LayerCase(
            name: "residual whose branch ends in a normalisation with ReLU, and an activation behind",
            inputShape: [6, 4, 3],
            layers: [
                Residual([
                    Convolution(channels: 6, kernel: 3, padding: 1, bias: false), BatchNormalization(),
                    ReLU(),
                ]), Tanh(),
            ]),
        LayerCase(
            name: "residual of vectors behind a map", inputShape: [6, 3, 3],
            layers: [
                GlobalAveragePooling(), Flatten(),
                Residual([Dense(units: 6), Tanh()]), Sigmoid(),
            ]),
        LayerCase(
            name: "residual of vectors with normalisation", inputShape: [9],
            layers: [Residual([Dense(units: 9, bias: false), BatchNormalization()]), Tanh()],
            batches: [5]),
        LayerCase(
            name: "average pooling behind a normalisation of channels that fill no block", inputShape: [20, 4, 4],
            layers: [BatchNormalization(), AveragePooling(kernel: 2), GlobalAveragePooling()], batches: [5]),
        LayerCase(
            name: "residual, option A", inputShape: [6, 5, 4],
            layers: [
                Residual([Convolution(channels: 20, kernel: 3, stride: 2, padding: 1)], shortcut: .padding),
                ReLU(),
            ]),
        LayerCase(
            name: "residual, option B", inputShape: [6, 5, 4],
            layers: [
                Residual(
                    normalized(16, kernel: 3, stride: 2) + [ReLU()] + normalized(16, kernel: 3),
                    shortcut: .layers(normalized(16, kernel: 1, stride: 2))), ReLU(),
            ], batches: [5]),
        LayerCase(
            name: "residual, pre-activation with dropout", inputShape: [16, 4, 3],
            layers: [
                Residual(
                    [BatchNormalization(), ReLU()] + normalized(16, kernel: 3) + [
                        ReLU(), Dropout(rate: 0.3),
                        Convolution(channels: 16, kernel: 3, padding: 1),
                    ])
            ], batches: [5]),
        LayerCase(
            name: "layers with names of their own", inputShape: [6, 4, 4],
            layers: [
                Named("conv1", Convolution(channels: 6, kernel: 3, padding: 1)), Named("relu", ReLU()),
                Named(
                    "layer1.0",
                    Residual(
                        [
                            Named("conv1", Convolution(channels: 9, kernel: 1)), Tanh(),
                            Convolution(channels: 9, kernel: 1), Named("layer_scale", LayerScale()),
                        ], shortcut: .layers([Named("downsample.0", Convolution(channels: 9, kernel: 1))]))),
            ], batches: [5]),
        LayerCase(
            name: "residual within a residual, and one behind", inputShape: [6, 4, 4],
            layers: [
                Residual([
                    Tanh(), Residual([Convolution(channels: 6, kernel: 3, padding: 1)]),
                ]), Residual([Tanh()]),
            ]),
    ]
}
