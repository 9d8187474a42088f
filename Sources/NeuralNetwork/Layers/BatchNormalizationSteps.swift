import CKernels
import OneDNN

extension kernels_map_shape {
    /// Shape of a map `[N, C, H, W]` or `[N, C, D, H, W]` in blocks.
    init(_ layout: MemoryDescriptor, block: Int) {
        let shape = layout.shape
        self.init(
            samples: Int64(shape[0]), blocks: Int64((shape[1] + block - 1) / block),
            pixels: Int64(shape.dropFirst(2).reduce(1, *)), block: Int32(block), isHalf: layout.isBFloat16 ? 1 : 0)
    }
}

/// What the forward and the backward step of a batch normalisation share: the statistics of the batch.
final class BatchNormalizationState {
    let specification: BatchNormalization
    let shape: kernels_map_shape
    let channels: Int
    /// True where the running statistics stay, and are what is normalized by.
    let isFrozen: Bool
    let sumOverRanks: SumOverRanks?
    /// Channels with those that fill up the last block.
    let paddedChannels: Int
    /// Values of each channel, on all ranks where synchronised.
    var count = 0.0
    /// Arrays over channels: mean, 1 / √(variance + ε), and what the kernels multiply and add.
    let mean, inverseDeviation, scale, slope, shift: UnsafeMutablePointer<Float>
    /// Two arrays over channels, and a count: what is summed over ranks.
    let sums: UnsafeMutableBufferPointer<Double>
    private let floats: AlignedBuffer

    init(
        _ specification: BatchNormalization, shape: kernels_map_shape, channels: Int, isFrozen: Bool,
        sumOverRanks: SumOverRanks?
    ) {
        self.isFrozen = isFrozen
        self.specification = specification
        self.shape = shape
        self.channels = channels
        self.sumOverRanks = sumOverRanks
        let padded = Int(shape.blocks) * Int(shape.block)
        paddedChannels = padded
        floats = AlignedBuffer(floats: 5 * padded)
        let start = floats.floats.baseAddress!
        (mean, inverseDeviation, scale) = (start, start + padded, start + 2 * padded)
        (slope, shift) = (start + 3 * padded, start + 4 * padded)
        sums = .allocate(capacity: 2 * padded + 1)
        sums.initialize(repeating: 0)
    }

    deinit {
        sums.deallocate()
    }

    var first: UnsafeMutablePointer<Double> { sums.baseAddress! }
    var second: UnsafeMutablePointer<Double> { sums.baseAddress! + paddedChannels }

    /// Statistics of `values`, of all ranks' where synchronised; without values, this rank adds nothing.
    func measure(_ values: UnsafeRawPointer?) throws {
        sums.update(repeating: 0)
        if let values {
            kernels_moments(shape, values, mean, first, second)
            count = Double(shape.samples * shape.pixels)
        } else {
            mean.update(repeating: 0, count: paddedChannels)
            count = 0
        }
        if let sumOverRanks {
            // The origins differ between ranks: sums of the values themselves, exact enough in Double.
            for channel in 0..<paddedChannels {
                let (origin, sum) = (Double(mean[channel]), first[channel])
                first[channel] = sum + count * origin
                second[channel] += 2 * origin * sum + count * origin * origin
                mean[channel] = 0
            }
            sums[2 * paddedChannels] = count
            try sumOverRanks(sums)
            count = sums[2 * paddedChannels]
        }
    }

    /// Turns the sums into mean, deviation and running statistics, and clears nothing.
    func conclude(running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)) {
        let momentum = Double(Float(specification.momentum))
        for channel in 0..<paddedChannels {
            let offset = first[channel] / count
            let average = Double(mean[channel]) + offset
            let variance = max(0, second[channel] / count - offset * offset)
            mean[channel] = Float(average)
            inverseDeviation[channel] = Float(1 / (variance + Double(Float(specification.epsilon))).squareRoot())
            guard channel < channels else { continue }
            let unbiased = count > 1 ? variance * count / (count - 1) : variance
            running.mean[channel] = Float((1 - momentum) * Double(running.mean[channel]) + momentum * average)
            running.variance[channel] = Float(
                (1 - momentum) * Double(running.variance[channel]) + momentum * unbiased)
        }
    }
}

final class NormalizationStep: PlanStep {
    private let state: BatchNormalizationState
    private let mode: ExecutionPlan.Mode
    private let values, result: UnsafeMutableRawPointer
    private let addend: UnsafeMutableRawPointer?
    private let highest: Float
    private let weight, bias: UnsafeMutablePointer<Float>
    private let running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)

    init(
        state: BatchNormalizationState, mode: ExecutionPlan.Mode, values: UnsafeMutableRawPointer,
        addend: UnsafeMutableRawPointer?, result: UnsafeMutableRawPointer, highest: Float,
        weight: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>,
        running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)
    ) {
        self.state = state
        self.mode = mode
        self.values = values
        self.addend = addend
        self.result = result
        self.highest = highest
        self.weight = weight
        self.bias = bias
        self.running = running
    }

    func run(_ position: BatchPosition) throws {
        if mode == .training {
            try state.measure(values)
            state.conclude(running: running)
        } else {
            let epsilon = Double(Float(state.specification.epsilon))
            for channel in 0..<state.channels {
                state.mean[channel] = running.mean[channel]
                state.inverseDeviation[channel] = Float(1 / (Double(running.variance[channel]) + epsilon).squareRoot())
            }
        }
        normalize()
    }

    /// By the statistics of the batch, which are still there.
    func runAgain(_ position: BatchPosition) {
        normalize()
    }

    private func normalize() {
        for channel in 0..<state.channels {
            let scale = weight[channel] * state.inverseDeviation[channel]
            state.scale[channel] = scale
            state.shift[channel] = bias[channel] - state.mean[channel] * scale
        }
        kernels_scale_shift(state.shape, result, values, addend, state.scale, state.shift, highest)
    }

    func runWithoutSamples() throws {
        guard mode == .training, state.sumOverRanks != nil else { return }
        try state.measure(nil)
        state.conclude(running: running)
    }
}

final class NormalizationGradientStep: PlanStep {
    private let state: BatchNormalizationState
    private let incoming: [UnsafeRawPointer]
    private let combined, target: UnsafeMutableRawPointer?
    private let values: UnsafeMutableRawPointer
    private let result: UnsafeRawPointer?
    private let highest: Float
    private let weight, weightGradient, biasGradient: UnsafeMutablePointer<Float>

    init(
        state: BatchNormalizationState, incoming: [UnsafeRawPointer], combined: UnsafeMutableRawPointer?,
        values: UnsafeMutableRawPointer, result: UnsafeRawPointer?, highest: Float, target: UnsafeMutableRawPointer?,
        weight: UnsafeMutablePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
        biasGradient: UnsafeMutablePointer<Float>
    ) {
        self.state = state
        self.incoming = incoming
        self.combined = combined
        self.values = values
        self.result = result
        self.highest = highest
        self.target = target
        self.weight = weight
        self.weightGradient = weightGradient
        self.biasGradient = biasGradient
    }

    func run(_ position: BatchPosition) throws {
        kernels_gradient_moments(
            state.shape, incoming[0], incoming.count > 1 ? incoming[1] : nil, result, highest, values, state.mean,
            combined, state.first, state.second)
        // The gradients of the parameters are this rank's; those of all ranks are summed with the others.
        for channel in 0..<state.channels {
            weightGradient[channel] = Float(state.second[channel] * Double(state.inverseDeviation[channel]))
            biasGradient[channel] = Float(state.first[channel])
        }
        try state.sumOverRanks?(state.sums)
        guard let target else { return }
        for channel in 0..<state.channels {
            let deviation = Double(state.inverseDeviation[channel])
            let scale = Double(weight[channel]) * deviation
            state.scale[channel] = Float(scale)
            // Statistics that do not depend on the values have no part in the gradient.
            guard !state.isFrozen else {
                (state.slope[channel], state.shift[channel]) = (0, 0)
                continue
            }
            state.slope[channel] = Float(scale * deviation * deviation * state.second[channel] / state.count)
            state.shift[channel] = Float(scale * state.first[channel] / state.count)
        }
        kernels_normalization_gradient(
            state.shape, target, combined.map { UnsafeRawPointer($0) } ?? incoming[0],
            combined == nil ? result : nil, highest, values, state.mean, state.scale, state.slope, state.shift)
    }

    func runWithoutSamples() throws {
        guard let sumOverRanks = state.sumOverRanks else { return }
        state.sums.update(repeating: 0)
        try sumOverRanks(state.sums)
    }
}
