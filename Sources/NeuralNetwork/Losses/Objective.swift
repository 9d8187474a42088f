import CKernels

/// Meaning of a network's outputs, and the loss that it is trained by.
public enum Objective: Sendable {
    /// An output a class: softmax cross-entropy.
    ///
    /// - Parameters:
    ///   - labelSmoothing: ε in [0, 1).
    ///   - weights: of the classes; nil for the same of all.
    case classes(labelSmoothing: Float = 0, weights: ClassWeights? = nil)
    /// Outputs that are a real number each; the loss of a sample is the mean over them.
    case targets(any TargetLoss, [TargetOutput])
    /// Outputs that are the logit of a label each: binary cross-entropy; the loss of a sample is the mean over them.
    case labels([TargetOutput])

    /// The same without label smoothing and weights of classes, as evaluations score it.
    public var ofEvaluation: Self {
        if case .classes = self { return .classes() }
        return self
    }

    /// The losses that are summed for a sample: one an output that is a number by itself.
    public var lossesPerSample: Int { max(1, outputs.count) }

    /// Outputs that are a number by themselves; empty for classes.
    public var outputs: [TargetOutput] {
        switch self {
        case .classes: []
        case .targets(_, let outputs), .labels(let outputs): outputs
        }
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
    /// - Parameter gradientScale: what the gradient of a loss is multiplied by: 1 / (global batch · ``Objective/lossesPerSample``), or
    ///   over the sum of the samples' weights.
    public func loss(of objective: Objective, gradientScale: Float = 1) -> BatchLoss {
        switch objective {
        case .classes(let labelSmoothing, let weights):
            loss(labelSmoothing: labelSmoothing, weights: weights, gradientScale: gradientScale)
        case .targets(let loss, let outputs):
            sum(over: outputs, gradientScale: gradientScale) { output, target in
                (loss.loss(of: output - target), loss.slope(at: output - target))
            }
        case .labels(let outputs):
            sum(over: outputs, gradientScale: gradientScale) { logit, label in
                (
                    BinaryCrossEntropy.loss(logit: logit, label: label),
                    BinaryCrossEntropy.slope(logit: logit, label: label)
                )
            }
        }
    }

    /// The sum of the losses of all outputs against `targets`. A sample with a loss of 2¹³¹ or more counts as one without a finite
    /// loss.
    private func sum(
        over outputs: [TargetOutput], gradientScale: Float,
        of loss: (_ output: Double, _ target: Double) -> (value: Double, slope: Double)
    ) -> BatchLoss {
        precondition(classes == outputs.count, "\(classes) outputs for \(outputs.count) targets")
        var nonFinite: Int64 = 0
        var digits = SIMD8<Int64>()
        withUnsafeMutableBytes(of: &digits) { digits in
            let sums = digits.assumingMemoryBound(to: Int64.self).baseAddress
            for sample in 0..<batch {
                var nonFiniteOutputs: Int64 = 0
                for place in sample * classes..<(sample + 1) * classes {
                    let (value, slope) = loss(Double(logits[place]), Double(targets[place]))
                    kernels_add_loss(value, sums, &nonFiniteOutputs)
                    logitGradient?[place] = gradientScale * Float(slope)
                }
                nonFinite += min(nonFiniteOutputs, 1)
                predictions[sample] = outputs[0].bin(logits[sample * classes])
            }
        }
        return BatchLoss(digits: digits, nonFiniteCount: nonFinite)
    }
}
