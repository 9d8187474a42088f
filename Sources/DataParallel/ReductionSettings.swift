/// How gradients are reduced between nodes; the same on all ranks.
public struct ReductionSettings: Sendable, Equatable {
    /// What is reduced at once while the backward pass goes on, in bytes.
    public var bucketBytes = 1 << 18
    /// Whether gradients travel as bfloat16, half as many bytes. What the rounding leaves over is added to the gradient of
    /// the next step (error feedback: Seide et al., Interspeech 2014; Karimireddy et al., ICML 2019).
    public var compresses = false

    public init() {}
}
