import CDNNL

/// The shape and layout of a tensor: `dnnl_memory_desc_t`.
struct MemoryDescriptor: Equatable {
    var raw: dnnl_memory_desc_t

    init(_ raw: dnnl_memory_desc_t) {
        self.raw = raw
    }

    /// A float tensor of `shape` in the plain layout, the last dimension running fastest.
    init(plain shape: [Int]) throws(DNNLError) {
        var strides = [dnnl_dim_t](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * dnnl_dim_t(shape[axis + 1])
        }
        raw = dnnl_memory_desc_t()
        try check(
            dnnl_memory_desc_init_by_strides(&raw, Int32(shape.count), shape.map(dnnl_dim_t.init), dnnl_f32, strides),
            "describe a tensor \(shape)")
    }

    /// A float tensor of `shape` whose layout the primitive is to choose.
    init(anyLayout shape: [Int]) throws(DNNLError) {
        raw = dnnl_memory_desc_t()
        try check(
            dnnl_memory_desc_init_by_tag(
                &raw, Int32(shape.count), shape.map(dnnl_dim_t.init), dnnl_f32, dnnl_format_tag_any),
            "describe a tensor \(shape)")
    }

    /// With the padding that blocked layouts have.
    var byteCount: Int {
        withUnsafePointer(to: raw) { dnnl_memory_desc_get_size($0) }
    }

    /// Floats that a buffer must hold, with the padding that blocked layouts have.
    var floatCount: Int {
        (byteCount + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
    }

    static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
        withUnsafePointer(to: left.raw) { left in
            withUnsafePointer(to: right.raw) { right in dnnl_memory_desc_equal(left, right) != 0 }
        }
    }
}
