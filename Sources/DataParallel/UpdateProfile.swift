/// Where the time of updates goes, in seconds, added up over steps.
public final class UpdateProfile {
    /// For the other ranks of the node to come as far.
    public internal(set) var waiting = 0.0
    /// Gradients added within the node and reduced between nodes.
    public internal(set) var reduction = 0.0
    /// Parameters and optimizer state.
    public internal(set) var optimizer = 0.0

    public init() {}
}
