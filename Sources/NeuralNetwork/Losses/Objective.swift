import CKernels

/// Meaning of a network's outputs, and the loss that it is trained by.
public enum Objective: Sendable {
    /// An output a class: softmax cross-entropy.
    ///
    /// - Parameters:
    ///   - labelSmoothing: ε in [0, 1).
    ///   - weights: of the classes; nil for the same of all.
    case classes(labelSmoothing: Float = 0, weights: ClassWeights? = nil)
    /// One output, a real number.
    ///
    /// - Parameter bin: of an output; what is counted in place of a class.
    case target(any TargetLoss, bin: @Sendable (Float) -> Int32)

    /// The same without label smoothing and weights of classes, as evaluations score it.
    public var ofEvaluation: Self {
        if case .classes = self { return .classes() }
        return self
    }

    /// Weights of the classes; nil for the same of all samples.
    public var classWeights: ClassWeights? {
        if case .classes(_, let weights) = self { return weights }
        return nil
    }
}

extension ExecutionPlan {
    /// The loss of the batch after `forward`; fills `predictions` and, in training, the gradient that `backward` starts from.
    ///
    /// - Parameter gradientScale: what a sample's gradient is multiplied by: 1 / global batch, or over the sum of its weights.
    public func loss(of objective: Objective, gradientScale: Float = 1) -> BatchLoss {
        switch objective {
        case .classes(let labelSmoothing, let weights):
            loss(labelSmoothing: labelSmoothing, weights: weights, gradientScale: gradientScale)
        case .target(let loss, let bin): self.loss(loss, bin: bin, gradientScale: gradientScale)
        }
    }

    /// The loss of one output a sample against `targets`. A sample whose loss is 2¹³¹ or more counts as one without a finite
    /// loss.
    private func loss(
        _ loss: some TargetLoss, bin: (Float) -> Int32, gradientScale: Float
    ) -> BatchLoss {
        precondition(classes == 1, "\(classes) outputs for one target")
        var nonFinite: Int64 = 0
        var digits = SIMD8<Int64>()
        withUnsafeMutableBytes(of: &digits) { digits in
            let sums = digits.assumingMemoryBound(to: Int64.self).baseAddress
            for sample in 0..<batch {
                let error = Double(logits[sample]) - Double(targets[sample])
                kernels_add_loss(loss.loss(of: error), sums, &nonFinite)
                predictions[sample] = bin(logits[sample])
                logitGradient?[sample] = gradientScale * Float(loss.slope(at: error))
            }
        }
        return BatchLoss(digits: digits, nonFiniteCount: nonFinite)
    }
}
