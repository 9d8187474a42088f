import CDNNL

/// y = f(x), element by element: oneDNN's eltwise. The derivative is computed from y.
struct ActivationLayer: Layer {
    let path: String
    let activation: Activation

    var summary: String { activation.rawValue }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws(DNNLError) -> FeatureMap {
        let output = FeatureMap(
            shape: input.shape, tensor: plan.tensor(input.tensor.layout), needsGradient: input.needsGradient)
        let (source, result) = (try numbers(of: input.tensor), try numbers(of: output.tensor))
        plan.add(
            try activation.forward(source.layout, engine: plan.engine),
            [(CDNNL_ARG_SRC, source), (CDNNL_ARG_DST, result)], layer: path, .forward)
        if input.needsGradient {
            plan.addBackward { () throws(DNNLError) in
                try activation.addBackward(
                    to: plan, result: result, resultGradient: try numbers(of: plan.gradient(of: output, layer: path)),
                    argumentGradient: try numbers(of: plan.newGradient(of: input)), layer: path)
            }
        }
        return output
    }

    /// A map in blocks of samples as a plain vector, with what fills the last block up, else itself: where blocks are not full,
    /// oneDNN has but slow code for functions that do not keep 0.
    private func numbers(of tensor: PlanTensor) throws(DNNLError) -> PlanTensor {
        guard tensor.layout.isInSampleBlocks else { return tensor }
        return PlanTensor(number: tensor.number, layout: try MemoryDescriptor(plain: [tensor.layout.floatCount]))
    }
}

extension Activation {
    /// Adds dx = f′ · dy to the backward pass; `argumentGradient` may be `resultGradient`.
    func addBackward(
        to plan: PlanBuilder, result: PlanTensor, resultGradient: PlanTensor, argumentGradient: PlanTensor,
        layer: String
    ) throws(DNNLError) {
        var operation = dnnl_eltwise_desc_t()
        try check(
            withUnsafePointer(to: result.layout.raw) {
                dnnl_eltwise_backward_desc_init(&operation, algorithmFromResult, $0, $0, 0, 0)
            }, "describe the backward pass of \(self)")
        let backward = try PrimitiveDescriptor(
            operation, engine: plan.engine, forward: try forward(result.layout, engine: plan.engine),
            purpose: "the backward pass of \(self)")
        plan.add(
            backward,
            [
                (CDNNL_ARG_DST, result), (CDNNL_ARG_DIFF_DST, resultGradient),
                (CDNNL_ARG_DIFF_SRC, argumentGradient),
            ], layer: layer, .backward)
    }

    fileprivate func forward(
        _ layout: MemoryDescriptor, engine: DNNLEngine
    ) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_eltwise_desc_t()
        try check(
            withUnsafePointer(to: layout.raw) {
                dnnl_eltwise_forward_desc_init(&operation, dnnl_forward_training, algorithmFromResult, $0, 0, 0)
            }, "describe \(self)")
        return try PrimitiveDescriptor(operation, engine: engine, purpose: "\(self)")
    }
}
