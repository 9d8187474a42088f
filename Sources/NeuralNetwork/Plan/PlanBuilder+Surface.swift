import OneDNN

extension PlanBuilder {
    /// Ends the forward pass and prepares the backward pass.
    ///
    /// - Returns: what the plan's user sees: all plain float32.
    func finish(
        input: PlanTensor, inputMap: FeatureMap, output: FeatureMap
    ) throws -> PlanSurface {
        let logits = try converted(
            output, to: try output.tensor.layout.plain(.float32), shape: [output.featureCount], layer: "output")
        seen.before = [input]
        // Read by the loss, or by the caller.
        seen.between = [logits.tensor] + layerOutputs.map(\.values)
        isBackward = true
        guard mode == .training else {
            return PlanSurface(input: input, logits: logits.tensor, logitGradient: nil, inputGradient: nil)
        }
        let logitGradient = newGradient(of: logits)
        seen.between.append(logitGradient)
        for prepare in backwardOfLayers.reversed() { try prepare() }
        backwardOfLayers = []
        var inputGradient: PlanTensor?
        if inputMap.needsGradient {
            let plain = try reordered(
                gradient(of: inputMap, layer: "input"), to: try inputMap.tensor.layout.plain(.float32), layer: "input")
            seen.behind = [plain]
            inputGradient = plain
        }
        return PlanSurface(
            input: input, logits: logits.tensor, logitGradient: logitGradient, inputGradient: inputGradient)
    }
}

/// The tensors of a plan that its user reads and writes: plain float32.
struct PlanSurface {
    /// `[N, features]` or `[N, C, H, W]`.
    let input: PlanTensor
    /// `[N, K]` in memory.
    let logits: PlanTensor
    /// In training.
    let logitGradient: PlanTensor?
    /// In training, where asked for.
    let inputGradient: PlanTensor?
}
