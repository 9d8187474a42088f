import OneDNN

/// y = f(x), element by element: oneDNN's eltwise.
struct ActivationLayer: Layer {
    let path: String
    let function: ElementwiseFunction

    var summary: String { function.name }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let output = FeatureMap(
            shape: input.shape, tensor: plan.tensor(input.tensor.layout), needsGradient: input.needsGradient)
        let (source, result) = (try numbers(of: input.tensor), try numbers(of: output.tensor))
        plan.add(
            try function.passes(source.layout, engine: plan.engine).forward(),
            [(.source, source), (.destination, result)], layer: path, .forward)
        if input.needsGradient {
            plan.addBackward {
                try function.addBackward(
                    to: plan, known: function.isDerivedFromResult ? result : source,
                    resultGradient: try numbers(of: plan.gradient(of: output, layer: path)),
                    argumentGradient: try numbers(of: plan.newGradient(of: input)), layer: path)
            }
        }
        return output
    }

    /// A map in blocks of samples as a plain vector, with what fills the last block up, else itself: where blocks are not full,
    /// oneDNN has but slow code for functions that do not keep 0.
    private func numbers(of tensor: PlanTensor) throws -> PlanTensor {
        guard tensor.layout.isInSampleBlocks else { return tensor }
        return PlanTensor(number: tensor.number, layout: try MemoryDescriptor(plain: [tensor.layout.floatCount]))
    }
}
