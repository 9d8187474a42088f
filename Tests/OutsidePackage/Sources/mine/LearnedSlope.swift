import Entrain

/// max(0, x) + slope · min(0, x) with a slope that is learned for each channel (K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015).
struct LearnedSlope: PlainLayer {
    static let name = "learnedSlope"

    var initial = 0.25

    static let settings: [Setting<Self>] = [
        Setting("initial", \.initial, .from(-1, through: 1), "slope before training").asShortForm
    ]

    func outputShape(input: [Int]) -> [Int] { input }

    func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [
            LayerParameter(
                "slope", shape: [place.input[0]], isDecayed: false, initialValue: .constant(Float(initial)))
        ]
    }

    func forward(_ pass: inout ForwardPass) {
        let slope = pass.parameters[0]
        let pixels = pass.inputShape.dropFirst().reduce(1, *)
        for index in pass.input.indices {
            let value = pass.input[index]
            pass.output[index] = value > 0 ? value : slope[index / pixels % slope.count] * value
        }
    }

    func backward(_ pass: inout BackwardPass) {
        let slope = pass.parameters[0]
        let pixels = pass.inputShape.dropFirst().reduce(1, *)
        for index in pass.input.indices {
            let (value, gradient, channel) = (
                pass.input[index], pass.outputGradient[index], index / pixels % slope.count
            )
            pass.inputGradient[index] = value > 0 ? gradient : slope[channel] * gradient
            if value <= 0 { pass.gradients[0][channel] += value * gradient }
        }
    }
}
