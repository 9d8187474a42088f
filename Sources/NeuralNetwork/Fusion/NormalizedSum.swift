/// The sum of a residual block whose branch ends in a batch normalization is made by that, in the pass that normalizes; a ReLU
/// or ReLU6 behind the sum too.
enum NormalizedSum: FusionPass {
    static func fuse(_ layers: [any Layer]) -> [any Layer] {
        layers.map { layer in
            guard var residual = layer as? ResidualLayer, residual.outputShape.count > 1,
                var normalization = residual.branch.last as? BatchNormalizationLayer, normalization.rectifier == nil
            else { return layer }
            if let activation = residual.activation, activation.highestOfRectified != nil {
                normalization.rectifier = activation
            }
            residual.branch[residual.branch.count - 1] = normalization
            residual.addsInNormalization = true
            return residual
        }
    }
}
