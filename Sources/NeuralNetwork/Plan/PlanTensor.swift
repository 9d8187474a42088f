import OneDNN

/// A tensor of a plan. Where it lies is decided when all operations are known.
struct PlanTensor {
    let number: Int
    let layout: MemoryDescriptor
}

/// What flows between two layers for one batch.
struct FeatureMap {
    /// Shape of one sample: `[C, L]`, `[C, H, W]`, `[C, D, H, W]`, `[features]`, or `[L, E]` of a sequence.
    let shape: [Int]
    /// `[N, C, H, W]`, of signals `[N, C, 1, L]`, of volumes `[N, C, D, H, W]`: in blocks of channels or of samples or with the
    /// channels last; plain `[N] + shape`, as sequences are; or the memory
    /// of one seen as the other. In the network's precision, but for those in blocks of samples and what
    /// its user reads and writes, which are float32.
    let tensor: PlanTensor
    /// False where nobody needs it: at the input of the network and in inference.
    let needsGradient: Bool
    /// Mask of a sequence with padding: `[N, L]`, plain float32, 1 where there is a token and 0 at padding. Stays with the
    /// positions, as ``PlanBuilder/prepare(_:input:)`` has it.
    var mask: PlanTensor?

    var featureCount: Int { shape.reduce(1, *) }

    /// The same memory as samples of another shape.
    func viewed(as shape: [Int]) -> FeatureMap {
        FeatureMap(shape: shape, tensor: tensor, needsGradient: needsGradient, mask: mask)
    }

    /// The same memory in another description of its layout.
    func viewed(as layout: MemoryDescriptor, shape: [Int]) -> FeatureMap {
        FeatureMap(
            shape: shape, tensor: PlanTensor(number: tensor.number, layout: layout), needsGradient: needsGradient,
            mask: mask)
    }
}

/// A parameter tensor of a layer: value and gradient lie in the arenas.
struct ParameterTensors {
    let value, gradient: PlanTensor

    /// Requires, for kernels that read one layout alone, that the parameter was declared in it, as it is where every plan
    /// chooses them.
    func requireLayout(_ layout: MemoryDescriptor, layer: String) {
        precondition(
            value.layout == layout,
            "layer \(layer) was declared with weights \(value.layout.layoutName), not \(layout.layoutName)")
    }
}
