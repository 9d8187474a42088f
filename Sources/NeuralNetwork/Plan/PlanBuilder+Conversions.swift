import OneDNN

/// Conversions between the layouts of maps.
extension PlanBuilder {
    /// `map` in another layout of the same dimensions, and its gradient back.
    func converted(
        _ map: FeatureMap, to layout: MemoryDescriptor, shape: [Int], layer: String
    ) throws -> FeatureMap {
        if map.tensor.layout == layout { return map.viewed(as: shape) }
        let result = FeatureMap(
            shape: shape, tensor: try reordered(map.tensor, to: layout, layer: layer), needsGradient: map.needsGradient)
        guard map.needsGradient else { return result }
        addBackward {
            let gradient = self.gradient(of: result, layer: layer)
            try self.reorder(gradient, into: self.newGradient(of: map), layer: layer)
        }
        return result
    }

    /// `map` in the plain layout where its samples lie in blocks, else itself.
    func outOfSampleBlocks(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        guard map.tensor.layout.isInSampleBlocks else { return map }
        return try converted(map, to: try map.tensor.layout.plain(options.precision), shape: map.shape, layer: layer)
    }

    /// `map` as `[N, features]` in the plain layout.
    func vector(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        let plain = try converted(
            map, to: try map.tensor.layout.plain(options.precision), shape: map.shape, layer: layer)
        return plain.viewed(
            as: try MemoryDescriptor(plain: [batch, map.featureCount], options.precision),
            shape: [map.featureCount])
    }

    /// `map` as `[N, C, H, W]` in blocks of channels; features become channels of one pixel.
    func blocked(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        let shape = map.shape.count == 3 ? map.shape : [map.featureCount, 1, 1]
        let layout = try blocked(shape)
        if map.tensor.layout == layout { return map.viewed(as: shape) }
        var source = map
        if map.shape.count != 3 {
            source = try vector(map, layer: layer).viewed(
                as: try MemoryDescriptor(plain: [batch] + shape, options.precision),
                shape: shape)
        }
        return try converted(source, to: layout, shape: shape, layer: layer)
    }
}
