import NeuralNetwork
import Settings

extension Configuration {
    /// The network for samples of `sampleShape`, `[C, H, W]` or `[features]`, in `classCount` classes.
    ///
    /// - Throws: `ConfigurationError` where the last layer doesn't have one unit a class, and where a layer or the preset
    ///   doesn't fit the samples.
    public func network(sampleShape: [Int], classCount: Int) throws(ConfigurationError) -> NetworkSpecification {
        if let misfit = model.architecture.misfit(sampleShape: sampleShape, classCount: classCount) {
            throw ConfigurationError(place: "configuration", keyPath: misfit.keyPath, problem: misfit.problem)
        }
        let network = model.architecture.specification(inputShape: sampleShape, classes: classCount)
        do {
            _ = try network.outputShapes()
        } catch {
            throw ConfigurationError(model.architecture, error)
        }
        return network
    }

    /// The network as far as it is known without reading data: 10 classes where only the data tell.
    ///
    /// - Parameter sampleShape: nil for what the configuration tells.
    /// - Returns: nil where the shape of a sample is known from the data alone.
    public func network(sampleShape: [Int]?) throws(ConfigurationError) -> NetworkSpecification? {
        guard let shape = sampleShape ?? data.source.sampleShape else { return nil }
        var classCount = data.source.classCount
        if case .layers(let layers) = model.architecture, case .dense(let last)? = layers.last {
            classCount = classCount ?? last.units
        }
        return try network(sampleShape: shape, classCount: classCount ?? 10)
    }

    /// How the network computes.
    ///
    /// - Parameter emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    public func numerics(emulated: Bool = false) -> Network.Options {
        Network.Options(
            precision: training.precision == .f32 ? .float32 : .bfloat16,
            convolution: model.convolution.choice, emulatesBFloat16: emulated, threads: training.threads)
    }
}

extension Configuration.Model.Architecture {
    /// What the data doesn't have that the model needs.
    fileprivate func misfit(sampleShape: [Int], classCount: Int) -> (keyPath: String, problem: String)? {
        if case .layers(let layers) = self, case .dense(let last)? = layers.last, last.units != classCount {
            return (
                "model.layers[\(layers.count - 1)].dense.units",
                "expected one unit for each of the \(classCount) classes of the data, found \(last.units)"
            )
        }
        guard let preset, let smallestSide else { return nil }
        if sampleShape.count != 3 {
            return ("model.preset", "\(preset) needs images [C, H, W], the samples of the data are \(sampleShape)")
        }
        if sampleShape[1] < smallestSide || sampleShape[2] < smallestSide {
            return (
                "model.preset",
                "\(preset) needs images of at least \(smallestSide) × \(smallestSide), the samples of the data are "
                    + "\(sampleShape)"
            )
        }
        return nil
    }

    /// The smallest height and width of an image that the preset has an output for; nil where it takes any samples.
    private var smallestSide: Int? {
        switch self {
        case .mlp, .layers: nil
        case .lenet5: 12
        case .cnn: 4
        case .resnet, .wideResnet: 1
        }
    }

    fileprivate func specification(inputShape: [Int], classes: Int) -> NetworkSpecification {
        switch self {
        case .mlp(let mlp):
            .mlp(
                inputShape: inputShape, hidden: mlp.hidden, classes: classes, activation: mlp.activation.function,
                dropout: Float(mlp.dropout))
        case .lenet5:
            .lenet5(inputShape: inputShape, classes: classes)
        case .cnn(let cnn):
            .cnn(inputShape: inputShape, classes: classes, dropout: Float(cnn.dropout))
        case .resnet(let resnet):
            .resnet(
                depth: resnet.depth, inputShape: inputShape, classes: classes, shortcut: resnet.shortcut.way,
                synchronized: resnet.synchronized)
        case .wideResnet(let wide):
            .wideResnet(
                depth: 16, widening: 4, inputShape: inputShape, classes: classes, dropout: Float(wide.dropout),
                synchronized: wide.synchronized)
        case .layers(let layers):
            NetworkSpecification(inputShape: inputShape, layers: layers.map(\.specification))
        }
    }
}

extension ConfigurationError {
    /// The layer's path "3.branch.0" is `model.layers[3].residual.branch[0]`.
    fileprivate init(_ architecture: Configuration.Model.Architecture, _ error: SpecificationError) {
        if let preset = architecture.preset {
            self.init(place: "configuration", keyPath: "model.preset", problem: "\(preset): \(error)")
            return
        }
        let path = error.layer.split(separator: ".").reduce("model.layers") { path, component in
            Int(component) == nil ? "\(path).residual.\(component)" : "\(path)[\(component)]"
        }
        self.init(place: "configuration", keyPath: path, problem: error.problem)
    }
}

// MARK: - Layers

extension Configuration.Model.Layer {
    fileprivate var specification: LayerSpecification {
        switch self {
        case .dense(let dense):
            .dense(units: dense.units, bias: dense.bias, initializer: dense.initializer?.distribution)
        case .convolution(let convolution):
            .convolution(
                .init(
                    channels: convolution.channels, kernel: convolution.kernel.extent,
                    stride: convolution.stride.extent, padding: convolution.padding.extent, groups: convolution.groups,
                    bias: convolution.bias, initializer: convolution.initializer?.distribution))
        case .batchNormalization(let normalization):
            .batchNormalization(
                .init(
                    momentum: Float(normalization.momentum), epsilon: Float(normalization.epsilon),
                    synchronized: normalization.synchronized))
        case .layerNormalization(let epsilon): .layerNormalization(epsilon: Float(epsilon))
        case .activation(let activation): .activation(activation.function)
        case .maxPooling(let pooling): pooling.specification(.max)
        case .averagePooling(let pooling): pooling.specification(.average)
        case .globalAveragePooling: .globalAveragePooling
        case .flatten: .flatten
        case .dropout(let rate): .dropout(rate: Float(rate))
        case .residual(let residual):
            .residual(.init(residual.branch.map(\.specification), shortcut: residual.shortcut.specification))
        }
    }
}

extension Configuration.Model.Pooling {
    fileprivate func specification(_ kind: LayerSpecification.Pooling.Kind) -> LayerSpecification {
        .pooling(.init(kind, kernel: kernel.extent, stride: stride.extent, padding: padding.extent))
    }
}

extension Configuration.Model.Residual.Shortcut {
    fileprivate var specification: LayerSpecification.Residual.Shortcut {
        switch self {
        case .identity: .identity
        case .padding: .padding
        case .layers(let layers): .layers(layers.map(\.specification))
        }
    }
}

extension Configuration.Model.Extent {
    fileprivate var extent: LayerSpecification.Extent {
        .init(height: height, width: width)
    }
}

extension Configuration.Model.Shortcut {
    fileprivate var way: NetworkSpecification.ResidualShortcut {
        switch self {
        case .a: .a
        case .b: .b
        }
    }
}

extension Configuration.Model.ConvolutionAlgorithm {
    fileprivate var choice: ConvolutionChoice {
        switch self {
        case .auto: .automatic
        case .direct: .direct
        case .winograd: .winograd
        }
    }
}

extension Configuration.Model.Activation {
    fileprivate var function: NeuralNetwork.Activation {
        switch self {
        case .relu: .relu
        case .tanh: .tanh
        case .sigmoid: .sigmoid
        }
    }
}

extension Configuration.Model.Initializer {
    fileprivate var distribution: NeuralNetwork.Initializer {
        switch self {
        case .he: .he
        case .glorot: .glorot
        }
    }
}
