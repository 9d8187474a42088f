import NeuralNetwork

/// Convolutions that something else than oneDNN's direct algorithm computes.
extension LayerCase {
    private static let sampleBlocks = "sample blocks"

    /// By the kernels for few channels: kernels, paddings, widths of every tile, batches that fill a block, do not, or need
    /// two; and whatever may stand behind.
    package static let fewChannels: [LayerCase] = fewChannelConvolutions + fewChannelChains

    private static let fewChannelConvolutions: [LayerCase] = [
        ([3, 6, 5], .init(channels: 6, kernel: 3, padding: 1)),
        ([1, 8, 9], .init(channels: 5, kernel: 5, bias: false)),
        ([2, 6, 7], .init(channels: 15, kernel: 5, padding: [2, 1])),
        ([3, 3, 2], .init(channels: 4, kernel: 3, padding: 2)),
        ([16, 4, 4], .init(channels: 1, kernel: 3, padding: [0, 1], bias: false)),
        ([2, 3, 16], .init(channels: 3, kernel: 3, padding: 1)),
        ([1, 5, 15], .init(channels: 2, kernel: 5, padding: 4)),
        ([5, 1, 1], .init(channels: 7, kernel: 3, padding: 1)),
    ].flatMap { (shape: [Int], convolution: Convolution) in
        [[], [ReLU()]].map { (behind: [any LayerSpecification]) in
            LayerCase(
                name: "few channels, \(shape) → \(convolution.channels), kernel \(convolution.kernel), padding "
                    + "\(convolution.padding), bias \(convolution.bias)\(behind.isEmpty ? "" : ", ReLU")",
                inputShape: shape, layers: [convolution] + behind,
                batches: behind.isEmpty ? [1, 5, 16, 17] : [5], computedBy: ["0": sampleBlocks])
        }
    }

    private static let fewChannelChains: [LayerCase] = [
        LayerCase(
            name: "few channels as in LeNet-5", inputShape: [1, 10, 12],
            layers: [
                Convolution(channels: 6, kernel: 5, padding: 2), ReLU(),
                MaxPooling(kernel: 2), Convolution(channels: 16, kernel: 5), ReLU(),
                MaxPooling(kernel: [1, 2]), Flatten(), Dense(units: 9),
                ReLU(),
            ], batches: [3, 17], computedBy: ["0": sampleBlocks, "3": sampleBlocks]),
        LayerCase(
            name: "few channels, overlapping padded maxima", inputShape: [3, 7, 6],
            layers: [
                Convolution(channels: 5, kernel: 3, padding: 1),
                MaxPooling(kernel: 3, stride: 2, padding: 1),
                Convolution(channels: 6, kernel: 3, padding: 1),
            ], batches: [5], computedBy: ["0": sampleBlocks, "2": sampleBlocks]),
        LayerCase(
            name: "few channels, then means, dropout, many channels", inputShape: [3, 7, 6],
            layers: [
                Convolution(channels: 5, kernel: 3, padding: 1), Tanh(),
                Convolution(channels: 6, kernel: 3, padding: 1), Dropout(rate: 0.3),
                Convolution(channels: 7, kernel: 3, padding: 1), AveragePooling(kernel: 2),
                Convolution(channels: 6, kernel: 3, padding: 1), Convolution(channels: 20, kernel: 3),
            ], batches: [5], computedBy: ["2": sampleBlocks, "4": sampleBlocks, "6": sampleBlocks]),
        LayerCase(
            name: "few channels, normalised, in a residual block", inputShape: [6, 4, 5],
            layers: [
                Convolution(channels: 6, kernel: 3, padding: 1, bias: false), BatchNormalization(),
                ReLU(), Residual([Convolution(channels: 6, kernel: 3, padding: 1)]),
                Residual(
                    [Convolution(channels: 7, kernel: 3, padding: 1)],
                    shortcut: .layers([Convolution(channels: 7, kernel: 3, padding: 1)])),
                Tanh(), LayerNormalization(),
            ], batches: [5], computedBy: ["0": sampleBlocks, "3.branch.0": sampleBlocks]),
        LayerCase(
            name: "few channels, dropout behind flattening", inputShape: [2, 4, 5],
            layers: [
                Convolution(channels: 3, kernel: 3), ReLU(), Flatten(), Dropout(rate: 0.4),
            ], batches: [5], computedBy: ["0": sampleBlocks]),
        LayerCase(
            name: "few channels behind dropout, then dropout, a maximum", inputShape: [2, 6, 6],
            layers: [
                Dropout(rate: 0.2), Convolution(channels: 3, kernel: 3), Dropout(rate: 0.3),
                MaxPooling(kernel: 2), Flatten(),
            ], batches: [5], computedBy: ["1": sampleBlocks]),
        LayerCase(
            name: "few channels, a maximum, sigmoid", inputShape: [2, 6, 6],
            layers: [
                Convolution(channels: 3, kernel: 3), MaxPooling(kernel: 2), Sigmoid(),
                Convolution(channels: 4, kernel: 3, padding: 1),
            ], batches: [5, 16], computedBy: ["0": sampleBlocks, "3": sampleBlocks]),
        LayerCase(
            name: "few channels, global means", inputShape: [2, 4, 5],
            layers: [Convolution(channels: 3, kernel: 3, padding: 1), GlobalAveragePooling()], batches: [5],
            computedBy: ["0": sampleBlocks]),
    ]

    /// By the kernels for tiles of Winograd's algorithm: maps that they fill, and such that they do not; more and fewer tiles
    /// than are transformed at a time.
    package static let tiles: [LayerCase] =
        [
            ([16, 8, 8], .init(channels: 16, kernel: 3, padding: 1)),
            ([32, 5, 6], .init(channels: 32, kernel: 3, padding: 1, bias: false)),
            ([16, 7, 4], .init(channels: 48, kernel: 3, padding: 1)),
            ([64, 4, 9], .init(channels: 16, kernel: 3, padding: 1)),
        ].flatMap { (shape: [Int], convolution: Convolution) in
            [[], [ReLU()]].map { (behind: [any LayerSpecification]) in
                LayerCase(
                    name: "tiles, \(shape) → \(convolution.channels), bias \(convolution.bias)"
                        + (behind.isEmpty ? "" : ", ReLU"),
                    inputShape: shape, layers: [convolution] + behind, batches: [1, 3, 5],
                    computedBy: ["0": "winograd tiles"])
            }
        } + [
            LayerCase(
                name: "tiles in a residual block, behind and in front of other layouts", inputShape: [3, 6, 5],
                layers: [
                    Convolution(channels: 16, kernel: 3, padding: 1), Tanh(),
                    Residual([Convolution(channels: 16, kernel: 3, padding: 1)]), ReLU(),
                    Convolution(channels: 20, kernel: 3, padding: 1),
                    Convolution(channels: 32, kernel: 3, padding: 1, bias: false), BatchNormalization(),
                    ReLU(), Convolution(channels: 16, kernel: 3, padding: 1),
                ], batches: [3], computedBy: ["2.branch.0": "winograd tiles", "8": "winograd tiles"])
        ]

    /// By Winograd's algorithm: maps that its tiles of 4 × 4 fill, and such that they do not.
    package static let winograd: [LayerCase] = [
        ([16, 8, 8], .init(channels: 16, kernel: 3, padding: 1)),
        ([32, 5, 6], .init(channels: 32, kernel: 3, padding: 1, bias: false)),
        ([16, 7, 4], .init(channels: 48, kernel: 3)),
    ].flatMap { (shape: [Int], convolution: Convolution) in
        [[], [ReLU()]].map { (behind: [any LayerSpecification]) in
            LayerCase(
                name: "Winograd, \(shape) → \(convolution.channels), padding \(convolution.padding), bias "
                    + "\(convolution.bias)\(behind.isEmpty ? "" : ", ReLU")",
                inputShape: shape, layers: [convolution] + behind, batches: [2],
                computedBy: ["0": "wino"])
        }
    }
}
