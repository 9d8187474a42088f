import CKernels
import OneDNN

/// f(branch(x) + shortcut(x)). The addition and f are fused into the branch's last layer where that is a batch
/// normalisation, the addition also where it is a direct convolution.
struct ResidualLayer: FreelyActivatedLayer {
    let path: String
    var branch: [any Layer]
    let shortcut: Shortcut
    /// `[C, L]`, `[C, H, W]`, `[C, D, H, W]` or `[features]`.
    let outputShape: [Int]
    var activation: ElementwiseFunction?
    /// True where the branch ends in a batch normalisation, with nothing behind, that adds the shortcut and applies a ReLU or ReLU6.
    var addsInNormalization = false

    var keepsPositions: Bool { false }

    enum Shortcut {
        case identity
        /// Every stride-th pixel along each dimension, zeros for further channels.
        case padding(stride: Int)
        case layers([any Layer])
    }

    var summary: String {
        let way =
            switch shortcut {
            case .identity: "identity"
            case .padding: "padding"
            case .layers: "layers"
            }
        return "residual sum, shortcut \(way)"
    }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        var flow = input
        for layer in branch.dropLast() { flow = try plan.prepare(layer, input: flow) }
        let way = try prepareShortcut(in: plan, input)
        let (sum, isActivated) = try prepareSum(in: plan, flow, way)
        var result = try activated(sum, alreadyApplied: isActivated, in: plan)
        result.mask = plan.commonMask(of: [sum, way], layer: path)
        return result
    }

    /// The branch's last layer with the shortcut added, and whether the activation is in it. With the mask of the branch.
    private func prepareSum(
        in plan: PlanBuilder, _ flow: FeatureMap, _ way: FeatureMap
    ) throws -> (sum: FeatureMap, isActivated: Bool) {
        if addsInNormalization, let normalization = branch.last as? BatchNormalizationLayer {
            let result = try normalization.prepare(in: plan, input: flow, addend: way)
            try plan.note(normalization, result)
            return (plan.masked(result, behind: normalization, flow), normalization.rectifier != nil)
        }
        if let convolution = branch.last as? ConvolutionLayer, convolution.activation == nil,
            convolution.canAdd(in: plan, input: flow)
        {
            let result = try convolution.prepare(in: plan, input: flow, addend: way)
            try plan.note(convolution, result)
            return (plan.masked(result, behind: convolution, flow), false)
        }
        let result = try plan.prepare(branch.last!, input: flow)
        var sum = try self.sum(result, way, in: plan)
        sum.mask = result.mask
        return (sum, false)
    }

    private func activated(
        _ map: FeatureMap, alreadyApplied: Bool, in plan: PlanBuilder
    ) throws -> FeatureMap {
        guard let activation, !alreadyApplied else { return map }
        return try ActivationLayer(path: path, function: activation).prepare(in: plan, input: map)
    }

    private func sum(
        _ branch: FeatureMap, _ shortcut: FeatureMap, in plan: PlanBuilder
    ) throws -> FeatureMap {
        let needsGradient = branch.needsGradient || shortcut.needsGradient
        let isMap = outputShape.count > 1
        let first = isMap ? branch : try plan.vector(branch, layer: path)
        let second =
            isMap
            ? try plan.converted(shortcut, to: first.tensor.layout, shape: outputShape, layer: path)
            : try plan.vector(shortcut, layer: path)
        let output = plan.featureMap(first.tensor.layout, shape: outputShape, needsGradient: needsGradient)
        plan.addSum(first.tensor, second.tensor, into: output.tensor, layer: path, .forward)
        guard needsGradient else { return output }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            if first.needsGradient && second.needsGradient { plan.share(gradient) }
            plan.pass(gradient, to: first)
            plan.pass(gradient, to: second)
        }
        return output
    }

    private func prepareShortcut(in plan: PlanBuilder, _ input: FeatureMap) throws -> FeatureMap {
        switch shortcut {
        case .identity:
            return input
        case .layers(let layers):
            var flow = input
            for layer in layers { flow = try plan.prepare(layer, input: flow) }
            return flow
        case .padding(let stride):
            return try prepareSubsampling(in: plan, try plan.blocked(input, layer: path), stride: stride)
        }
    }

    private func prepareSubsampling(
        in plan: PlanBuilder, _ source: FeatureMap, stride: Int
    ) throws -> FeatureMap {
        let output = plan.featureMap(
            try plan.blocked(outputShape, source.tensor.layout.precision), shape: outputShape,
            needsGradient: source.needsGradient)
        let block = Processor.channelBlock
        let (from, to) = (kernels_grid(source.shape, block: block), kernels_grid(outputShape, block: block))
        let samples = Int64(plan.batch)
        let isHalf = source.tensor.layout.isBFloat16
        func label(_ pass: StepLabel.Pass) -> StepLabel {
            StepLabel(layer: "\(path).shortcut", pass: pass, implementation: "subsampling", multiplyAdds: 0)
        }
        plan.add(label(.forward), uses: [source.tensor, output.tensor]) { addresses in
            let (from_, to_) = (addresses(source.tensor), addresses(output.tensor))
            return KernelStep {
                kernels_subsample(
                    to_, from_, samples, to, from, Int64(stride), Int64(block * (isHalf ? 2 : 4)))
            }
        }
        guard source.needsGradient else { return output }
        plan.addBackward {
            let gradient = plan.gradient(of: output, layer: path)
            let target = plan.newGradient(of: source)
            let byteCount = target.layout.byteCount
            plan.add(label(.backward), uses: [gradient, target]) { addresses in
                let (gradient, target) = (addresses(gradient), addresses(target))
                return KernelStep {
                    target.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
                    kernels_add_subsampled(
                        target, gradient, samples, Int64(source.shape[0]), from, to, Int64(stride), Int32(block),
                        isHalf ? 1 : 0)
                }
            }
        }
        return output
    }
}

extension kernels_grid {
    /// Grid of a map `[C, L]`, `[C, H, W]` or `[C, D, H, W]`.
    init(_ shape: [Int], block: Int) {
        let sizes = [Int](repeating: 1, count: 4 - shape.count) + shape.dropFirst()
        self.init(
            blocks: Int64((shape[0] + block - 1) / block), planes: Int64(sizes[0]), rows: Int64(sizes[1]),
            columns: Int64(sizes[2]))
    }
}
