import CDNNL

/// y = f(x), element by element: oneDNN's eltwise. The derivative is computed from y.
struct ActivationLayer: Layer {
    let path: String
    let activation: Activation

    var summary: String { activation.rawValue }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws(DNNLError) -> FeatureMap {
        let output = FeatureMap(
            shape: input.shape, tensor: plan.tensor(input.tensor.layout), needsGradient: input.needsGradient)
        plan.add(
            try activation.forward(input.tensor.layout, engine: plan.engine),
            [(CDNNL_ARG_SRC, input.tensor), (CDNNL_ARG_DST, output.tensor)], layer: path, .forward)
        if input.needsGradient {
            plan.addBackward { () throws(DNNLError) in
                try activation.addBackward(
                    to: plan, result: output.tensor, resultGradient: plan.gradient(of: output, layer: path),
                    argumentGradient: plan.newGradient(of: input), layer: path)
            }
        }
        return output
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
