import CDNNL

/// The shape, number format and layout of a tensor: `dnnl_memory_desc_t`.
struct MemoryDescriptor: Equatable {
    var raw: dnnl_memory_desc_t

    init(_ raw: dnnl_memory_desc_t) {
        self.raw = raw
    }

    /// A tensor of `shape` in the plain layout, the last dimension running fastest.
    init(plain shape: [Int], _ precision: Precision = .float32) throws(DNNLError) {
        var strides = [dnnl_dim_t](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * dnnl_dim_t(shape[axis + 1])
        }
        raw = dnnl_memory_desc_t()
        try check(
            dnnl_memory_desc_init_by_strides(
                &raw, Int32(shape.count), shape.map(dnnl_dim_t.init), precision.dataType, strides),
            "describe a tensor \(shape)")
    }

    /// A map `[N, C, H, W]` in blocks of 8 or 16 channels: oneDNN's nChw8c or nChw16c.
    init(blocked shape: [Int], block: Int, _ precision: Precision) throws(DNNLError) {
        try self.init(shape, precision, tag: block == 16 ? dnnl_aBcd16b : dnnl_aBcd8b)
    }

    /// A map `[N, C, H, W]` with the channels of a pixel together: oneDNN's nhwc.
    init(channelsLast shape: [Int], _ precision: Precision) throws(DNNLError) {
        try self.init(shape, precision, tag: dnnl_acdb)
    }

    /// A map `[N, C, H, W]` in blocks of 16 samples: oneDNN's Abcd16a, a pixel of 16 samples together.
    init(sampleBlocks shape: [Int]) throws(DNNLError) {
        try self.init(shape, .float32, tag: dnnl_Abcd16a)
    }

    /// Weights `[O, I, H, W]` of a convolution in blocks of 16 × 16 channels, inputs first: oneDNN's ABcd16b16a.
    init(weightBlocks shape: [Int]) throws(DNNLError) {
        try self.init(shape, .float32, tag: dnnl_ABcd16b16a)
    }

    /// A tensor of `shape` whose layout the primitive is to choose.
    init(anyLayout shape: [Int], _ precision: Precision = .float32) throws(DNNLError) {
        try self.init(shape, precision, tag: dnnl_format_tag_any)
    }

    private init(_ shape: [Int], _ precision: Precision, tag: dnnl_format_tag_t) throws(DNNLError) {
        raw = dnnl_memory_desc_t()
        try check(
            dnnl_memory_desc_init_by_tag(
                &raw, Int32(shape.count), shape.map(dnnl_dim_t.init), precision.dataType, tag),
            "describe a tensor \(shape)")
    }

    /// The dimensions, without padding.
    var shape: [Int] {
        withUnsafeBytes(of: raw.dims) { dims in
            dims.bindMemory(to: dnnl_dim_t.self).prefix(Int(raw.ndims)).map { Int($0) }
        }
    }

    /// With the padding that blocked layouts have.
    var byteCount: Int {
        withUnsafePointer(to: raw) { dnnl_memory_desc_get_size($0) }
    }

    /// Floats that a buffer must hold, with the padding that blocked layouts have.
    var floatCount: Int {
        (byteCount + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
    }

    var isBFloat16: Bool { raw.data_type == dnnl_bf16 }

    var precision: Precision { isBFloat16 ? .bfloat16 : .float32 }

    /// Whether channels lie in blocks.
    var isBlocked: Bool { blockedAxis == 1 }

    /// Whether samples lie in blocks.
    var isInSampleBlocks: Bool { blockedAxis == 0 }

    private var blockedAxis: Int? {
        let blocking = raw.format_desc.blocking
        return blocking.inner_nblks > 0 ? Int(blocking.inner_idxs.0) : nil
    }

    /// The same tensor in the plain layout.
    func plain(_ precision: Precision? = nil) throws(DNNLError) -> MemoryDescriptor {
        try MemoryDescriptor(plain: shape, precision ?? self.precision)
    }

    /// The same layout of numbers in another format.
    func inPrecision(_ precision: Precision) -> MemoryDescriptor {
        var descriptor = self
        descriptor.raw.data_type = precision.dataType
        return descriptor
    }

    var isPlain: Bool {
        (try? plain()) == self
    }

    /// oneDNN's way to write the layout: dimensions from the slowest to the fastest, in capitals where they are blocked,
    /// then the blocks; for example "ABcd16b16a" for the weights of a convolution, "abcd" for a plain map.
    var layoutName: String {
        let blocking = raw.format_desc.blocking
        let rank = Int(raw.ndims)
        let strides = withUnsafeBytes(of: blocking.strides) { Array($0.bindMemory(to: dnnl_dim_t.self).prefix(rank)) }
        let blockCount = Int(blocking.inner_nblks)
        let sizes = withUnsafeBytes(of: blocking.inner_blks) {
            $0.bindMemory(to: dnnl_dim_t.self).prefix(blockCount).map { Int($0) }
        }
        let axes = withUnsafeBytes(of: blocking.inner_idxs) {
            $0.bindMemory(to: dnnl_dim_t.self).prefix(blockCount).map { Int($0) }
        }
        func letter(_ axis: Int, _ first: Character) -> String {
            String(UnicodeScalar(UInt8(first.asciiValue! + UInt8(axis))))
        }
        let outer = (0..<rank).sorted { (strides[$0], $1) > (strides[$1], $0) }
        return outer.map { letter($0, axes.contains($0) ? "A" : "a") }.joined()
            + zip(sizes, axes).map { "\($0)\(letter($1, "a"))" }.joined()
    }

    static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
        withUnsafePointer(to: left.raw) { left in
            withUnsafePointer(to: right.raw) { right in dnnl_memory_desc_equal(left, right) != 0 }
        }
    }
}

extension Precision {
    var dataType: dnnl_data_type_t {
        switch self {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        }
    }
}
