/// A maximum of what a convolution's ReLU gave masks the gradient for it: the maximum is positive where its gradient passes
/// the ReLU.
enum MaskedMaximum: FusionPass {
    static func fuse(_ layers: [any Layer]) -> [any Layer] {
        var fused = layers
        for index in layers.indices.dropFirst() {
            guard var pooling = layers[index] as? PoolingLayer, pooling.kind == .max,
                var convolution = layers[index - 1] as? ConvolutionLayer, convolution.activation == .relu
            else { continue }
            convolution.isGradientMasked = true
            pooling.masksNegatives = true
            fused[index - 1] = convolution
            fused[index] = pooling
        }
        return fused
    }
}
