/// An activation is applied by the layer in front of it, to its result before that is written.
enum ActivationFusion: FusionPass {
    static func fuse(_ layers: [any Layer]) -> [any Layer] {
        var fused: [any Layer] = []
        for layer in layers {
            if let activation = layer as? ActivationLayer, let last = fused.last as? any ActivatedLayer,
                let both = last.fusing(activation.function)
            {
                fused[fused.count - 1] = both
            } else {
                fused.append(layer)
            }
        }
        return fused
    }
}
