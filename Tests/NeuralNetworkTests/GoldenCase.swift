import Foundation
import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// A network that `Golden/map_networks.py` wrote, with what PyTorch computes for it in float64.
struct GoldenCase: Decodable {
    struct Parameter: Decodable {
        let name: String
        let shape: [Int]
        let wave: Wave
        let gradient: Digest
    }

    /// Running statistics of a batch normalisation, before and after the step.
    struct Statistic: Decodable {
        let name: String
        let wave: Wave
        let afterStep: Digest
    }

    let name: String
    let batch: Int
    let inputShape: [Int]
    private let layers: [GoldenLayer]
    private let input: Wave
    /// What the backward pass starts from; where there is none, the cross-entropy.
    private let upstream: Wave?
    let labels: [Int32]?
    let labelSmoothing: Double?
    let meanLoss: Double?
    let output, inputGradient, inferenceOutput: Digest
    let parameters: [Parameter]
    let statistics: [Statistic]

    var specification: NetworkSpecification {
        NetworkSpecification(inputShape: inputShape, layers: layers.map(\.specification))
    }

    /// `[N]` + `inputShape`; numbers of tokens and levels are the whole parts of a wave.
    var samples: [Float] {
        let values = input.values(batch * inputShape.reduce(1, *))
        let levels = specification.columnEmbeddings?.positions ?? []
        return values.enumerated().map { index, value in
            let isNumber = specification.tokenCount != nil || levels.contains(index % inputShape[0])
            return isNumber ? value.rounded(.down) : value
        }
    }

    var parameterTensors: [Tensor] {
        parameters.map {
            Tensor(name: $0.name, shape: $0.shape, values: $0.wave.values($0.shape.reduce(1, *)))
        }
    }

    var statisticTensors: [Tensor] {
        statistics.map {
            Tensor(name: $0.name, shape: [$0.afterStep.count], values: $0.wave.values($0.afterStep.count))
        }
    }

    /// Whether rounding can change which way a gradient goes.
    var hasKinks: Bool {
        layers.contains { $0.hasKinks }
    }

    static func all(of file: String) throws -> [GoldenCase] {
        try Golden<GoldenCase>.cases(of: file)
    }
}

// MARK: - Running

extension GoldenCase {
    /// What a network computes for the case.
    struct Results {
        var output, inputGradient, inferenceOutput: [Float]
        var gradient, statistics: [Tensor]
        var loss: BatchLoss?
    }

    /// Inference with the statistics as given, then a training step.
    func run(_ options: Network.Options) throws -> Results {
        var options = options
        options.computesInputGradient = true
        let test = try TestNetwork(specification, options: options, nominalBatch: batch, maximumBatch: batch)
        try test.importParameters(parameterTensors)
        try test.network.importStatistics(statisticTensors)
        let inferenceOutput = try test.logits(samples, batch: batch, mode: .inference)

        let plan = try test.network.plan(batch: batch, mode: .training)
        _ = plan.input.update(from: samples)
        try plan.forward()
        let output = Array(plan.logits)
        var loss: BatchLoss?
        if let labels {
            _ = plan.labels.update(from: labels)
            loss = plan.loss(labelSmoothing: Float(labelSmoothing ?? 0), gradientScale: 1 / Float(batch))
        } else if let upstream {
            _ = try XCTUnwrap(plan.logitGradient).update(from: upstream.values(output.count))
        }
        try plan.backward()
        return Results(
            output: output, inputGradient: Array(try XCTUnwrap(plan.inputGradient)), inferenceOutput: inferenceOutput,
            gradient: try test.network.exportGradient(), statistics: test.network.exportStatistics(), loss: loss)
    }

    /// Runs the case and holds everything against PyTorch's numbers.
    ///
    /// - Parameters:
    ///   - tolerance: of each element, in relation to the largest of its tensor.
    ///   - gradientTolerance: where it is given, gradients are held by their norm instead: the norm of what they are off
    ///     by in relation to theirs, over all parameters together. For roundings that reach over kinks.
    func check(_ options: Network.Options, tolerance: Double, gradientTolerance: Double? = nil) throws {
        let results = try run(options)
        XCTAssertLessThan(output.error(of: results.output), tolerance, name)
        XCTAssertLessThan(inferenceOutput.error(of: results.inferenceOutput), tolerance, "\(name), inference")
        if let meanLoss {
            let found = try XCTUnwrap(results.loss).mean(over: batch)
            XCTAssertEqual(found, meanLoss, accuracy: tolerance * meanLoss, name)
        }
        let statistics = values(results.statistics)
        XCTAssertEqual(statistics.keys.sorted(), self.statistics.map(\.name).sorted(), name)
        for statistic in self.statistics {
            let error = statistic.afterStep.error(of: statistics[statistic.name] ?? [])
            XCTAssertLessThan(error, tolerance, "\(name), \(statistic.name)")
        }
        var gradients: [(name: String, expected: Digest, found: [Float])] = [
            ("input", inputGradient, results.inputGradient)
        ]
        let found = values(results.gradient)
        XCTAssertEqual(found.keys.sorted(), parameters.map(\.name).sorted(), name)
        gradients += parameters.map { ($0.name, $0.gradient, found[$0.name] ?? []) }
        guard let gradientTolerance else {
            for gradient in gradients {
                XCTAssertLessThan(
                    gradient.expected.error(of: gradient.found), tolerance, "\(name), gradient of \(gradient.name)")
            }
            return
        }
        if gradients.count > 1 { gradients.removeFirst() }
        var (off, whole) = (0.0, 0.0)
        for gradient in gradients {
            let squares = gradient.expected.squares(of: gradient.found)
            off += squares.off
            whole += squares.whole
        }
        // Gradients that are 0 at all places looked at: none is off.
        XCTAssertLessThan(off == 0 ? 0 : (off / whole).squareRoot(), gradientTolerance, "\(name), gradient")
    }

    private func values(_ tensors: [Tensor]) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
    }
}

// MARK: - Digests

/// What is stored of a tensor: all of a small one, a sample of a large one and two sums over all its elements.
struct Digest: Decodable {
    let count: Int
    /// The largest magnitude.
    let largest: Double
    /// `values` are every stride-th element.
    let stride: Int
    let values: [Double]
    /// Σ value(i) · sin(frequency · i + 0.3) for two frequencies.
    let projections: [Double]?

    /// The largest error of the stored elements in relation to `largest`, or that of the sums in relation to
    /// √count · `largest`, by which errors of either sign add up. Infinite where the count differs or a value is not a
    /// number.
    func error(of found: [Float]) -> Double {
        error(of: found.map(Double.init))
    }

    func error(of found: [Double]) -> Double {
        guard found.count == count, found.allSatisfy(\.isFinite) else { return .infinity }
        var error = 0.0
        for (number, value) in values.enumerated() { error = max(error, abs(found[number * stride] - value)) }
        for (frequency, projection) in zip([0.7137, 1.9331], projections ?? []) {
            let sum = found.enumerated().reduce(0.0) { $0 + $1.element * sin(frequency * Double($1.offset) + 0.3) }
            error = max(error, abs(sum - projection) / Double(count).squareRoot())
        }
        return error == 0 ? 0 : error / largest
    }

    /// Σ (found − value)² and Σ value² over the stored elements; `off` is infinite where `error` is.
    func squares(of found: [Float]) -> (off: Double, whole: Double) {
        let whole = values.reduce(0) { $0 + $1 * $1 }
        guard found.count == count, found.allSatisfy(\.isFinite) else { return (.infinity, whole) }
        let off = values.enumerated().reduce(0.0) {
            let difference = Double(found[$1.offset * stride]) - $1.element
            return $0 + difference * difference
        }
        return (off, whole)
    }
}

// MARK: - Layers

/// A number, or one a dimension.
private struct OneOrTwo: Decodable {
    let one: Int?
    let both: [Int]?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        one = try? container.decode(Int.self)
        both = try? container.decode([Int].self)
    }
}

/// A layer as a golden file has it.
private struct GoldenLayer: Decodable {
    private let kind: String
    private let units, channels, groups: Int?
    /// One number a dimension.
    private let kernel, stride, dilation: [Int]?
    private let bias: Bool?
    private let momentum, epsilon: Double?
    private let over: String?
    private let branch, shortcutLayers: [GoldenLayer]?
    private let tokens, features, heads, hidden, position: Int?
    /// One number a column.
    private let positions, levels, widths: [Int]?
    /// Padding of a map, nil for as much as keeps the size; of an embedding the token that fills up.
    private let padding: OneOrTwo?
    private let causal, rotary: Bool?
    private let form: String?
    private let patch: [Int]?
    private let shortcut, mode: String?
    private let scale, outputPadding: [Int]?
    private let reduction: Int?
    private let branches: [GoldenBranch]?

    var hasKinks: Bool {
        ["relu", "maxPooling", "globalMaxPooling", "squeezeExcitation"].contains(kind)
            || ((branch ?? []) + (shortcutLayers ?? []) + (branches ?? []).flatMap(\.layers)).contains { $0.hasKinks }
    }

    var specification: any LayerSpecification {
        switch kind {
        case "dense": return Dense(units: units!)
        case "convolution":
            return Convolution(
                channels: channels!, kernel: extent(kernel), stride: extent(stride),
                padding: padding == nil ? .same : .zeros(extent(padding?.both)),
                dilation: dilation == nil ? 1 : extent(dilation), groups: groups!, bias: bias!)
        case "batchNormalization": return BatchNormalization(momentum: momentum!, epsilon: epsilon!)
        case "layerNormalization": return LayerNormalization(over: numbers, epsilon: epsilon!)
        case "rmsNormalization": return RMSNormalization(over: numbers, epsilon: epsilon!)
        case "groupNormalization": return GroupNormalization(groups: groups!, epsilon: epsilon!)
        case "instanceNormalization": return InstanceNormalization(epsilon: epsilon!)
        case "layerScale": return LayerScale()
        case "maxPooling":
            return MaxPooling(kernel: extent(kernel), stride: extent(stride), padding: extent(padding?.both))
        case "averagePooling":
            return AveragePooling(kernel: extent(kernel), stride: extent(stride), padding: extent(padding?.both))
        case "globalMaxPooling": return GlobalMaxPooling()
        case "globalAveragePooling": return GlobalAveragePooling()
        case "flatten": return Flatten()
        case "embedding": return Embedding(tokens: tokens!, features: features!, padding: padding?.one)
        case "columnEmbeddings":
            return ColumnEmbeddings(positions: positions!, levels: levels!, widths: widths!)
        case "positionwiseDense": return PositionwiseDense(units: units!)
        case "meanPooling": return MeanPooling()
        case "attentionPooling": return AttentionPooling()
        case "classToken": return ClassToken()
        case "tokenSelection": return TokenSelection(position: position!)
        case "positionalEncoding": return PositionalEncoding(PositionalEncoding.Kind(rawValue: form!)!)
        case "transposition": return Transposition()
        case "patchEmbedding": return PatchEmbedding(patch: extent(patch), features: features!)
        case "attention":
            return Attention(heads: heads!, features: features, causal: causal!, rotary: rotary!)
        case "transformerBlock":
            return TransformerBlock(heads: heads!, hidden: hidden!, causal: causal!, rotary: rotary!)
        case "squeezeExcitation": return SqueezeExcitation(reduction: reduction!)
        case "transposedConvolution":
            return TransposedConvolution(
                channels: channels!, kernel: extent(kernel), stride: extent(stride), padding: extent(padding?.both),
                outputPadding: extent(outputPadding), groups: groups!, bias: bias!)
        case "upsampling": return Upsampling(scale: extent(scale), mode: .init(rawValue: mode!)!)
        case "concatenation": return Concatenation(branches!.map(\.branch))
        case "addition": return Addition(branches!.map(\.branch))
        case "residual":
            let way: Residual.Shortcut =
                if let shortcutLayers { .layers(shortcutLayers.map(\.specification)) } else {
                    shortcut == "padding" ? .padding : .identity
                }
            return Residual(branch!.map(\.specification), shortcut: way)
        default: return activation(kind)!
        }
    }

    private var numbers: FeatureScope { over.map { FeatureScope(rawValue: $0)! } ?? .sample }

    private func extent(_ sides: [Int]?) -> Extent { Extent(sides!) }
}

private struct GoldenBranch: Decodable {
    let name: String
    let layers: [GoldenLayer]

    var branch: Branch { Branch(name, layers.map(\.specification)) }
}

/// The activation of a golden file; nil where there is none of that name.
func activation(_ name: String) -> (any Activation)? {
    switch name {
    case "gelu (tanh)": return GELU(.tanh)
    case "leakyRelu 0.2": return LeakyReLU(slope: 0.2)
    case "elu 0.5": return ELU(alpha: 0.5)
    default: break
    }
    return LayerRegistry.activations.type(named: name).map { $0.init() as! any Activation }
}
