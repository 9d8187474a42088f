/// The layers that a specification's layers become: neighbours that one primitive or kernel computes are one layer.
struct LayerGraph {
    let layers: [any Layer]

    /// - Throws: where a layer does not fit the shape in front of it.
    init(_ specification: NetworkSpecification, seed: UInt64) throws(SpecificationError) {
        _ = try specification.outputShapes()
        var number = 0
        layers = try Self.make(
            specification.layers, input: specification.inputShape, prefix: "", seed: seed, number: &number)
    }

    /// - Parameter number: layers so far, those within blocks included: what random masks are told apart by.
    private static func make(
        _ specifications: [LayerSpecification], input: [Int], prefix: String, seed: UInt64, number: inout Int
    ) throws(SpecificationError) -> [any Layer] {
        var layers: [any Layer] = []
        var shape = input
        var index = 0
        while index < specifications.count {
            let specification = specifications[index]
            let path = "\(prefix)\(index)"
            let output = try specification.outputShape(input: shape, path: path)
            var following: Activation?
            if index + 1 < specifications.count, case .activation(let next) = specifications[index + 1] {
                following = next
            }
            let layer: any Layer
            var isFused = false
            switch specification {
            case .dense(let units, let bias, let initializer):
                isFused = following != nil
                layer = DenseLayer(
                    path: path, units: units, hasBias: bias,
                    initializer: initializer ?? (following == .relu ? .he : .glorot), activation: following)
            case .convolution(let convolution):
                isFused = following != nil
                layer = ConvolutionLayer(
                    path: path, specification: convolution, outputShape: output,
                    initializer: convolution.initializer ?? initializer(behind: index, specifications),
                    activation: following)
            case .batchNormalization(let normalization):
                isFused = following == .relu
                layer = BatchNormalizationLayer(path: path, specification: normalization, relu: isFused)
            case .layerNormalization(let epsilon):
                layer = LayerNormalizationLayer(path: path, epsilon: epsilon)
            case .activation(let activation):
                layer = ActivationLayer(path: path, activation: activation)
            case .pooling(let pooling):
                // The maximum of what a ReLU gave is positive where its gradient passes the ReLU.
                var masks = false
                if pooling.kind == .max, var convolution = layers.last as? ConvolutionLayer,
                    convolution.activation == .relu
                {
                    convolution.isGradientMasked = true
                    layers[layers.count - 1] = convolution
                    masks = true
                }
                layer = PoolingLayer(
                    path: path, specification: pooling, outputShape: output, masksNegatives: masks)
            case .globalAveragePooling:
                layer = PoolingLayer(
                    path: path, specification: .init(.average, kernel: .init(height: shape[1], width: shape[2])),
                    outputShape: output)
            case .flatten:
                layer = FlattenLayer(path: path)
            case .dropout(let rate):
                layer = DropoutLayer(path: path, index: number, rate: rate, seed: seed)
            case .residual(let residual):
                isFused = following != nil
                number += 1
                layer = try make(
                    residual, input: shape, output: output, activation: following, path: path, seed: seed,
                    number: &number)
                number -= 1
            }
            layers.append(layer)
            shape = output
            index += isFused ? 2 : 1
            number += isFused ? 2 : 1
        }
        return layers
    }

    private static func make(
        _ residual: LayerSpecification.Residual, input: [Int], output: [Int], activation: Activation?, path: String,
        seed: UInt64, number: inout Int
    ) throws(SpecificationError) -> ResidualLayer {
        // A ReLU behind the sum is applied by the normalisation that ends the branch, in the pass that adds.
        let endsInNormalization = if case .batchNormalization = residual.branch.last { true } else { false }
        var branch = try make(residual.branch, input: input, prefix: "\(path).branch.", seed: seed, number: &number)
        let addsInNormalization = endsInNormalization && output.count == 3
        if addsInNormalization, activation == .relu,
            let last = branch.last as? BatchNormalizationLayer
        {
            branch[branch.count - 1] = BatchNormalizationLayer(
                path: last.path, specification: last.specification, relu: true)
        }
        let shortcut: ResidualLayer.Shortcut
        switch residual.shortcut {
        case .identity:
            shortcut = .identity
        case .padding:
            shortcut = .padding(stride: LayerSpecification.Residual.stride(from: input, to: output)!)
        case .layers(let layers):
            shortcut = .layers(
                try make(layers, input: input, prefix: "\(path).shortcut.", seed: seed, number: &number))
        }
        return ResidualLayer(
            path: path, branch: branch, shortcut: shortcut, outputShape: output,
            activation: activation, addsInNormalization: addsInNormalization)
    }

    /// He where a ReLU follows, at once or behind a normalisation; else Glorot.
    private static func initializer(behind index: Int, _ specifications: [LayerSpecification]) -> Initializer {
        guard index + 1 < specifications.count else { return .glorot }
        switch specifications[index + 1] {
        case .activation(.relu), .batchNormalization: return .he
        default: return .glorot
        }
    }
}
