import CKernels
import OneDNN

/// The maximum or the mean of each window of a map `[N, C, H, W]`, a signal or a volume: the maximum by the kernels of `CKernels`, the mean by
/// oneDNN's pooling.
struct PoolingLayer: Layer {
    let path: String
    let kind: PoolingKind
    let window: Window
    /// `[C, L′]`, `[C, H′, W′]` or `[C, D′, H′, W′]`.
    let outputShape: [Int]
    /// Whether the layer in front ends in a ReLU and leaves its derivative to this one: a maximum.
    var masksNegatives = false

    /// The most places of a window of which the largest is taken: what counts them is a byte.
    static let mostPlacesOfMaximum = 256

    var keepsPositions: Bool { false }

    var summary: String { "\(kind) pooling \(window)" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        if kind == .max, input.tensor.layout.isInSampleBlocks {
            let layout = try MemoryDescriptor(sampleBlocks: [plan.batch] + outputShape)
            let output = plan.featureMap(layout, shape: outputShape, needsGradient: input.needsGradient)
            addMaximum(to: plan, input, output)
            return output
        }
        let layout = input.tensor.layout
        let source = layout.isPlain || layout.isInSampleBlocks ? try plan.blocked(input, layer: path) : input
        // The maximum may change the layout on the way; oneDNN's mean has fast code within one kind alone.
        let sourceLayout = source.tensor.layout
        let isBlocked =
            sourceLayout.isBlocked
            && (kind == .average || outputShape[0] % Processor.channelBlock == 0)
        let output = plan.featureMap(
            isBlocked
                ? try plan.blocked(outputShape, sourceLayout.precision)
                : try plan.channelsLast(outputShape, sourceLayout.precision), shape: outputShape,
            needsGradient: source.needsGradient)
        switch kind {
        case .max: addMaximum(to: plan, source, output)
        case .average: try addAverage(to: plan, source, output)
        }
        return output
    }

    // MARK: - Maximum

    private func addMaximum(to plan: PlanBuilder, _ source: FeatureMap, _ output: FeatureMap) {
        let pooling = kernels_pooling(self, source, output)
        let winners = plan.mode == .training ? Winners(pooling) : nil
        if winners != nil { plan.keep(byteCount: Int(kernels_winner_count(pooling))) }
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (source, output) = (addresses(source.tensor), addresses(output.tensor))
            return KernelStep { kernels_max_pooling(pooling, output, winners?.places, source) }
        }
        guard source.needsGradient, let winners else { return }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = plan.newGradient(of: source)
            plan.add(label(.backward), uses: [gradient, target, output.tensor]) { addresses in
                let (gradient, target) = (addresses(gradient), addresses(target))
                let result = masksNegatives ? addresses(output.tensor) : nil
                return KernelStep {
                    kernels_max_pooling_gradient(pooling, target, winners.places, gradient, result)
                }
            }
        }
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "max pooling", multiplyAdds: 0)
    }

    // MARK: - Average

    private func addAverage(to plan: PlanBuilder, _ source: FeatureMap, _ output: FeatureMap) throws {
        let passes = AveragePoolingPasses(
            source.tensor.layout, to: output.tensor.layout, kernel: window.onGrid.kernel,
            strides: window.onGrid.stride, padding: window.onGrid.padding, engine: plan.engine,
            purpose: "average pooling \(source.shape) to \(output.shape)")
        let forward = try passes.forward()
        plan.add(
            forward, [(.source, source.tensor), (.destination, output.tensor)], layer: path, .forward)
        guard source.needsGradient else { return }
        plan.addBackward {
            let backward = try passes.backward(forward)
            plan.add(
                backward,
                [
                    (.destinationGradient, plan.gradient(of: output, layer: path)),
                    (.sourceGradient, plan.newGradient(of: source)),
                ], layer: path, .backward)
        }
    }
}

/// Which place of each window held the largest value.
private final class Winners {
    let places: UnsafeMutablePointer<UInt8>

    init(_ pooling: kernels_pooling) {
        let count = Int(kernels_winner_count(pooling))
        places = .allocate(capacity: count)
        places.initialize(repeating: 0, count: count)
    }

    deinit {
        places.deallocate()
    }
}

extension kernels_pooling {
    init(_ pooling: PoolingLayer, _ source: FeatureMap, _ output: FeatureMap) {
        // In blocks of samples, each channel of a block takes the place of a sample with 16 channels.
        let isInSampleBlocks = source.tensor.layout.isInSampleBlocks
        let block = isInSampleBlocks ? FewChannelConvolution.block : Processor.channelBlock
        let (samples, channels) = (source.tensor.layout.shape[0], source.shape[0])
        // Planes, rows and columns.
        func volume(_ sizes: some Sequence<Int>, _ missing: Int = 1) -> [Int64] {
            let sizes = sizes.map(Int64.init)
            return [Int64](repeating: Int64(missing), count: 3 - sizes.count) + sizes
        }
        let (input, result) = (volume(source.shape.dropFirst()), volume(output.shape.dropFirst()))
        let (kernel, stride) = (volume(pooling.window.kernel), volume(pooling.window.stride))
        let padding = volume(pooling.window.padding, 0)
        self.init(
            samples: Int64(isInSampleBlocks ? (samples + block - 1) / block * channels : samples),
            channels: Int64(isInSampleBlocks ? block : channels), group: Int64(block),
            input: kernels_strides(source, block: block), output: kernels_strides(output, block: block),
            inputPlanes: input[0], inputRows: input[1], inputColumns: input[2], outputPlanes: result[0],
            outputRows: result[1], outputColumns: result[2], kernelPlanes: kernel[0], kernelRows: kernel[1],
            kernelColumns: kernel[2], stridePlanes: stride[0], strideRows: stride[1], strideColumns: stride[2],
            paddingPlanes: padding[0], paddingRows: padding[1], paddingColumns: padding[2],
            isInputPadded: source.tensor.layout.isBlocked ? 1 : 0,
            isOutputPadded: output.tensor.layout.isBlocked ? 1 : 0, isHalf: source.tensor.layout.isBFloat16 ? 1 : 0)
    }
}

extension kernels_strides {
    /// Strides of a map in blocks of channels, in blocks of samples, or with the channels last.
    init(_ map: FeatureMap, block: Int) {
        let (channels, pixels) = (map.shape[0], map.shape.dropFirst().reduce(1, *))
        if map.tensor.layout.isInSampleBlocks {
            self.init(sample: Int64(block * pixels), group: Int64(block * pixels), pixel: Int64(block))
        } else if map.tensor.layout.isBlocked {
            let blocks = (channels + block - 1) / block
            self.init(
                sample: Int64(blocks * block * pixels), group: Int64(block * pixels), pixel: Int64(block))
        } else {
            self.init(sample: Int64(channels * pixels), group: Int64(block), pixel: Int64(channels))
        }
    }
}
