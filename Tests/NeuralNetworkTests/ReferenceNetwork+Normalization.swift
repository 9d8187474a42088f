import NeuralNetwork

extension ReferenceNetwork {
    /// Each channel by its statistics over the batch, or by the running ones in inference.
    func batchNormalization(
        _ normalization: BatchNormalization, _ flow: inout Flow, _ mode: ExecutionPlan.Mode,
        _ path: String
    ) {
        let channels = flow.shape[0]
        let area = flow.shape.dropFirst().reduce(1, *)
        let (weight, bias) = (parameters["\(path).weight"]!, parameters["\(path).bias"]!)
        for channel in 0..<channels {
            let indices = (0..<flow.batch).flatMap { sample in
                (0..<area).map { (sample * channels + channel) * area + $0 }
            }
            let moments =
                mode == .training
                ? Moments(of: indices, in: flow)
                : Moments(
                    mean: statistics["\(path).running_mean"]![channel],
                    variance: statistics["\(path).running_var"]![channel])
            for index in indices {
                moments.normalize(
                    &flow, at: index, weight: weight[channel], bias: bias[channel], epsilon: normalization.epsilon)
            }
        }
    }

    /// Each group of each sample's channels by its own statistics.
    func groupNormalization(_ groups: Int, epsilon: Double, _ flow: inout Flow, _ path: String) {
        let (channels, area) = (flow.shape[0], flow.shape.dropFirst().reduce(1, *))
        let (weight, bias) = (parameters["\(path).weight"]!, parameters["\(path).bias"]!)
        let size = channels / groups * area
        for part in 0..<flow.batch * groups {
            let members = part * size..<(part + 1) * size
            let moments = Moments(of: Array(members), in: flow)
            for index in members {
                let channel = index / area % channels
                moments.normalize(
                    &flow, at: index, weight: weight[channel], bias: bias[channel], epsilon: epsilon)
            }
        }
    }

    /// The channels of each pixel by their own statistics.
    func pixelNormalization(isCentered: Bool, epsilon: Double, _ flow: inout Flow, _ path: String) {
        let (channels, area) = (flow.shape[0], flow.shape.dropFirst().reduce(1, *))
        let weight = parameters["\(path).weight"]!
        let bias = parameters["\(path).bias"] ?? [Double](repeating: 0, count: channels)
        for pixel in 0..<flow.batch * area {
            let members = (0..<channels).map { (pixel / area * channels + $0) * area + pixel % area }
            let moments = Moments(of: members, in: flow, isCentered: isCentered)
            for (channel, index) in members.enumerated() {
                moments.normalize(
                    &flow, at: index, weight: weight[channel], bias: bias[channel], epsilon: epsilon)
            }
        }
    }

    /// Each sample, or each position of a sequence, by the root of its mean square.
    func rootNormalization(epsilon: Double, _ flow: inout Flow, _ path: String) {
        let features = flow.shape.count == 2 ? flow.shape[1] : flow.shape.reduce(1, *)
        let weight = parameters["\(path).weight"]!
        for sample in 0..<flow.values.count / features {
            let first = sample * features
            let moments = Moments(of: Array(first..<first + features), in: flow, isCentered: false)
            for feature in 0..<features {
                moments.normalize(&flow, at: first + feature, weight: weight[feature], bias: 0, epsilon: epsilon)
            }
        }
    }

    /// Each channel by a factor.
    func scale(_ flow: inout Flow, _ factors: [Double]) {
        let area = flow.shape.dropFirst().reduce(1, *)
        for index in flow.values.indices {
            let factor = factors[index / area % factors.count]
            flow.values[index] *= factor
            flow.errorBound[index] =
                abs(factor) * flow.errorBound[index] + Self.unitRoundoff * abs(flow.values[index])
        }
    }

    /// Each sample, or each position of a sequence, by its own statistics.
    func layerNormalization(epsilon: Double, _ flow: inout Flow, _ path: String) {
        let features = flow.shape.count == 2 ? flow.shape[1] : flow.shape.reduce(1, *)
        let (weight, bias) = (parameters["\(path).weight"]!, parameters["\(path).bias"]!)
        for sample in 0..<flow.values.count / features {
            let first = sample * features
            let moments = Moments(of: Array(first..<first + features), in: flow)
            for feature in 0..<features {
                moments.normalize(
                    &flow, at: first + feature, weight: weight[feature], bias: bias[feature], epsilon: epsilon)
            }
        }
    }
}

/// Mean and variance, each with a bound on the error of computing it in float32.
private struct Moments {
    let mean, variance: Double
    private var meanError = 0.0
    private var varianceError = 0.0

    init(mean: Double, variance: Double) {
        self.mean = mean
        self.variance = variance
    }

    /// The variance as the mean square of the deviations.
    ///
    /// - Parameter isCentered: false where the mean is taken for 0.
    init(of indices: [Int], in flow: ReferenceNetwork.Flow, isCentered: Bool = true) {
        let count = Double(indices.count)
        let roundoff = ReferenceNetwork.unitRoundoff
        let mean = isCentered ? indices.reduce(0) { $0 + flow.values[$1] } / count : 0
        let magnitude = indices.reduce(0) { $0 + abs(flow.values[$1]) } / count
        let meanError =
            isCentered
            ? indices.reduce(0) { $0 + flow.errorBound[$1] } / count + (count + 1) * roundoff * magnitude : 0
        var (squares, squaresError) = (0.0, 0.0)
        for index in indices {
            let deviation = flow.values[index] - mean
            let error = flow.errorBound[index] + meanError + roundoff * abs(deviation)
            squares += deviation * deviation
            squaresError += 2 * abs(deviation) * error + error * error
        }
        self.init(mean: mean, variance: squares / count)
        self.meanError = meanError
        varianceError = squaresError / count + (count + 3) * roundoff * squares / count
    }

    /// Weight · (x − mean) / √(variance + ε) + bias, computed like that or as x times a scale plus a shift.
    func normalize(
        _ flow: inout ReferenceNetwork.Flow, at index: Int, weight: Double, bias: Double, epsilon: Double
    ) {
        let x = flow.values[index]
        let spread = variance + Double(Float(epsilon))
        let scale = weight / spread.squareRoot()
        flow.values[index] = scale * (x - mean) + bias
        let propagated =
            flow.errorBound[index] + meanError + abs(x - mean) * varianceError
            / (2 * max(spread - varianceError, .leastNormalMagnitude))
        let rounded = abs(scale) * (abs(x) + abs(mean)) + abs(bias)
        flow.errorBound[index] = 1.001 * (abs(scale) * propagated + 6 * ReferenceNetwork.unitRoundoff * rounded)
    }
}
