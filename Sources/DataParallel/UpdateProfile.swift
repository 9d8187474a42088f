/// Where the time of updates goes, in seconds, added up over steps.
public final class UpdateProfile {
    /// For the other ranks of the node to come as far.
    public internal(set) var waiting = 0.0
    /// Gradients added within the node and reduced between nodes, after the backward pass.
    public internal(set) var reduction = 0.0
    /// The same in the backward pass: what it is longer by.
    public internal(set) var inBackwardPass = 0.0
    /// While the layers of the backward pass were computed and gradients were on the way between nodes.
    public internal(set) var hidden = 0.0
    /// Parameters and optimizer state.
    public internal(set) var optimizer = 0.0

    public init() {}
}
