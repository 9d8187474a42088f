import NeuralNetwork
import NeuralNetworkTestSupport
import Settings

// Layers as another package brings them.

/// max(0, x) + slope · min(0, x), a slope for each channel.
struct Slope: PlainLayer {
    static let name = "slope"

    var initial = 0.25

    static let settings: [Setting<Self>] = [.init("initial", \.initial, .from(-1, through: 1), "slope at first")]

    func outputShape(input: [Int]) -> [Int] { input }

    func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [
            LayerParameter(
                "slope", shape: [place.input[0]], isDecayed: false, initialValue: .constant(Float(initial)))
        ]
    }

    func forward(_ pass: inout ForwardPass) {
        let slope = pass.parameters[0]
        let size = pass.inputShape.dropFirst().reduce(1, *)
        for index in pass.input.indices {
            let value = pass.input[index]
            pass.output[index] = value > 0 ? value : slope[index / size % slope.count] * value
        }
    }

    func backward(_ pass: inout BackwardPass) {
        let slope = pass.parameters[0]
        let size = pass.inputShape.dropFirst().reduce(1, *)
        for index in pass.input.indices {
            let (value, gradient) = (pass.input[index], pass.outputGradient[index])
            let channel = index / size % slope.count
            pass.inputGradient[index] = value > 0 ? gradient : slope[channel] * gradient
            if value <= 0 { pass.gradients[0][channel] += gradient * value }
        }
    }
}

/// A sample over the root of 1 and the sum of its squares, which the forward pass keeps.
struct UnitLength: PlainLayer {
    static let name = "unitLength"
    static let settings: [Setting<Self>] = []

    func outputShape(input: [Int]) -> [Int] { input }
    func keptCount(input: [Int]) -> Int { 1 }

    func forward(_ pass: inout ForwardPass) {
        let size = pass.input.count / pass.batch
        for sample in 0..<pass.batch {
            var sum: Float = 1
            for index in sample * size..<(sample + 1) * size { sum += pass.input[index] * pass.input[index] }
            pass.kept[sample] = sum.squareRoot()
            for index in sample * size..<(sample + 1) * size {
                pass.output[index] = pass.input[index] / pass.kept[sample]
            }
        }
    }

    func backward(_ pass: inout BackwardPass) {
        let size = pass.input.count / pass.batch
        for sample in 0..<pass.batch {
            var along: Float = 0
            for index in sample * size..<(sample + 1) * size {
                along += pass.outputGradient[index] * pass.output[index]
            }
            for index in sample * size..<(sample + 1) * size {
                pass.inputGradient[index] =
                    (pass.outputGradient[index] - along * pass.output[index]) / pass.kept[sample]
            }
        }
    }
}

/// In training each value times a random number, in evaluation itself.
struct Shaken: PlainLayer {
    static let name = "shaken"
    static let settings: [Setting<Self>] = []

    func outputShape(input: [Int]) -> [Int] { input }

    func forward(_ pass: inout ForwardPass) {
        let size = pass.input.count / pass.batch
        for index in pass.input.indices {
            let factor = pass.isTraining ? 0.5 + pass.random.uniform(index % size, ofSample: index / size) : 1
            pass.output[index] = factor * pass.input[index]
        }
    }

    func backward(_ pass: inout BackwardPass) {
        let size = pass.input.count / pass.batch
        for index in pass.input.indices {
            let factor = 0.5 + pass.random.uniform(index % size, ofSample: index / size)
            pass.inputGradient[index] = factor * pass.outputGradient[index]
        }
    }
}

/// Itself, through the plain layout; its output may be seen as another shape.
struct Untouched: PlainLayer {
    static let name = "untouched"
    static let settings: [Setting<Self>] = []

    var reshape: @Sendable ([Int]) -> [Int] = { $0 }

    static func == (one: Self, other: Self) -> Bool { true }

    func outputShape(input: [Int]) -> [Int] { reshape(input) }

    func forward(_ pass: inout ForwardPass) {
        for index in pass.input.indices { pass.output[index] = pass.input[index] }
    }

    func backward(_ pass: inout BackwardPass) {
        for index in pass.input.indices { pass.inputGradient[index] = pass.outputGradient[index] }
    }
}

/// x² · weight + bias with a mistake of choice, none by default.
struct Mistaken: PlainLayer {
    static let name = "mistaken"
    static let settings: [Setting<Self>] = []

    enum Mistake: CaseIterable {
        case none, inputFactor, noInput, lastSample, noBias, notFinite, otherSamples
    }

    var mistake = Mistake.none
    var names = ["weight", "bias"]

    func outputShape(input: [Int]) -> [Int] { input }

    func parameters(_ place: LayerPlace) -> [LayerParameter] {
        names.map {
            LayerParameter($0, shape: place.input, isDecayed: true, initialValue: .normal(standardDeviation: 1))
        }
    }

    func forward(_ pass: inout ForwardPass) {
        let (weight, bias) = (pass.parameters[0], pass.parameters[1])
        for index in pass.input.indices {
            let value = pass.input[index]
            pass.output[index] = value * value * weight[index % weight.count] + bias[index % weight.count]
            if mistake == .otherSamples { pass.output[index] += pass.input[0] }
        }
    }

    func backward(_ pass: inout BackwardPass) {
        let weight = pass.parameters[0]
        for index in pass.input.indices {
            let (value, gradient, place) = (pass.input[index], pass.outputGradient[index], index % weight.count)
            let factor: Float = mistake == .inputFactor ? 1 : 2
            if mistake != .noInput { pass.inputGradient[index] += factor * value * weight[place] * gradient }
            if mistake == .otherSamples { pass.inputGradient[0] += gradient }
            let isLast = index / weight.count == pass.batch - 1
            if mistake != .lastSample || !isLast { pass.gradients[0][place] += value * value * gradient }
            if mistake != .noBias { pass.gradients[1][place] += gradient }
            if mistake == .notFinite { pass.gradients[1][place] = .nan }
        }
    }
}
