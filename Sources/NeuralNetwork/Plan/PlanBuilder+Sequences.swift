import CKernels
import OneDNN

/// Sequences `[L, E]` of a plan.
extension PlanBuilder {
    /// `map` `[L, E]` as `[N, L, E]` in the plain layout.
    ///
    /// - Parameter precision: nil for the network's.
    func sequence(_ map: FeatureMap, _ precision: Precision? = nil, layer: String) throws -> FeatureMap {
        let shape = [batch] + map.shape
        let plain = try vector(map, layer: layer).viewed(
            as: try MemoryDescriptor(plain: shape, options.precision), shape: map.shape)
        return try converted(
            plain, to: try MemoryDescriptor(plain: shape, precision ?? options.precision), shape: map.shape,
            layer: layer)
    }

    /// `map` `[L, E]` as rows `[N · L, E]` in the plain layout and the network's precision.
    func rows(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        let shape = [batch * map.shape[0], map.shape[1]]
        return try sequence(map, layer: layer).viewed(
            as: try MemoryDescriptor(plain: shape, options.precision), shape: map.shape)
    }

    /// Result of a kernel, float32, in the network's precision.
    func inNetworkPrecision(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        try converted(
            map, to: try map.tensor.layout.plain(options.precision), shape: map.shape, layer: layer)
    }

    /// A plain map `[N] + shape` in float32, which a kernel gives.
    func kernelResult(_ shape: [Int], needsGradient: Bool) throws -> FeatureMap {
        featureMap(try MemoryDescriptor(plain: [batch] + shape), shape: shape, needsGradient: needsGradient)
    }
}

extension FeatureMap {
    /// Rows `[N · L, E]` as the sequence `[N, L, E]`.
    func sequence(ofBatch batch: Int) throws -> FeatureMap {
        viewed(as: try MemoryDescriptor(plain: [batch] + shape, tensor.layout.precision), shape: shape)
    }
}
