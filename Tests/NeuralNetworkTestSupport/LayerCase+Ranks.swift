import NeuralNetwork

/// Layers on signals `[C, L]` and volumes `[C, D, H, W]`.
extension LayerCase {
    package static let ranks: [LayerCase] =
        rankConvolutions + rankPoolings + rankNormalizations + rankElementwise + rankResiduals + rankChains

    private static let rankConvolutions: [LayerCase] = [
        ([3, 11], .init(channels: 6, kernel: 3, padding: 1)),
        ([1, 17], .init(channels: 16, kernel: 5, bias: false)),
        ([16, 9], .init(channels: 20, kernel: [3], stride: 2, padding: [2])),
        ([32, 7], .init(channels: 16, kernel: 1)),
        ([6, 8], .init(channels: 12, kernel: 4, stride: 3, groups: 2)),
        ([16, 7], .init(channels: 16, kernel: 3, padding: 1, groups: 16)),
        ([3, 4, 5, 3], .init(channels: 6, kernel: 3, padding: 1)),
        ([1, 5, 4, 4], .init(channels: 16, kernel: [3, 2, 1], stride: [2, 1, 2], padding: [1, 0, 0], bias: false)),
        ([16, 3, 4, 3], .init(channels: 32, kernel: 3, padding: 1)),
        ([16, 3, 3, 4], .init(channels: 20, kernel: 1, stride: 2)),
        ([6, 3, 4, 4], .init(channels: 16, kernel: 3, stride: 2, padding: 1, groups: 2)),
        ([16, 3, 4, 3], .init(channels: 16, kernel: 3, padding: 1, groups: 16)),
    ].flatMap { (shape: [Int], convolution: Convolution) in
        [[], [ReLU()], [GELU()]].map { (behind: [any LayerSpecification]) in
            LayerCase(
                name: "convolution \(shape) → \(convolution.channels), kernel \(convolution.kernel), stride "
                    + "\(convolution.stride), padding \(convolution.padding), groups \(convolution.groups), \(behind)",
                inputShape: shape, layers: [convolution] + behind, batches: behind.isEmpty ? [1, 3] : [3])
        }
    }

    /// With dilation, and with as many zeros as keep the size.
    package static let dilations: [LayerCase] = [
        ([3, 7, 8], .init(channels: 6, kernel: 3, padding: 2, dilation: 2)),
        ([16, 6, 7], .init(channels: 16, kernel: [2, 3], padding: .same, dilation: [1, 2], bias: false)),
        ([16, 5, 5], .init(channels: 20, kernel: 3, padding: .same)),
        ([3, 6, 5], .init(channels: 6, kernel: 4, padding: .same)),
        ([6, 7, 7], .init(channels: 12, kernel: 3, stride: 2, padding: [2, 0], dilation: [2, 3], groups: 2)),
        ([16, 7, 6], .init(channels: 16, kernel: 3, padding: 2, dilation: 2, groups: 16)),
        ([3, 13], .init(channels: 16, kernel: 4, padding: .same, dilation: 3)),
        ([3, 4, 5, 4], .init(channels: 6, kernel: [2, 3, 2], padding: .same, dilation: [1, 2, 2])),
    ].flatMap { (shape: [Int], convolution: Convolution) in
        [[], [ReLU()]].map { (behind: [any LayerSpecification]) in
            LayerCase(
                name: "convolution \(shape) → \(convolution.channels), kernel \(convolution.kernel), padding "
                    + "\(convolution.padding), dilation \(convolution.dilation), \(behind)",
                inputShape: shape, layers: [convolution] + behind, batches: behind.isEmpty ? [1, 3] : [3])
        }
    }

    package static let upsamplings: [LayerCase] = [
        ([3, 3, 4], 2), ([16, 2, 3], [3, 1]), ([20, 1, 3], 2), ([6, 5], 3), ([3, 2, 3, 2], [1, 2, 3]),
    ].flatMap { (shape: [Int], scale: Extent) in
        [Upsampling.Mode.nearest, .linear].map { mode in
            LayerCase(
                name: "upsampling \(mode) of \(shape) by \(scale)", inputShape: shape,
                layers: [Upsampling(scale: scale, mode: mode)], batches: [1, 3])
        }
    }

    package static let transposed: [LayerCase] = [
        ([3, 3, 4], .init(channels: 6, kernel: 3, stride: 2, padding: 1, outputPadding: 1)),
        ([16, 2, 3], .init(channels: 20, kernel: 2, stride: 2, bias: false)),
        ([6, 3, 2], .init(channels: 4, kernel: [3, 2], padding: [1, 0], groups: 2)),
        ([16, 5], .init(channels: 16, kernel: 4, stride: 3, padding: 1)),
        ([3, 2, 3, 2], .init(channels: 16, kernel: 2, stride: [1, 2, 2])),
    ].flatMap { (shape: [Int], layer: TransposedConvolution) in
        [[], [ReLU()]].map { (behind: [any LayerSpecification]) in
            LayerCase(
                name: "transposed convolution \(shape) → \(layer.channels), kernel \(layer.kernel), \(behind)",
                inputShape: shape, layers: [layer] + behind, batches: behind.isEmpty ? [1, 3] : [3])
        }
    }

    package static let squeezes: [LayerCase] = [([6, 3, 4], 2), ([16, 2, 3], 16), ([20, 5], 4), ([3, 2, 3, 2], 1)].map {
        (shape: [Int], reduction: Int) in
        LayerCase(
            name: "squeeze and excitation of \(shape) by \(reduction)", inputShape: shape,
            layers: [SqueezeExcitation(reduction: reduction)], batches: [1, 3])
    }

    /// Branches that are joined.
    package static let branches: [LayerCase] =
        [
            ([16, 4, 3], [Convolution(channels: 16, kernel: 1)], [Tanh()]),
            ([6, 4, 3], [Convolution(channels: 6, kernel: 3, padding: 1), ReLU()], []),
            ([3, 5], [Convolution(channels: 3, kernel: 3, padding: 1)], [Sigmoid()]),
            ([3, 2, 3, 2], [Convolution(channels: 3, kernel: 1)], []), ([7], [Dense(units: 7), Tanh()], []),
        ].flatMap { (shape: [Int], first: [any LayerSpecification], second: [any LayerSpecification]) in
            let branches = [Branch("a", first), Branch("b", second), Branch("c", [BatchNormalization()])]
            return [Concatenation(branches), Addition(branches)].map { (layer: any BranchedLayer) in
                LayerCase(
                    name: "\(layer.kind) on \(shape), behind it tanh", inputShape: shape, layers: [layer, Tanh()],
                    batches: [5])
            }
        }

    private static let rankPoolings: [LayerCase] =
        ([
            ([3, 9], 2, nil, 0), ([16, 10], 3, 2, 1), ([20, 7], [4], 1, 2), ([3, 4, 5, 4], 2, nil, 0),
            ([16, 5, 4, 3], 3, 2, 1), ([6, 4, 4, 5], [2, 1, 3], [1, 2, 3], [1, 0, 1]),
        ] as [([Int], Extent, Extent?, Extent)]).flatMap { shape, kernel, stride, padding in
            [
                MaxPooling(kernel: kernel, stride: stride, padding: padding),
                AveragePooling(kernel: kernel, stride: stride, padding: padding),
            ].map { (pooling: any LayerSpecification) in
                LayerCase(
                    name:
                        "\(pooling.kind) of \(shape), kernel \(kernel), stride \(stride ?? kernel), padding \(padding)",
                    inputShape: shape, layers: [pooling], batches: [3])
            }
        }
        // More places than a byte counts, in pieces that do and do not fill a dimension.
        + [[3, 7], [20, 1], [1, 513], [3, 3, 4, 5], [16, 2, 2, 3], [1, 7, 6, 9]].flatMap { shape in
            [GlobalMaxPooling(), GlobalAveragePooling()].map { (layer: any LayerSpecification) in
                LayerCase(name: "\(layer.kind) of \(shape)", inputShape: shape, layers: [layer], batches: [2])
            }
        }

    private static let rankNormalizations: [LayerCase] = [[3, 7], [16, 5], [20, 2, 3, 2], [16, 2, 2, 2]].flatMap {
        shape in
        [[BatchNormalization(epsilon: 1e-3)], [BatchNormalization(), ReLU()], [LayerNormalization()]].map {
            (layers: [any LayerSpecification]) in
            LayerCase(
                name: "\(layers.map(\.kind)) of \(shape)", inputShape: shape, layers: layers, batches: [3])
        }
    }

    /// In front of them what makes a layout.
    private static let rankElementwise: [LayerCase] = [[3, 6], [3, 2, 3, 4]].flatMap { shape in
        [[], [Convolution(channels: 20, kernel: 1)], [Convolution(channels: 16, kernel: 1)]].flatMap {
            (front: [any LayerSpecification]) in
            [
                [Dropout(rate: 0.4)], [Dropout(rate: 0.2), Tanh()], [Flatten(), Dense(units: 7), ReLU()],
                [Dense(units: 6)],
            ].map {
                (layers: [any LayerSpecification]) in
                LayerCase(
                    name: "\(layers.map(\.kind)) of \(shape) behind \(front.count) layers", inputShape: shape,
                    layers: front + layers, batches: [3])
            }
        }
    }

    private static func normalized(_ channels: Int, stride: Int) -> [any LayerSpecification] {
        [
            Convolution(channels: channels, kernel: 3, stride: .init(stride), padding: 1, bias: false),
            BatchNormalization(),
        ]
    }

    private static let rankResiduals: [LayerCase] = [[6, 9], [6, 4, 5, 3]].flatMap { shape in
        [
            LayerCase(
                name: "residual on \(shape), identity", inputShape: shape,
                layers: [Residual(normalized(6, stride: 1)), ReLU()], batches: [3]),
            LayerCase(
                name: "residual on \(shape), identity, no normalization", inputShape: shape,
                layers: [Residual([Convolution(channels: 6, kernel: 3, padding: 1), Tanh()])], batches: [3]),
            LayerCase(
                name: "residual on \(shape), of the plain input", inputShape: shape,
                layers: [Residual([Tanh()], shortcut: .layers([Sigmoid()]))], batches: [3]),
            LayerCase(
                name: "residual on \(shape), option A", inputShape: shape,
                layers: [Residual(normalized(20, stride: 2), shortcut: .padding), ReLU()], batches: [3]),
            LayerCase(
                name: "residual on \(shape), option B", inputShape: shape,
                layers: [
                    Residual(
                        normalized(16, stride: 2),
                        shortcut: .layers([Convolution(channels: 16, kernel: 1, stride: 2, bias: false)])), ReLU(),
                ], batches: [3]),
        ]
    }

    private static let rankChains: [LayerCase] = [[2, 20], [2, 6, 5, 7]].map { shape in
        LayerCase(
            name: "convolutions, pooling and dense layers on \(shape)", inputShape: shape,
            layers: [
                Convolution(channels: 6, kernel: 3, padding: 1), ReLU(), MaxPooling(kernel: 2),
                Convolution(channels: 16, kernel: 3, padding: 1, bias: false), BatchNormalization(), ReLU(),
                Dropout(rate: 0.2), AveragePooling(kernel: 2, stride: 1),
                Convolution(channels: 16, kernel: 3, padding: 1), GroupNormalization(groups: 1), GlobalMaxPooling(),
                Flatten(),
                Dense(units: 12), Sigmoid(),
            ], batches: [4])
    }
}
