import CDNNL

/// y = f(x), element by element: oneDNN's eltwise. The derivative is computed from y.
struct ActivationLayer: Layer {
    let name: String
    let activation: Activation

    func outputShape(input: [Int]) -> [Int] {
        input
    }

    func parameters(input: [Int], batch: Int, engine: DNNLEngine) throws(DNNLError) -> [ParameterDeclaration] {
        []
    }

    func prepare(
        in plan: PlanBuilder, input: FeatureMap, parameters: [BoundParameter]
    ) throws(DNNLError) -> FeatureMap {
        let output = plan.featureMap(shape: input.shape)
        let descriptor = try MemoryDescriptor(plain: [plan.batch, input.featureCount])
        try plan.addForward(
            try forward(descriptor, engine: plan.engine),
            [(CDNNL_ARG_SRC, descriptor, input.values), (CDNNL_ARG_DST, descriptor, output.values)],
            purpose: "\(name) forward")
        if let outputGradient = output.gradient, let inputGradient = input.gradient {
            try addBackward(
                to: plan, result: output.values, resultGradient: outputGradient, argumentGradient: inputGradient,
                descriptor: descriptor)
        }
        return output
    }

    /// Adds dx = f′ · dy to the backward pass; `argumentGradient` may be `resultGradient`.
    func addBackward(
        to plan: PlanBuilder, result: UnsafeMutablePointer<Float>, resultGradient: UnsafeMutablePointer<Float>,
        argumentGradient: UnsafeMutablePointer<Float>, descriptor: MemoryDescriptor
    ) throws(DNNLError) {
        var operation = dnnl_eltwise_desc_t()
        try check(
            withUnsafePointer(to: descriptor.raw) {
                dnnl_eltwise_backward_desc_init(&operation, activation.algorithmFromResult, $0, $0, 0, 0)
            }, "describe the backward pass of \(activation)")
        let backward = try PrimitiveDescriptor(
            operation, engine: plan.engine, forward: try forward(descriptor, engine: plan.engine),
            purpose: "the backward pass of \(activation)")
        try plan.addBackward(
            backward,
            [
                (CDNNL_ARG_DST, descriptor, result), (CDNNL_ARG_DIFF_DST, descriptor, resultGradient),
                (CDNNL_ARG_DIFF_SRC, descriptor, argumentGradient),
            ], purpose: "\(name) backward \(activation)")
    }

    private func forward(_ descriptor: MemoryDescriptor, engine: DNNLEngine) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_eltwise_desc_t()
        try check(
            withUnsafePointer(to: descriptor.raw) {
                dnnl_eltwise_forward_desc_init(
                    &operation, dnnl_forward_training, activation.algorithmFromResult, $0, 0, 0)
            }, "describe \(activation)")
        return try PrimitiveDescriptor(operation, engine: engine, purpose: "\(activation)")
    }
}
