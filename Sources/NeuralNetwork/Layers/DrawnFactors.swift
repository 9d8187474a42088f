import OneDNN

/// Factors of a batch's values that are drawn anew in each step: 0, or what keeps the expectation.
protocol DrawnFactors: AnyObject {
    /// Bytes that are kept from the forward to the backward pass.
    var byteCount: Int { get }
    func draw(_ position: BatchPosition)
    func apply(to source: UnsafeMutableRawPointer, target: UnsafeMutableRawPointer)
}

extension PlanBuilder {
    /// `input` times factors, and its gradient times the same ones; `input` itself in inference.
    ///
    /// - Parameters:
    ///   - implementation: what profiles call it.
    ///   - factors: of a batch with that layout.
    func dropped(
        _ input: FeatureMap, layer path: String, implementation: String,
        by factors: (MemoryDescriptor) -> any DrawnFactors
    ) throws -> FeatureMap {
        func label(_ pass: StepLabel.Pass) -> StepLabel {
            StepLabel(layer: path, pass: pass, implementation: implementation, multiplyAdds: 0)
        }
        // In every mode, so that the layers behind compute alike in all.
        let input = try outOfSampleBlocks(input, layer: path)
        guard mode == .training else { return input }
        let output = featureMap(input.tensor.layout, shape: input.shape, needsGradient: input.needsGradient)
        if isInput(input) { markAsInput(output) }
        let factors = factors(input.tensor.layout)
        keep(byteCount: factors.byteCount)
        add(label(.forward), uses: [input.tensor, output.tensor]) { addresses in
            DrawnFactorsStep(factors, source: addresses(input.tensor), target: addresses(output.tensor))
        }
        guard input.needsGradient else { return output }
        addBackward { [self] in
            let (source, target) = (gradient(of: output, layer: path), newGradient(of: input))
            add(label(.backward), uses: [source, target]) { addresses in
                let (source, target) = (addresses(source), addresses(target))
                // The gradient passes where the value passed.
                return KernelStep { factors.apply(to: source, target: target) }
            }
        }
        return output
    }
}

/// Draws the factors of a batch and applies them.
private final class DrawnFactorsStep: PlanStep {
    private let factors: any DrawnFactors
    private let source, target: UnsafeMutableRawPointer

    init(_ factors: any DrawnFactors, source: UnsafeMutableRawPointer, target: UnsafeMutableRawPointer) {
        self.factors = factors
        self.source = source
        self.target = target
    }

    func run(_ position: BatchPosition) {
        factors.draw(position)
        factors.apply(to: source, target: target)
    }
}
