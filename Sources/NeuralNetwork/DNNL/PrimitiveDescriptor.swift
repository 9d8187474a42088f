import CDNNL

/// An operation with its shapes, layouts and implementation fixed: `dnnl_primitive_desc_t`.
///
/// The scratchpad is the caller's, so that running the primitive allocates none.
final class PrimitiveDescriptor {
    let raw: dnnl_primitive_desc_t

    /// - Parameters:
    ///   - operation: an operation descriptor, for example `dnnl_inner_product_desc_t`.
    ///   - activation: applied to the result by the primitive itself (a post-op).
    ///   - forward: the descriptor of the forward pass, for a backward one.
    ///   - purpose: for the error message, with the shapes.
    init<Operation>(
        _ operation: Operation, engine: DNNLEngine, fusing activation: Activation? = nil,
        forward: PrimitiveDescriptor? = nil, purpose: String
    ) throws(DNNLError) {
        var attributes: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&attributes), "create primitive attributes")
        defer { dnnl_primitive_attr_destroy(attributes) }
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "set the scratchpad mode")
        if let activation {
            var postOperations: dnnl_post_ops_t?
            try check(dnnl_post_ops_create(&postOperations), "create post-ops")
            defer { dnnl_post_ops_destroy(postOperations) }
            try check(
                dnnl_post_ops_append_eltwise(postOperations, 1, activation.forwardAlgorithm, 0, 0), "append a post-op")
            try check(dnnl_primitive_attr_set_post_ops(attributes, postOperations), "set post-ops")
        }
        var raw: dnnl_primitive_desc_t?
        let status = withUnsafePointer(to: operation) {
            dnnl_primitive_desc_create(&raw, $0, attributes, engine.engine, forward?.raw)
        }
        try check(status, "find an implementation of \(purpose)")
        self.raw = raw!
    }

    /// A copy between two layouts of one shape.
    init(reorderFrom source: MemoryDescriptor, to target: MemoryDescriptor, engine: DNNLEngine) throws(DNNLError) {
        var (from, to) = (source.raw, target.raw)
        var raw: dnnl_primitive_desc_t?
        try check(
            dnnl_reorder_primitive_desc_create(&raw, &from, engine.engine, &to, engine.engine, nil),
            "find an implementation of a reorder")
        self.raw = raw!
    }

    deinit {
        dnnl_primitive_desc_destroy(raw)
    }

    /// The layout chosen for an argument.
    func descriptor(_ what: dnnl_query_t) -> MemoryDescriptor {
        guard let found = dnnl_primitive_desc_query_md(raw, what, 0) else {
            preconditionFailure("the primitive has no argument for query \(what)")
        }
        return MemoryDescriptor(found.pointee)
    }

    /// For example "brgemm:avx512_core".
    var implementation: String {
        var name: UnsafePointer<CChar>?
        guard dnnl_primitive_desc_query(raw, dnnl_query_impl_info_str, 0, &name) == dnnl_success, let name else {
            return "unknown"
        }
        return String(cString: name)
    }
}
