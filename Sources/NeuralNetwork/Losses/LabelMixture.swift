import CKernels

/// A second class of each sample of a batch, which has the rest of the share that the label has; both lent by whoever mixed them.
public struct LabelMixture {
    /// `[N]`, each in 0 ..< K.
    public var others: UnsafeBufferPointer<Int32>
    /// Shares of the labels, `[N]`, in 0 ... 1.
    public var shares: UnsafeBufferPointer<Float>

    /// - Parameters: as many as samples of the batch, or more.
    public init(others: UnsafeBufferPointer<Int32>, shares: UnsafeBufferPointer<Float>) {
        self.others = others
        self.shares = shares
    }
}

extension ExecutionPlan {
    /// Softmax cross-entropy against labels in two classes (H. Zhang et al., "mixup", ICLR 2018, equation 1).
    func loss(of mixture: LabelMixture, labelSmoothing: Float, gradientScale: Float) -> BatchLoss {
        precondition(
            mixture.others.count >= batch && mixture.shares.count >= batch,
            "\(mixture.others.count) labels and \(mixture.shares.count) shares for \(batch) samples")
        for (sample, label) in mixture.others.prefix(batch).enumerated() {
            precondition(
                label >= 0 && label < classes, "sample \(sample) has the label \(label), 0 ..< \(classes) expected")
        }
        var nonFinite: Int64 = 0
        var sum = SIMD8<Int64>()
        withUnsafeMutableBytes(of: &sum) { sum in
            kernels_mixed_softmax_cross_entropy(
                logits.baseAddress, labels.baseAddress, mixture.others.baseAddress, mixture.shares.baseAddress,
                Int64(batch), Int64(classes), labelSmoothing, gradientScale, logitGradient?.baseAddress,
                predictions.baseAddress, sum.assumingMemoryBound(to: Int64.self).baseAddress, &nonFinite)
        }
        return BatchLoss(digits: sum, nonFiniteCount: nonFinite)
    }
}
