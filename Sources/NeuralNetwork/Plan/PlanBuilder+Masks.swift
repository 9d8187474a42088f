import CKernels
import OneDNN

/// Masks of sequences with padding.
extension PlanBuilder {
    /// Gives what a layer makes of `input` the mask of its positions, where the layer keeps them and gives no other.
    func masked(_ output: FeatureMap, behind layer: any Layer, _ input: FeatureMap) -> FeatureMap {
        var output = output
        if output.mask == nil, layer.keepsPositions { output.mask = input.mask }
        output.mask = output.maskOfPositions
        return output
    }

    /// The mask of what is made of each position of all `parts`: one that is padding in a part is padding. Nil where no part has a
    /// mask.
    func commonMask(of parts: [FeatureMap], layer: String) -> PlanTensor? {
        var masks: [PlanTensor] = []
        for mask in parts.compactMap(\.maskOfPositions) where !masks.contains(where: { $0.number == mask.number }) {
            masks.append(mask)
        }
        guard masks.count > 1 else { return masks.first }
        let (common, count) = (tensor(masks[0].layout), masks[0].layout.floatCount)
        addMask(common, of: masks, layer: layer) { sources, target in
            for place in 0..<count { target[place] = sources.allSatisfy { $0[place] != 0 } ? 1 : 0 }
        }
        return common
    }

    /// The mask of parts with their positions one behind the other. Nil where no part has one; a part without has no padding.
    func joinedMask(of parts: [FeatureMap], layer: String) throws -> PlanTensor? {
        let masks = parts.map(\.maskOfPositions)
        guard masks.contains(where: { $0 != nil }) else { return nil }
        let (lengths, batch) = (parts.map { $0.shape[0] }, self.batch)
        let total = lengths.reduce(0, +)
        let joined = tensor(try MemoryDescriptor(plain: [batch, total]))
        addMask(joined, of: masks.compactMap(\.self), layer: layer) { sources, target in
            var (start, source) = (0, 0)
            for (mask, length) in zip(masks, lengths) {
                for sample in 0..<batch {
                    let row = target + sample * total + start
                    if mask == nil {
                        row.update(repeating: 1, count: length)
                    } else {
                        row.update(from: sources[source] + sample * length, count: length)
                    }
                }
                start += length
                if mask != nil { source += 1 }
            }
        }
        return joined
    }

    private func addMask(
        _ target: PlanTensor, of masks: [PlanTensor], layer: String,
        run: @escaping ([UnsafeMutablePointer<Float>], UnsafeMutablePointer<Float>) -> Void
    ) {
        let label = StepLabel(layer: layer, pass: .forward, implementation: "mask", multiplyAdds: 0)
        add(label, uses: masks + [target]) { addresses in
            let (sources, target) = (masks.map { $0.floats(addresses) }, target.floats(addresses))
            return KernelStep { run(sources, target) }
        }
    }
}

extension FeatureMap {
    /// The mask where it is of these positions; nil where the map is no sequence, or another one.
    fileprivate var maskOfPositions: PlanTensor? {
        shape.count == 2 && mask?.layout.shape[1] == shape[0] ? mask : nil
    }
}
