/// Clipping by the global norm (Pascanu, Mikolov, Bengio, ICML 2013, algorithm 1).
public enum GradientClipping {
    /// What the gradient is multiplied by so that its norm is at most `maximumNorm`: min(1, maximumNorm / (norm + 10⁻⁶)),
    /// as PyTorch's `clip_grad_norm_`.
    ///
    /// - Parameter squaredNorm: of the whole gradient, over all slices.
    public static func scale(squaredNorm: Double, maximumNorm: Double) -> Float {
        precondition(maximumNorm > 0, "maximum norm \(maximumNorm), expected more than 0")
        return Float(min(1, maximumNorm / (squaredNorm.squareRoot() + 1e-6)))
    }
}
