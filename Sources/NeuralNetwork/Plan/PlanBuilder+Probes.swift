import CKernels
import OneDNN

extension PlanBuilder {
    /// Keeps what comes out of a layer that has parameters, its mean over the pixels or positions, to the end of the forward pass.
    func probe(_ layer: any Layer, _ output: FeatureMap) throws {
        guard mode == .probing, hasParameters(layer) else { return }
        let output = try outOfSampleBlocks(output, layer: layer.path)
        let isSequence = layer.givesSequence && output.shape.count == 2
        let means = tensor(try MemoryDescriptor(plain: [batch, output.shape[isSequence ? 1 : 0]]))
        let shape = isSequence ? kernels_channels(sequence: output) : kernels_channels(output)
        let label = StepLabel(layer: layer.path, pass: .forward, implementation: "pixel means", multiplyAdds: 0)
        add(label, uses: [output.tensor, means]) { addresses in
            let (from, to) = (addresses(output.tensor), addresses(means).assumingMemoryBound(to: Float.self))
            return KernelStep { kernels_pixel_means(shape, to, from) }
        }
        layerOutputs.append((layer.path, means))
    }
}

extension kernels_channels {
    /// Channels of `[N, L, E]`, plain.
    fileprivate init(sequence map: FeatureMap) {
        let (positions, features) = (Int64(map.shape[0]), Int64(map.shape[1]))
        self.init(
            samples: Int64(map.tensor.layout.shape[0]), channels: features, pixels: positions, group: 16,
            strides: kernels_strides(sample: positions * features, group: 16, pixel: features),
            isHalf: map.tensor.layout.isBFloat16 ? 1 : 0)
    }

    /// Channels of `[N, features]`, or of a map in blocks, with the channels last or plain.
    init(_ map: FeatureMap) {
        let (channels, pixels) = (map.shape[0], map.shape.dropFirst().reduce(1, *))
        let layout = map.tensor.layout
        let isPlainMap = map.shape.count > 1 && layout.isPlain
        let group = layout.isBlocked ? Processor.channelBlock : isPlainMap ? 1 : 16
        let strides =
            isPlainMap
            ? kernels_strides(sample: Int64(channels * pixels), group: Int64(pixels), pixel: 1)
            : layout.isBlocked
                ? kernels_strides(
                    sample: Int64((channels + group - 1) / group * group * pixels), group: Int64(group * pixels),
                    pixel: Int64(group))
                : kernels_strides(sample: Int64(channels * pixels), group: Int64(group), pixel: Int64(channels))
        self.init(
            samples: Int64(layout.shape[0]), channels: Int64(channels), pixels: Int64(pixels), group: Int64(group),
            strides: strides, isHalf: layout.isBFloat16 ? 1 : 0)
    }
}
