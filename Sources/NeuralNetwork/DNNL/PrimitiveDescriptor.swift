import CDNNL

/// An operation with its shapes, layouts and implementation fixed: `dnnl_primitive_desc_t`.
///
/// The scratchpad is the caller's, so that running the primitive allocates none.
final class PrimitiveDescriptor {
    let raw: dnnl_primitive_desc_t

    /// What a primitive does to its result before it writes it.
    enum PostOperation {
        case activation(ElementwiseFunction)
        /// Adds a tensor of the result's shape; the primitive's argument `cdnnl_arg_post_operation(place)`.
        case add(MemoryDescriptor)
    }

    /// - Parameters:
    ///   - operation: an operation descriptor, for example `dnnl_inner_product_desc_t`.
    ///   - postOperations: in the order in which they are applied.
    ///   - forward: the descriptor of the forward pass, for a backward one.
    ///   - purpose: for the error message, with the shapes.
    init<Operation>(
        _ operation: Operation, engine: DNNLEngine, fusing postOperations: [PostOperation] = [],
        forward: PrimitiveDescriptor? = nil, purpose: @autoclosure () -> String
    ) throws(DNNLError) {
        var attributes: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&attributes), "create primitive attributes")
        defer { dnnl_primitive_attr_destroy(attributes) }
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "set the scratchpad mode")
        if !postOperations.isEmpty { try Self.append(postOperations, to: attributes) }
        var raw: dnnl_primitive_desc_t?
        let status = withUnsafePointer(to: operation) {
            dnnl_primitive_desc_create(&raw, $0, attributes, engine.engine, forward?.raw)
        }
        try check(status, "find an implementation of \(purpose())")
        self.raw = raw!
    }

    private static func append(
        _ postOperations: [PostOperation], to attributes: dnnl_primitive_attr_t?
    ) throws(DNNLError) {
        var chain: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&chain), "create post-ops")
        defer { dnnl_post_ops_destroy(chain) }
        for postOperation in postOperations {
            switch postOperation {
            case .activation(let activation):
                try check(
                    dnnl_post_ops_append_eltwise(chain, 1, activation.algorithm, 0, 0), "append a post-op")
            case .add(let layout):
                var raw = layout.raw
                try check(dnnl_post_ops_append_binary(chain, dnnl_binary_add, &raw), "append a post-op")
            }
        }
        try check(dnnl_primitive_attr_set_post_ops(attributes, chain), "set post-ops")
    }

    /// A copy between two layouts or number formats of one shape.
    init(reorderFrom source: MemoryDescriptor, to target: MemoryDescriptor, engine: DNNLEngine) throws(DNNLError) {
        var (from, to) = (source.raw, target.raw)
        var attributes: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&attributes), "create primitive attributes")
        defer { dnnl_primitive_attr_destroy(attributes) }
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "set the scratchpad mode")
        var raw: dnnl_primitive_desc_t?
        try check(
            dnnl_reorder_primitive_desc_create(&raw, &from, engine.engine, &to, engine.engine, attributes),
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

    /// Whether it is oneDNN's plain loop for what it has no fast code for: a hundred times slower and more.
    var isReference: Bool {
        implementation.hasPrefix("ref")
    }

    /// Whether it is a call of oneDNN's general matrix multiplication.
    var isMatrixMultiplication: Bool {
        implementation.contains(":gemm")
    }
}
