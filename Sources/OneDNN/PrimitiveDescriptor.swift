import CDNNL

/// An operation with its shapes, layouts and implementation fixed: `dnnl_primitive_desc_t`. The types of `Operations` make
/// them, one call for each pass.
///
/// The scratchpad is the caller's, so that running the primitive allocates none.
public final class PrimitiveDescriptor {
    let raw: dnnl_primitive_desc_t

    /// - Parameters:
    ///   - postOperations: in the order in which they are applied.
    ///   - purpose: for the error message, with the shapes.
    ///   - create: calls oneDNN with the attributes.
    init(
        fusing postOperations: [PostOperation] = [], purpose: @autoclosure () -> String,
        _ create: (inout dnnl_primitive_desc_t?, dnnl_primitive_attr_t?) -> dnnl_status_t
    ) throws(OneDNNError) {
        var attributes: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&attributes), "create primitive attributes")
        defer { dnnl_primitive_attr_destroy(attributes) }
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "set the scratchpad mode")
        if !postOperations.isEmpty { try Self.append(postOperations, to: attributes) }
        var raw: dnnl_primitive_desc_t?
        try check(create(&raw, attributes), "find an implementation of \(purpose())")
        self.raw = raw!
    }

    private static func append(
        _ postOperations: [PostOperation], to attributes: dnnl_primitive_attr_t?
    ) throws(OneDNNError) {
        var chain: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&chain), "create post-ops")
        defer { dnnl_post_ops_destroy(chain) }
        for postOperation in postOperations {
            switch postOperation {
            case .elementwise(let function):
                let (alpha, beta) = function.parameters
                try check(cdnnl_append_elementwise(chain, function.raw, alpha, beta), "append a post-op")
            case .add(let layout):
                try check(
                    dnnl_post_ops_append_binary(chain, dnnl_binary_add, layout.storage.layout), "append a post-op")
            }
        }
        try check(dnnl_primitive_attr_set_post_ops(attributes, chain), "set post-ops")
    }

    deinit {
        dnnl_primitive_desc_destroy(raw)
    }

    /// The layout chosen for an argument.
    public func layout(of argument: PrimitiveArgument) -> MemoryDescriptor {
        MemoryDescriptor(chosen: rawLayout(of: argument))
    }

    /// Bytes of the memory that the primitive works in while it runs.
    public var scratchpadByteCount: Int {
        // Kept while the library reads it.
        withExtendedLifetime(scratchpad) { dnnl_memory_desc_get_size($0.layout) }
    }

    /// Bytes, or nothing, rather than numbers of a format.
    var scratchpad: MemoryDescriptor.Storage {
        MemoryDescriptor.Storage(rawLayout(of: .scratchpad))
    }

    private func rawLayout(of argument: PrimitiveArgument) -> cdnnl_layout {
        var layout: cdnnl_layout?
        guard cdnnl_layout_of_argument(&layout, raw, argument.index) == dnnl_success, let layout else {
            preconditionFailure("\(implementation) has no argument \(argument.index)")
        }
        return layout
    }

    /// oneDNN's name of what computes it, for example "brgemm:avx512_core".
    public var implementation: String {
        var name: UnsafePointer<CChar>?
        guard dnnl_primitive_desc_query(raw, dnnl_query_impl_info_str, 0, &name) == dnnl_success, let name else {
            return "unknown"
        }
        return String(cString: name)
    }

    /// True where it is oneDNN's plain loop for what it has no fast code for: a hundred times slower and more.
    public var isReference: Bool {
        implementation.hasPrefix("ref")
    }

    /// True where it is a call of oneDNN's general matrix multiplication.
    public var isMatrixMultiplication: Bool {
        implementation.contains(":gemm")
    }
}

/// An operation that a primitive does to its result before it writes it.
public enum PostOperation {
    case elementwise(ElementwiseAlgorithm)
    /// Adds a tensor of the result's shape, the primitive's argument `PrimitiveArgument.addend(place)`.
    case add(MemoryDescriptor)
}

/// A place among the tensors that a primitive reads and writes.
public struct PrimitiveArgument: Sendable {
    let index: Int32

    private init(_ index: some BinaryInteger) {
        self.index = Int32(index)
    }

    public static let source = Self(CDNNL_ARG_SRC)
    public static let destination = Self(CDNNL_ARG_DST)
    public static let weights = Self(CDNNL_ARG_WEIGHTS)
    public static let bias = Self(CDNNL_ARG_BIAS)
    public static let mean = Self(CDNNL_ARG_MEAN)
    public static let variance = Self(CDNNL_ARG_VARIANCE)
    public static let scale = Self(CDNNL_ARG_SCALE)
    public static let shift = Self(CDNNL_ARG_SHIFT)
    public static let sourceGradient = Self(CDNNL_ARG_DIFF_SRC)
    public static let destinationGradient = Self(CDNNL_ARG_DIFF_DST)
    public static let weightsGradient = Self(CDNNL_ARG_DIFF_WEIGHTS)
    public static let biasGradient = Self(CDNNL_ARG_DIFF_BIAS)
    public static let scaleGradient = Self(CDNNL_ARG_DIFF_SCALE)
    public static let shiftGradient = Self(CDNNL_ARG_DIFF_SHIFT)
    static let scratchpad = Self(CDNNL_ARG_SCRATCHPAD)

    /// The argument that the post-operation at `place` adds.
    public static func addend(_ place: Int) -> Self { Self(cdnnl_arg_post_operation(Int32(place))) }
}
