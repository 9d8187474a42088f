/// Networks by name.
extension NetworkSpecification {
    /// A multilayer perceptron: for each of `hidden` a dense layer, `activation` and, where `dropout` > 0, dropout; then
    /// a dense layer with one unit per class.
    public static func mlp(
        inputShape: [Int], hidden: [Int], classes: Int, activation: Activation = .relu, dropout: Float = 0
    ) -> NetworkSpecification {
        var layers: [LayerSpecification] = []
        for units in hidden {
            layers.append(.dense(units: units))
            layers.append(.activation(activation))
            if dropout != 0 { layers.append(.dropout(rate: dropout)) }
        }
        layers.append(.dense(units: classes))
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    /// LeNet-5 (LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86(11), 1998) as it is built today: ReLU, max pooling, and a
    /// softmax over plain logits. Glorot's initial weights: behind max pooling He's make the first logits tens of units
    /// large. 61,706 parameters for `[1, 28, 28]` and 10 classes.
    ///
    /// - Parameter inputShape: `[C, H, W]`, for example `[1, 28, 28]`.
    public static func lenet5(inputShape: [Int], classes: Int) -> NetworkSpecification {
        NetworkSpecification(
            inputShape: inputShape,
            layers: [
                .convolution(.init(channels: 6, kernel: 5, padding: 2, initializer: .glorot)), .activation(.relu),
                .pooling(.init(.max, kernel: 2)),
                .convolution(.init(channels: 16, kernel: 5, initializer: .glorot)), .activation(.relu),
                .pooling(.init(.max, kernel: 2)), .flatten,
                .dense(units: 120, initializer: .glorot), .activation(.relu),
                .dense(units: 84, initializer: .glorot), .activation(.relu),
                .dense(units: classes),
            ])
    }

    /// Four convolutions 3 × 3 of 32, 32, 64 and 64 channels with ReLU, max pooling behind the second and the fourth, a
    /// dense layer of 256 and one of `classes`.
    ///
    /// - Parameters:
    ///   - inputShape: `[C, H, W]`.
    ///   - dropout: in front of both dense layers; 0 for none.
    public static func cnn(inputShape: [Int], classes: Int, dropout: Float = 0) -> NetworkSpecification {
        func convolutions(_ channels: Int) -> [LayerSpecification] {
            [
                .convolution(.init(channels: channels, kernel: 3, padding: 1)), .activation(.relu),
                .convolution(.init(channels: channels, kernel: 3, padding: 1)), .activation(.relu),
                .pooling(.init(.max, kernel: 2)),
            ]
        }
        let drop: [LayerSpecification] = dropout != 0 ? [.dropout(rate: dropout)] : []
        return NetworkSpecification(
            inputShape: inputShape,
            layers: convolutions(32) + convolutions(64) + [.flatten] + drop + [.dense(units: 256), .activation(.relu)]
                + drop + [.dense(units: classes)])
    }

    /// The shortcut of a residual block that changes the shape (He et al., CVPR 2016, section 3.3).
    public enum ResidualShortcut: String, Sendable, CaseIterable {
        /// Subsampling and zero channels.
        case a = "A"
        /// A convolution 1 × 1 with batch normalisation.
        case b = "B"
    }

    /// The residual network for CIFAR of He, Zhang, Ren, Sun (CVPR 2016, section 4.2): a convolution of 16 channels, then
    /// three stages of (depth − 2) / 6 blocks with 16, 32 and 64 channels. 269,722 parameters at depth 20, shortcut A,
    /// `[3, 32, 32]` and 10 classes, statistics not counted.
    ///
    /// - Parameters:
    ///   - inputShape: `[C, H, W]`.
    ///   - depth: 6 n + 2, for example 20, 32, 44, 56 or 110.
    public static func resnet(
        depth: Int, inputShape: [Int], classes: Int, shortcut: ResidualShortcut = .a, synchronized: Bool = false
    ) -> NetworkSpecification {
        precondition(depth >= 8 && depth % 6 == 2, "a residual network of depth \(depth), 6 n + 2 expected")
        let normalization = LayerSpecification.batchNormalization(.init(synchronized: synchronized))
        var layers = [convolution(16, kernel: 3, stride: 1), normalization, .activation(.relu)]
        for (stage, channels) in [16, 32, 64].enumerated() {
            for block in 0..<(depth - 2) / 6 {
                let stride = stage > 0 && block == 0 ? 2 : 1
                var way = LayerSpecification.Residual.Shortcut.identity
                if stride == 2 {
                    way =
                        shortcut == .a
                        ? .padding : .layers([convolution(channels, kernel: 1, stride: stride), normalization])
                }
                layers.append(
                    .residual(
                        .init(
                            [
                                convolution(channels, kernel: 3, stride: stride), normalization, .activation(.relu),
                                convolution(channels, kernel: 3, stride: 1), normalization,
                            ], shortcut: way)))
                layers.append(.activation(.relu))
            }
        }
        layers += [.globalAveragePooling, .flatten, .dense(units: classes)]
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    /// The wide residual network of Zagoruyko and Komodakis (BMVC 2016): pre-activation blocks, three stages of
    /// (depth − 4) / 6 blocks with 16, 32 and 64 times `widening` channels. `wrn16-4` is depth 16, widening 4.
    ///
    /// - Parameters:
    ///   - inputShape: `[C, H, W]`.
    ///   - depth: 6 n + 4.
    ///   - dropout: between the two convolutions of a block; 0 for none.
    public static func wideResnet(
        depth: Int, widening: Int, inputShape: [Int], classes: Int, dropout: Float = 0, synchronized: Bool = false
    ) -> NetworkSpecification {
        precondition(depth >= 10 && depth % 6 == 4, "a wide residual network of depth \(depth), 6 n + 4 expected")
        precondition(widening >= 1, "a residual network widened by \(widening), at least 1 expected")
        let normalization = LayerSpecification.batchNormalization(.init(synchronized: synchronized))
        var layers = [convolution(16, kernel: 3, stride: 1)]
        for stage in 0..<3 {
            let channels = 16 * widening << stage
            for block in 0..<(depth - 4) / 6 {
                let stride = stage > 0 && block == 0 ? 2 : 1
                let body =
                    [convolution(channels, kernel: 3, stride: stride), normalization, .activation(.relu)]
                    + (dropout != 0 ? [.dropout(rate: dropout)] : []) + [convolution(channels, kernel: 3, stride: 1)]
                if block == 0 {
                    // Where the shape changes, the shortcut too starts behind the normalisation.
                    layers += [normalization, .activation(.relu)]
                    layers.append(
                        .residual(.init(body, shortcut: .layers([convolution(channels, kernel: 1, stride: stride)]))))
                } else {
                    layers.append(.residual(.init([normalization, .activation(.relu)] + body)))
                }
            }
        }
        layers += [normalization, .activation(.relu), .globalAveragePooling, .flatten, .dense(units: classes)]
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    /// Without a bias, since normalisation follows; padded so that stride 1 keeps the size.
    private static func convolution(_ channels: Int, kernel: Int, stride: Int) -> LayerSpecification {
        .convolution(
            .init(
                channels: channels, kernel: .init(kernel), stride: .init(stride), padding: .init(kernel / 2),
                bias: false))
    }
}
