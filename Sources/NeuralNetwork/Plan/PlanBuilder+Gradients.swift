import CKernels
import OneDNN

extension PlanBuilder {
    /// Registers what a layer adds to the backward pass; run after the whole forward pass is prepared, from the last
    /// layer to the first, when all gradients that reach the layer's result are known.
    func addBackward(_ prepare: @escaping () throws -> Void) {
        if mode == .training { backwardOfLayers.append(prepare) }
    }

    /// A new tensor for the gradient of `map`, in the map's layout, which the caller's operation fills.
    func newGradient(of map: FeatureMap) -> PlanTensor {
        let gradient = tensor(map.tensor.layout)
        gradients[map.tensor.number, default: []].append(gradient)
        return gradient
    }

    /// Adds a gradient that is there already to those of `map`.
    func pass(_ gradient: PlanTensor, to map: FeatureMap) {
        guard map.needsGradient else { return }
        gradients[map.tensor.number, default: []].append(gradient)
    }

    /// Marks a gradient that reaches more than one map.
    func share(_ gradient: PlanTensor) {
        shared.insert(gradient.number)
    }

    func isShared(_ gradient: PlanTensor) -> Bool {
        shared.contains(gradient.number)
    }

    /// The gradients whose sum is that of `map`, one or two of them, in the map's layout.
    func addends(of map: FeatureMap, layer: String) -> [PlanTensor] {
        var found = (gradients[map.tensor.number] ?? []).map {
            PlanTensor(number: $0.number, layout: map.tensor.layout)
        }
        while found.count > 2 { found = [added(found[0], found[1], layer: layer)] + found.dropFirst(2) }
        precondition(!found.isEmpty, "no gradient reaches the result of layer \(layer)")
        return found
    }

    /// The gradient of `map`, summed.
    func gradient(of map: FeatureMap, layer: String) -> PlanTensor {
        let found = addends(of: map, layer: layer)
        return found.count == 1 ? found[0] : added(found[0], found[1], layer: layer)
    }

    private func added(_ first: PlanTensor, _ second: PlanTensor, layer: String) -> PlanTensor {
        let target = !isShared(first) ? first : !isShared(second) ? second : tensor(first.layout)
        addSum(first, second, into: target, layer: layer, .backward)
        return target
    }

    /// target = first + second, all in one layout.
    func addSum(
        _ first: PlanTensor, _ second: PlanTensor, into target: PlanTensor, layer: String, _ pass: StepLabel.Pass
    ) {
        let isHalf = first.layout.isBFloat16
        let count = first.layout.byteCount / (isHalf ? 2 : 4)
        add(
            StepLabel(layer: layer, pass: pass, implementation: "add", multiplyAdds: 0), uses: [first, second, target]
        ) { addresses in
            let (a, b, sum) = (addresses(first), addresses(second), addresses(target))
            return KernelStep { kernels_add(sum, a, b, Int64(count), isHalf ? 1 : 0) }
        }
    }
}
