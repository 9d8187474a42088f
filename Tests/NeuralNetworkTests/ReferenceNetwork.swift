import Foundation
import NeuralNetwork

/// What a specification means, in Double and as plainly as possible: no fusing, no blocking, one sample after another.
///
/// Beside each value it carries a bound on how far a correct float32 implementation may be off, whatever the order of
/// its sums (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1: n products summed in any order are
/// within n u Σ|a b| of the truth to first order; u = 2⁻²⁴). Winograd's convolutions are not within it.
struct ReferenceNetwork {
    let specification: NetworkSpecification
    /// By name, as `Network.exportParameters()`.
    var parameters: [String: [Double]]
    /// By name, as `Network.exportStatistics()`; for inference.
    var statistics: [String: [Double]]
    /// By path of the dropout layer, "2" or "1.branch.2": which values are kept in training, `[N]` + shape. Layers without
    /// one do nothing.
    var masks: [String: [Bool]] = [:]

    /// A batch on its way through the network.
    struct Flow {
        /// Shape of one sample.
        var shape: [Int]
        /// `[N]` + `shape`.
        var values: [Double]
        /// Bound of |float − value|, `[N]` + `shape`.
        var errorBound: [Double]
        /// The smallest |argument| of a ReLU and the smallest lead of a maximum: how far the parameters are from a kink.
        var kinkDistance = Double.infinity
        /// Mask of a sequence with padding, `[N, L]`: true where there is a token.
        var isToken: [Bool]?

        var batch: Int { values.count / shape.reduce(1, *) }
    }

    static let unitRoundoff = 0x1p-24
    /// oneDNN approximates tanh and the logistic function by polynomials; the error seen against PyTorch's numbers is below
    /// 3 · 2⁻²⁴.
    private static let activationError = 8 * 0x1p-24

    init(_ specification: NetworkSpecification, parameters: [Tensor], statistics: [Tensor] = []) {
        func byName(_ tensors: [Tensor]) -> [String: [Double]] {
            Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values.map(Double.init)) })
        }
        self.specification = specification
        self.parameters = byName(parameters)
        self.statistics = byName(statistics)
    }

    /// What comes out for `input`, `[N]` + the input's shape.
    func forward(_ input: [Double], mode: ExecutionPlan.Mode) -> Flow {
        let flow = Flow(
            shape: specification.inputShape, values: input, errorBound: [Double](repeating: 0, count: input.count))
        return run(specification.layers, flow, mode, prefix: "")
    }

    /// Mean softmax cross-entropy in nats with the target (1 − ε) on the label plus ε / K on every class.
    func loss(_ input: [Double], labels: [Int32], smoothing: Double) -> Double {
        let logits = forward(input, mode: .training).values
        let classes = logits.count / labels.count
        var total = 0.0
        for (sample, label) in labels.enumerated() {
            let row = logits[sample * classes..<(sample + 1) * classes]
            let largest = row.max()!
            let logSum = largest + log(row.reduce(0) { $0 + exp($1 - largest) })
            for (k, logit) in row.enumerated() {
                let target = (k == Int(label) ? 1 - smoothing : 0) + smoothing / Double(classes)
                total += target * (logSum - logit)
            }
        }
        return total / Double(labels.count)
    }

    func run(
        _ layers: [any LayerSpecification], _ input: Flow, _ mode: ExecutionPlan.Mode, prefix: String,
        names: String? = nil
    ) -> Flow {
        var flow = input
        for (path, layer) in NetworkSpecification.listed(layers, prefix: prefix, names: names) {
            switch layer {
            case let layer as Dense where layer.over == .channels:
                flow = convolution(Convolution(channels: layer.units, kernel: 1, bias: layer.bias), flow, path)
            case let layer as AdaptiveAveragePooling: flow = adaptiveAverage(layer.size, flow)
            case let layer as Dense:
                flow = dense(
                    flow, weight: parameters["\(path).weight"]!,
                    bias: layer.bias ? parameters["\(path).bias"]! : [Double](repeating: 0, count: layer.units))
            case let layer as Convolution: flow = convolution(layer, flow, path)
            case let layer as BatchNormalization: batchNormalization(layer, &flow, mode, path)
            case let layer as LayerNormalization where layer.over == .channels:
                pixelNormalization(isCentered: true, epsilon: layer.epsilon, &flow, path)
            case let layer as LayerNormalization: layerNormalization(epsilon: layer.epsilon, &flow, path)
            case let layer as RMSNormalization where layer.over == .channels:
                pixelNormalization(isCentered: false, epsilon: layer.epsilon, &flow, path)
            case let layer as RMSNormalization: rootNormalization(epsilon: layer.epsilon, &flow, path)
            case let layer as GroupNormalization:
                groupNormalization(layer.groups, epsilon: layer.epsilon, &flow, path)
            case let layer as InstanceNormalization:
                groupNormalization(flow.shape[0], epsilon: layer.epsilon, &flow, path)
            case is LayerScale: scale(&flow, parameters[LayerParameter.name("layer_scale", at: path)]!)
            case let layer as any Activation: apply(layer, to: &flow)
            case let layer as MaxPooling:
                flow = pooling(isMaximum: true, layer.kernel, layer.stride, layer.padding, flow)
            case let layer as AveragePooling:
                flow = pooling(isMaximum: false, layer.kernel, layer.stride, layer.padding, flow)
            case is GlobalAveragePooling:
                let whole = Extent(Array(flow.shape.dropFirst()))
                flow = pooling(isMaximum: false, whole, whole, 0, flow)
            case is GlobalMaxPooling:
                let whole = Extent(Array(flow.shape.dropFirst()))
                flow = pooling(isMaximum: true, whole, whole, 0, flow)
            case is Flatten: flow.shape = [flow.shape.reduce(1, *)]
            case let layer as Dropout:
                if mode == .training, let mask = masks[path] { drop(mask, rate: layer.rate, &flow) }
            case let layer as StochasticDepth:
                if mode == .training, let mask = masks[path] { keep(mask, 1 - Double(Float(layer.rate)), &flow) }
            case let layer as Residual: flow = residual(layer, flow, mode, path)
            case let layer as TransposedConvolution: flow = transposed(layer, flow, path)
            case is SqueezeExcitation: flow = squeezed(flow, path)
            case let layer as Upsampling: flow = upsampled(layer, flow)
            case let layer as any BranchedLayer: flow = branches(layer, flow, mode, path)
            default: flow = onSequence(layer, flow, mode, path)
            }
        }
        return flow
    }

    private func squeezed(_ input: Flow, _ path: String) -> Flow {
        let area = input.shape.dropFirst().reduce(1, *)
        var flow = pooling(isMaximum: false, Extent(Array(input.shape.dropFirst())), 1, 0, input)
        func dense(_ name: String, _ activation: any Activation) {
            flow = self.dense(
                flow, weight: parameters["\(path).\(name)_weight"]!, bias: parameters["\(path).\(name)_bias"]!)
            apply(activation, to: &flow)
        }
        dense("reduce", ReLU())
        dense("expand", Sigmoid())
        var output = input
        output.kinkDistance = flow.kinkDistance
        for index in output.values.indices {
            let (scale, bound) = (flow.values[index / area], flow.errorBound[index / area])
            output.errorBound[index] =
                output.errorBound[index] * scale + abs(output.values[index]) * (bound + Self.unitRoundoff)
            output.values[index] *= scale
        }
        return output
    }

    func dense(_ input: Flow, weight: [Double], bias: [Double]) -> Flow {
        let (features, units) = (input.shape.reduce(1, *), bias.count)
        var output = Flow(shape: [units], values: [], errorBound: [], kinkDistance: input.kinkDistance)
        for sample in 0..<input.batch {
            for unit in 0..<units {
                var sum = BoundedSum(startingAt: bias[unit])
                for feature in 0..<features {
                    sum.add(weight[unit * features + feature], input, at: sample * features + feature)
                }
                output.append(sum)
            }
        }
        return output
    }

    private func apply(_ activation: any Activation, to flow: inout Flow) {
        for index in flow.values.indices {
            let argument = flow.values[index]
            switch activation {
            case is ReLU:
                flow.kinkDistance = min(flow.kinkDistance, abs(argument))
                flow.values[index] = max(0, argument)
            case is Tanh:
                flow.values[index] = tanh(argument)
                flow.errorBound[index] += Self.activationError
            case is Sigmoid:
                flow.values[index] = 1 / (1 + exp(-argument))
                flow.errorBound[index] = flow.errorBound[index] / 4 + Self.activationError
            case let gelu as GELU:
                flow.values[index] = argument * (gelu.form == .erf ? normal(argument) : approximateNormal(argument))
                // The slope is below 1.13; oneDNN's erf is off by 1.5e-7.
                flow.errorBound[index] = 1.13 * flow.errorBound[index] + (1 + abs(argument)) * Self.activationError
            case is SiLU:
                flow.values[index] = argument / (1 + exp(-argument))
                // The slope is below 1.1.
                flow.errorBound[index] = 1.1 * flow.errorBound[index] + (1 + abs(argument)) * Self.activationError
            case let leaky as LeakyReLU:
                flow.kinkDistance = min(flow.kinkDistance, abs(argument))
                flow.values[index] = argument > 0 ? argument : Double(Float(leaky.slope)) * argument
                flow.errorBound[index] += Self.unitRoundoff * abs(argument)
            case let elu as ELU:
                flow.kinkDistance = min(flow.kinkDistance, abs(argument))
                flow.values[index] = argument > 0 ? argument : elu.alpha * (exp(argument) - 1)
                flow.errorBound[index] += Self.activationError
            case is HardSwish:
                flow.kinkDistance = min(flow.kinkDistance, abs(abs(argument) - 3))
                flow.values[index] = argument * min(max(argument + 3, 0), 6) / 6
                // The slope is at most 1.5.
                flow.errorBound[index] = 1.5 * flow.errorBound[index] + 4 * Self.unitRoundoff * abs(argument)
            case is Softplus:
                flow.values[index] = max(argument, 0) + log1p(exp(-abs(argument)))
                flow.errorBound[index] += (1 + abs(argument)) * Self.activationError
            case is ReLU6:
                flow.kinkDistance = min(flow.kinkDistance, abs(argument), abs(argument - 6))
                flow.values[index] = min(max(0, argument), 6)
            default: preconditionFailure("no reference for \(activation)")
            }
        }
    }

    /// The normal distribution's function.
    private func normal(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }

    private func approximateNormal(_ x: Double) -> Double {
        (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    }

    private func drop(_ mask: [Bool], rate: Double, _ flow: inout Flow) {
        // The rate is met to 2⁻¹⁶.
        keep(mask, 1 - (Double(Float(rate)) * 65536).rounded() / 65536, &flow)
    }

    /// - Parameter kept: the share of values that are kept.
    private func keep(_ mask: [Bool], _ kept: Double, _ flow: inout Flow) {
        for index in flow.values.indices {
            flow.values[index] = mask[index] ? flow.values[index] / kept : 0
            flow.errorBound[index] =
                mask[index] ? flow.errorBound[index] / kept + 2 * Self.unitRoundoff * abs(flow.values[index]) : 0
        }
    }
}

/// A sum of products with what bounds the error of computing it in float32, in any order.
struct BoundedSum {
    private(set) var value: Double
    private var magnitude: Double
    private var propagated = 0.0
    private var terms = 1

    init(startingAt value: Double) {
        self.value = value
        magnitude = abs(value)
    }

    mutating func add(_ factor: Double, _ input: ReferenceNetwork.Flow, at index: Int) {
        let product = factor * input.values[index]
        value += product
        magnitude += abs(product)
        propagated += abs(factor) * input.errorBound[index]
        terms += 1
    }

    /// 1.001 covers the terms of second order.
    var errorBound: Double {
        1.001 * (propagated + Double(terms) * ReferenceNetwork.unitRoundoff * magnitude)
    }
}

extension ReferenceNetwork.Flow {
    mutating func append(_ sum: BoundedSum) {
        values.append(sum.value)
        errorBound.append(sum.errorBound)
    }
}
