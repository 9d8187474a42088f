import OneDNN

/// y = f(x), element by element, as oneDNN's eltwise knows it.
public struct ElementwiseFunction: Sendable, Equatable, CustomStringConvertible {
    let name: String
    let algorithm: ElementwiseAlgorithm

    init(name: String, _ algorithm: ElementwiseAlgorithm) {
        self.name = name
        self.algorithm = algorithm
    }

    /// True where the derivative is computed from the result, so that the argument need not be kept.
    var isDerivedFromResult: Bool { algorithm.isDerivedFromResult }

    /// The largest result of a function min(max(0, x), highest), infinite for a ReLU; nil for others.
    var highestOfRectified: Float? {
        switch algorithm {
        case .relu: .infinity
        case .clip(let low, let high) where low == 0 && high > 0: high
        default: nil
        }
    }

    public var description: String { name }

    func passes(_ layout: MemoryDescriptor, engine: Engine) -> ElementwisePasses {
        ElementwisePasses(algorithm, layout, engine: engine, purpose: name)
    }

    /// Adds x = f(x) to the forward pass, for a function whose derivative is computed from the result.
    func addForward(to plan: PlanBuilder, inPlace tensor: PlanTensor, layer: String) throws {
        plan.add(
            try passes(tensor.layout, engine: plan.engine).forward(), [(.source, tensor), (.destination, tensor)],
            layer: layer, .forward)
    }

    /// Adds dx = f′ · dy to the backward pass; `argumentGradient` may be `resultGradient`.
    ///
    /// - Parameter known: the result where the derivative is computed from it, else the argument.
    func addBackward(
        to plan: PlanBuilder, known: PlanTensor, resultGradient: PlanTensor, argumentGradient: PlanTensor, layer: String
    ) throws {
        plan.add(
            try passes(known.layout, engine: plan.engine).backward(),
            [
                (isDerivedFromResult ? .destination : .source, known), (.destinationGradient, resultGradient),
                (.sourceGradient, argumentGradient),
            ], layer: layer, .backward)
    }
}
