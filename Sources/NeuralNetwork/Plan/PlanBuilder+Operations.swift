import OneDNN

/// What dense layers and convolutions have in common, whatever computes them.
extension PlanBuilder {
    /// The bias of a layer, in the plain layout; nil where it has none.
    func bias(_ parameters: WeightAndBias, of layer: String) throws -> ParameterTensors? {
        guard let bias = parameters.bias else { return nil }
        return try parameter(bias, of: layer, layout: try MemoryDescriptor(plain: bias.shape))
    }

    /// The gradient of what came out of a layer before its activation, `output` being the result of that.
    ///
    /// - Parameter activation: nil where there is none, or the gradient that comes back has passed it already.
    func gradient(
        of output: FeatureMap, before activation: ElementwiseFunction?, layer: String
    ) throws -> PlanTensor {
        let gradient = gradient(of: output, layer: layer)
        guard let activation else { return gradient }
        let target = isShared(gradient) ? tensor(gradient.layout) : gradient
        try activation.addBackward(
            to: self, known: output.tensor, resultGradient: gradient, argumentGradient: target, layer: layer)
        return target
    }
}

extension PlanTensor {
    /// Where its numbers lie, which are float.
    func floats(_ addresses: PlanBuilder.Addresses) -> UnsafeMutablePointer<Float> {
        addresses(self).assumingMemoryBound(to: Float.self)
    }

    /// Where its numbers lie, which are bfloat16.
    func halves(_ addresses: PlanBuilder.Addresses) -> UnsafeMutablePointer<UInt16> {
        addresses(self).assumingMemoryBound(to: UInt16.self)
    }
}
