import Foundation
import NeuralNetwork

/// What a specification means, in Double and as plainly as possible: no fusing, no blocking, one sample after another.
///
/// Beside each value it carries a bound on how far a correct float32 implementation may be off, whatever the order of
/// its sums (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1: n products summed in any order are
/// within n u Σ|a b| of the truth to first order; u = 2⁻²⁴).
struct ReferenceNetwork {
    let specification: NetworkSpecification
    /// By name, as `Network.exportParameters()`.
    var parameters: [String: [Double]]
    /// By index of the dropout layer: which values are kept, `[N, features]`. Layers without one do nothing.
    var masks: [Int: [Bool]] = [:]

    struct Output {
        /// `[N, features]`.
        var values: [Double]
        /// Of |float − value|, `[N, features]`.
        var errorBound: [Double]
        /// The smallest |argument| of a ReLU: how far the parameters are from a kink.
        var kinkDistance = Double.infinity
    }

    private static let unitRoundoff = 0x1p-24
    /// oneDNN approximates tanh and the logistic function by polynomials; the error seen against PyTorch's numbers is below
    /// 3 · 2⁻²⁴.
    private static let activationError = 8 * 0x1p-24

    init(_ specification: NetworkSpecification, parameters: [Tensor]) {
        self.specification = specification
        self.parameters = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.values.map(Double.init)) })
    }

    /// The logits of `input`, `[N, features]`.
    func forward(_ input: [Double], batch: Int) -> Output {
        var flow = Output(values: input, errorBound: [Double](repeating: 0, count: input.count))
        for (index, layer) in specification.layers.enumerated() {
            switch layer {
            case .dense(let units, let bias, _):
                let weight = parameters["\(index).weight"]!
                flow = dense(
                    flow, batch: batch, weight: weight,
                    bias: bias ? parameters["\(index).bias"]! : [Double](repeating: 0, count: units))
            case .activation(let activation):
                apply(activation, to: &flow)
            case .dropout(let rate):
                if let mask = masks[index] { drop(mask, rate: rate, &flow) }
            }
        }
        return flow
    }

    /// Mean softmax cross-entropy in nats with the target (1 − ε) on the label plus ε / K on every class.
    func loss(_ input: [Double], labels: [Int32], smoothing: Double) -> Double {
        let logits = forward(input, batch: labels.count).values
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

    private func dense(_ input: Output, batch: Int, weight: [Double], bias: [Double]) -> Output {
        let (features, units) = (input.values.count / batch, bias.count)
        var output = Output(values: [], errorBound: [], kinkDistance: input.kinkDistance)
        for sample in 0..<batch {
            for unit in 0..<units {
                var (sum, magnitude, propagated) = (bias[unit], abs(bias[unit]), 0.0)
                for feature in 0..<features {
                    let product = weight[unit * features + feature] * input.values[sample * features + feature]
                    sum += product
                    magnitude += abs(product)
                    propagated +=
                        abs(weight[unit * features + feature]) * input.errorBound[sample * features + feature]
                }
                output.values.append(sum)
                // 1.001 covers the terms of second order.
                output.errorBound.append(
                    1.001 * (propagated + Double(features + 1) * Self.unitRoundoff * magnitude))
            }
        }
        return output
    }

    private func apply(_ activation: Activation, to flow: inout Output) {
        for index in flow.values.indices {
            let argument = flow.values[index]
            switch activation {
            case .relu:
                flow.kinkDistance = min(flow.kinkDistance, abs(argument))
                flow.values[index] = max(0, argument)
            case .tanh:
                flow.values[index] = tanh(argument)
                flow.errorBound[index] += Self.activationError
            case .sigmoid:
                flow.values[index] = 1 / (1 + exp(-argument))
                flow.errorBound[index] = flow.errorBound[index] / 4 + Self.activationError
            }
        }
    }

    private func drop(_ mask: [Bool], rate: Float, _ flow: inout Output) {
        // The rate is met to 2⁻¹⁶.
        let kept = 1 - (Double(rate) * 65536).rounded() / 65536
        for index in flow.values.indices {
            flow.values[index] = mask[index] ? flow.values[index] / kept : 0
            flow.errorBound[index] =
                mask[index] ? flow.errorBound[index] / kept + 2 * Self.unitRoundoff * abs(flow.values[index]) : 0
        }
    }
}
