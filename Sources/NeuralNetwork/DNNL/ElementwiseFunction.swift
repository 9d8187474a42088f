import CDNNL

/// y = f(x), element by element, as oneDNN's eltwise knows it.
public struct ElementwiseFunction: Sendable, Equatable, CustomStringConvertible {
    let name: String
    let algorithm: dnnl_alg_kind_t
    /// The variant whose derivative is computed from the result, so that the argument need not be kept; nil where there is
    /// none.
    let fromResult: dnnl_alg_kind_t?

    init(name: String, algorithm: dnnl_alg_kind_t, fromResult: dnnl_alg_kind_t? = nil) {
        self.name = name
        self.algorithm = algorithm
        self.fromResult = fromResult
    }

    var isDerivedFromResult: Bool { fromResult != nil }

    public var description: String { name }

    func forward(_ layout: MemoryDescriptor, engine: DNNLEngine) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_eltwise_desc_t()
        try check(
            withUnsafePointer(to: layout.raw) {
                dnnl_eltwise_forward_desc_init(
                    &operation, dnnl_forward_training, fromResult ?? algorithm, $0, 0, 0)
            }, "describe \(self)")
        return try PrimitiveDescriptor(operation, engine: engine, purpose: "\(self)")
    }

    /// Adds dx = f′ · dy to the backward pass; `argumentGradient` may be `resultGradient`.
    ///
    /// - Parameter known: the result where the derivative is computed from it, else the argument.
    func addBackward(
        to plan: PlanBuilder, known: PlanTensor, resultGradient: PlanTensor, argumentGradient: PlanTensor, layer: String
    ) throws(DNNLError) {
        var operation = dnnl_eltwise_desc_t()
        try check(
            withUnsafePointer(to: known.layout.raw) {
                dnnl_eltwise_backward_desc_init(&operation, fromResult ?? algorithm, $0, $0, 0, 0)
            }, "describe the backward pass of \(self)")
        let backward = try PrimitiveDescriptor(
            operation, engine: plan.engine, forward: try forward(known.layout, engine: plan.engine),
            purpose: "the backward pass of \(self)")
        plan.add(
            backward,
            [
                (isDerivedFromResult ? CDNNL_ARG_DST : CDNNL_ARG_SRC, known), (CDNNL_ARG_DIFF_DST, resultGradient),
                (CDNNL_ARG_DIFF_SRC, argumentGradient),
            ], layer: layer, .backward)
    }
}
