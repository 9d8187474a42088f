import CDNNL

/// y = f(x Wᵀ + b) for x `[N, features]`, W `[units, features]`, b `[units]`: oneDNN's inner product, with the activation
/// f, if any, fused as a post-op.
struct DenseLayer: Layer {
    let name: String
    let units: Int
    let hasBias: Bool
    let initializer: Initializer
    let activation: Activation?

    func outputShape(input: [Int]) -> [Int] {
        [units]
    }

    func parameters(input: [Int], batch: Int, engine: DNNLEngine) throws(DNNLError) -> [ParameterDeclaration] {
        let features = input.reduce(1, *)
        let shapes = try Shapes(batch: batch, features: features, units: units, weight: nil, hasBias: hasBias)
        // Weight, its gradient and its use in the backward pass have this one layout, so that nothing is reordered in a
        // step. Measured with oneDNN 2.6 on AVX-512, it is also what both backward passes choose when left free.
        let forward = try shapes.forward(engine: engine, activation: activation)
        var declarations = [
            ParameterDeclaration(
                name: "\(name).weight", shape: [units, features],
                descriptor: forward.descriptor(dnnl_query_weights_md), isDecayed: true, initializer: initializer)
        ]
        if hasBias {
            declarations.append(
                ParameterDeclaration(
                    name: "\(name).bias", shape: [units], descriptor: try MemoryDescriptor(plain: [units]),
                    isDecayed: false, initializer: nil))
        }
        return declarations
    }

    func prepare(
        in plan: PlanBuilder, input: FeatureMap, parameters: [BoundParameter]
    ) throws(DNNLError) -> FeatureMap {
        let weight = parameters[0]
        let bias = hasBias ? parameters[1] : nil
        let shapes = try Shapes(
            batch: plan.batch, features: input.featureCount, units: units, weight: weight.descriptor, hasBias: hasBias)
        let output = plan.featureMap(shape: [units])

        let forward = try shapes.forward(engine: plan.engine, activation: activation)
        var arguments: [PlanBuilder.Argument] = [
            (CDNNL_ARG_SRC, shapes.source, input.values),
            (CDNNL_ARG_WEIGHTS, weight.descriptor, weight.value),
            (CDNNL_ARG_DST, shapes.destination, output.values),
        ]
        if let bias { arguments.append((CDNNL_ARG_BIAS, bias.descriptor, bias.value)) }
        try plan.addForward(forward, arguments, purpose: "\(name) forward \(shapes)")

        guard let outputGradient = output.gradient else { return output }
        if let inputGradient = input.gradient {
            let backward = try shapes.backwardData(engine: plan.engine, forward: forward)
            try plan.addBackward(
                backward,
                [
                    (CDNNL_ARG_DIFF_DST, shapes.destination, outputGradient),
                    (CDNNL_ARG_WEIGHTS, weight.descriptor, weight.value),
                    (CDNNL_ARG_DIFF_SRC, shapes.source, inputGradient),
                ], purpose: "\(name) backward data \(shapes)")
        }
        let backward = try shapes.backwardWeights(engine: plan.engine, forward: forward)
        arguments = [
            (CDNNL_ARG_SRC, shapes.source, input.values),
            (CDNNL_ARG_DIFF_DST, shapes.destination, outputGradient),
            (CDNNL_ARG_DIFF_WEIGHTS, weight.descriptor, weight.gradient),
        ]
        if let bias { arguments.append((CDNNL_ARG_DIFF_BIAS, bias.descriptor, bias.gradient)) }
        try plan.addBackward(backward, arguments, purpose: "\(name) backward weights \(shapes)")

        if let activation {
            // In place: the gradient of the result becomes the gradient of x Wᵀ + b.
            try ActivationLayer(name: name, activation: activation).addBackward(
                to: plan, result: output.values, resultGradient: outputGradient, argumentGradient: outputGradient,
                descriptor: shapes.destination)
        }
        return output
    }
}

/// The descriptors of the three passes at one batch size.
private struct Shapes: CustomStringConvertible {
    let source, destination, weight: MemoryDescriptor
    var bias: MemoryDescriptor?
    let description: String

    init(batch: Int, features: Int, units: Int, weight: MemoryDescriptor?, hasBias: Bool) throws(DNNLError) {
        source = try MemoryDescriptor(plain: [batch, features])
        destination = try MemoryDescriptor(plain: [batch, units])
        if let weight {
            self.weight = weight
        } else {
            self.weight = try MemoryDescriptor(anyLayout: [units, features])
        }
        bias = hasBias ? try MemoryDescriptor(plain: [units]) : nil
        description = "[\(batch), \(features)] to [\(batch), \(units)]"
    }

    func forward(engine: DNNLEngine, activation: Activation?) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_inner_product_desc_t()
        try check(
            withRawDescriptors { source, weight, bias, destination in
                dnnl_inner_product_forward_desc_init(
                    &operation, dnnl_forward_training, source, weight, bias, destination)
            }, "describe a dense layer \(self)")
        return try PrimitiveDescriptor(
            operation, engine: engine, fusing: activation, purpose: "a dense layer \(self)")
    }

    func backwardData(engine: DNNLEngine, forward: PrimitiveDescriptor) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_inner_product_desc_t()
        try check(
            withRawDescriptors { source, weight, _, destination in
                dnnl_inner_product_backward_data_desc_init(&operation, source, weight, destination)
            }, "describe the backward pass of a dense layer \(self)")
        return try PrimitiveDescriptor(
            operation, engine: engine, forward: forward, purpose: "the input gradient of a dense layer \(self)")
    }

    func backwardWeights(engine: DNNLEngine, forward: PrimitiveDescriptor) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_inner_product_desc_t()
        try check(
            withRawDescriptors { source, weight, bias, destination in
                dnnl_inner_product_backward_weights_desc_init(&operation, source, weight, bias, destination)
            }, "describe the backward pass of a dense layer \(self)")
        return try PrimitiveDescriptor(
            operation, engine: engine, forward: forward, purpose: "the weight gradient of a dense layer \(self)")
    }

    private func withRawDescriptors(
        _ body: (
            UnsafePointer<dnnl_memory_desc_t>, UnsafePointer<dnnl_memory_desc_t>, UnsafePointer<dnnl_memory_desc_t>?,
            UnsafePointer<dnnl_memory_desc_t>
        ) -> dnnl_status_t
    ) -> dnnl_status_t {
        withUnsafePointer(to: source.raw) { source in
            withUnsafePointer(to: weight.raw) { weight in
                withUnsafePointer(to: destination.raw) { destination in
                    guard let bias else { return body(source, weight, nil, destination) }
                    return withUnsafePointer(to: bias.raw) { body(source, weight, $0, destination) }
                }
            }
        }
    }
}
