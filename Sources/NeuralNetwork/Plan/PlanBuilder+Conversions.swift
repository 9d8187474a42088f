import OneDNN

/// Conversions between the layouts of maps.
extension PlanBuilder {
    /// `map` in another layout, and its gradient back. Where the dimensions differ, as those of a signal and of a map of one row
    /// do, it passes through the plain layout, which is the same memory in either.
    func converted(
        _ map: FeatureMap, to layout: MemoryDescriptor, shape: [Int], layer: String
    ) throws -> FeatureMap {
        if map.tensor.layout == layout { return map.viewed(as: shape) }
        guard map.tensor.layout.shape.count == layout.shape.count else {
            let plain =
                map.tensor.layout.isPlain
                ? map
                : try converted(
                    map, to: try map.tensor.layout.plain(layout.precision), shape: map.shape, layer: layer)
            let seen = try MemoryDescriptor(plain: layout.shape, plain.tensor.layout.precision)
            return try converted(plain.viewed(as: seen, shape: shape), to: layout, shape: shape, layer: layer)
        }
        let result = FeatureMap(
            shape: shape, tensor: try reordered(map.tensor, to: layout, layer: layer), needsGradient: map.needsGradient,
            mask: map.mask)
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

    /// `map` with the dimensions that it is computed in, where it is plain: a signal `[N, C, L]` as `[N, C, 1, L]`.
    func onGrid(_ map: FeatureMap) throws -> FeatureMap {
        let shape = [batch] + FeatureMap.grid(of: map.shape)
        guard map.tensor.layout.shape.count != shape.count, map.tensor.layout.isPlain else { return map }
        return map.viewed(as: try MemoryDescriptor(plain: shape, map.tensor.layout.precision), shape: map.shape)
    }

    /// `map` in blocks of channels; features become channels of one pixel.
    func blocked(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        let shape = map.shape.count > 1 ? map.shape : [map.featureCount, 1, 1]
        let layout = try blocked(shape)
        if map.tensor.layout == layout { return map.viewed(as: shape) }
        var source = map
        if map.shape.count == 1 {
            source = try vector(map, layer: layer).viewed(
                as: try MemoryDescriptor(plain: [batch] + shape, options.precision),
                shape: shape)
        }
        return try converted(source, to: layout, shape: shape, layer: layer)
    }

    /// `map` as `[N, C, pixels, 1]` in blocks of channels, whatever its dimensions behind the channels; `[N, C, H, W]` as it is.
    func channelBlocks(_ map: FeatureMap, layer: String) throws -> FeatureMap {
        guard ![1, 3].contains(map.shape.count) else { return try blocked(map, layer: layer) }
        let shape = [map.shape[0], map.featureCount / map.shape[0], 1]
        return try converted(
            try plain(map, shape: shape, layer: layer), to: try blocked(shape), shape: shape, layer: layer)
    }

    /// What a layer made of ``channelBlocks(_:layer:)`` in the shape of the map.
    func outOfChannelBlocks(_ map: FeatureMap, shape: [Int], layer: String) throws -> FeatureMap {
        guard ![1, 3].contains(shape.count) else { return map.viewed(as: shape) }
        return try plain(map, shape: shape, layer: layer)
    }

    /// `map` as `[N] + shape` in the plain layout.
    func plain(_ map: FeatureMap, shape: [Int], layer: String) throws -> FeatureMap {
        try vector(map, layer: layer).viewed(
            as: try MemoryDescriptor(plain: [batch] + shape, options.precision), shape: shape)
    }
}
