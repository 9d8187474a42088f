import CDNNL

/// Makes the primitive descriptors of a convolution's passes.
struct ConvolutionPasses {
    let engine: DNNLEngine
    let precision: Precision
    let convolution: Convolution
    let weightDimensions: [Int]
    let destination: MemoryDescriptor
    let purpose: String

    /// Winograd where it is chosen and oneDNN has it for these shapes and this processor, else direct.
    func with(
        _ algorithm: ConvolutionAlgorithm,
        _ make: (dnnl_alg_kind_t) throws(DNNLError) -> PrimitiveDescriptor
    ) throws(DNNLError) -> PrimitiveDescriptor {
        if algorithm == .winograd, let descriptor = try? make(dnnl_convolution_winograd) { return descriptor }
        return try make(dnnl_convolution_direct)
    }

    func forward(
        _ algorithm: dnnl_alg_kind_t, _ source: MemoryDescriptor, _ weights: MemoryDescriptor,
        _ fusing: [PrimitiveDescriptor.PostOperation]
    ) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_convolution_desc_t()
        let bias = try self.bias()
        try check(
            withRaw(source, weights, bias, destination) {
                dnnl_convolution_forward_desc_init(
                    &operation, dnnl_forward_training, algorithm, $0, $1, $2, $3, stride, padding, padding)
            }, "describe \(purpose)")
        return try PrimitiveDescriptor(operation, engine: engine, fusing: fusing, purpose: purpose)
    }

    func backwardData(
        _ algorithm: dnnl_alg_kind_t, _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_convolution_desc_t()
        try check(
            withRaw(source, weights, nil, destination) {
                dnnl_convolution_backward_data_desc_init(
                    &operation, algorithm, $0, $1, $3, stride, padding, padding)
            }, "describe the backward pass of \(purpose)")
        return try PrimitiveDescriptor(
            operation, engine: engine, forward: try hint(algorithm, source),
            purpose: "the input gradient of \(purpose)")
    }

    func backwardWeights(
        _ algorithm: dnnl_alg_kind_t, _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(DNNLError) -> PrimitiveDescriptor {
        var operation = dnnl_convolution_desc_t()
        let bias = try self.bias()
        try check(
            withRaw(source, weights, bias, destination) {
                dnnl_convolution_backward_weights_desc_init(
                    &operation, algorithm, $0, $1, $2, $3, stride, padding, padding)
            }, "describe the backward pass of \(purpose)")
        return try PrimitiveDescriptor(
            operation, engine: engine, forward: try hint(algorithm, source),
            purpose: "the weight gradient of \(purpose)")
    }

    private func hint(_ algorithm: dnnl_alg_kind_t, _ source: MemoryDescriptor) throws(DNNLError) -> PrimitiveDescriptor
    {
        try forward(algorithm, source, try MemoryDescriptor(anyLayout: weightDimensions, precision), [])
    }

    private func bias() throws(DNNLError) -> MemoryDescriptor? {
        convolution.bias ? try MemoryDescriptor(plain: [convolution.channels]) : nil
    }

    private var stride: [dnnl_dim_t] { convolution.stride.dimensions }
    private var padding: [dnnl_dim_t] { convolution.padding.dimensions }
}

extension Extent {
    /// For oneDNN: rows, columns.
    var dimensions: [dnnl_dim_t] { [dnnl_dim_t(height), dnnl_dim_t(width)] }
}
