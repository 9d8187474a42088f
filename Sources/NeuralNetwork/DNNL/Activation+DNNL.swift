import CDNNL

extension Activation {
    var forwardAlgorithm: dnnl_alg_kind_t {
        switch self {
        case .relu: dnnl_eltwise_relu
        case .tanh: dnnl_eltwise_tanh
        case .sigmoid: dnnl_eltwise_logistic
        }
    }

    /// The variant whose derivative is computed from the result, so that the argument need not be kept.
    var algorithmFromResult: dnnl_alg_kind_t {
        switch self {
        case .relu: dnnl_eltwise_relu_use_dst_for_bwd
        case .tanh: dnnl_eltwise_tanh_use_dst_for_bwd
        case .sigmoid: dnnl_eltwise_logistic_use_dst_for_bwd
        }
    }
}
