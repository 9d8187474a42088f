import CDNNL

/// Number formats of tensors.
public enum DataType: Sendable {
    case float32, bfloat16

    var raw: dnnl_data_type_t {
        switch self {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        }
    }
}

/// Orders of the numbers of a tensor in memory.
public enum FormatTag: Sendable {
    /// Left to the primitive.
    case any
    /// A map `[N, C, H, W]` or `[N, C, D, H, W]` with the channels of a pixel together: oneDNN's acdb and acdeb, nhwc and ndhwc.
    case channelsLast
    /// A map in blocks of 8 channels: aBcd8b and aBcde8b, nChw8c and nCdhw8c.
    case channelBlocks8
    /// A map in blocks of 16 channels: aBcd16b and aBcde16b, nChw16c and nCdhw16c.
    case channelBlocks16
    /// A map `[N, C, H, W]` in blocks of 16 samples: Abcd16a.
    case sampleBlocks16
    /// Weights `[O, I, H, W]` in blocks of 8 × 8 channels, inputs first: ABcd8b8a, OIhw8i8o.
    case weightBlocks8
    /// Weights `[O, I, H, W]` or `[O, I]` in blocks of 16 × 16 channels, inputs first: ABcd16b16a and AB16b16a.
    case weightBlocks16

    /// - Parameter rank: of the tensor.
    func raw(rank: Int) -> dnnl_format_tag_t {
        switch self {
        case .any: dnnl_format_tag_any
        case .channelsLast: rank == 5 ? dnnl_acdeb : dnnl_acdb
        case .channelBlocks8: rank == 5 ? dnnl_aBcde8b : dnnl_aBcd8b
        case .channelBlocks16: rank == 5 ? dnnl_aBcde16b : dnnl_aBcd16b
        case .sampleBlocks16: dnnl_Abcd16a
        case .weightBlocks8: dnnl_ABcd8b8a
        case .weightBlocks16: rank == 2 ? dnnl_AB16b16a : dnnl_ABcd16b16a
        }
    }
}

/// The shape, number format and layout of a tensor: `dnnl_memory_desc_t`.
public struct MemoryDescriptor: Equatable, Sendable {
    /// Unchecked for the handle, behind which nothing changes.
    final class Storage: @unchecked Sendable {
        let layout: cdnnl_layout

        init(_ layout: cdnnl_layout) {
            self.layout = layout
        }

        deinit {
            cdnnl_layout_destroy(layout)
        }
    }

    private enum Origin {
        case tag(FormatTag)
        case strides([Int])
        case primitive
    }

    let storage: Storage
    private let origin: Origin
    /// The dimensions, without padding.
    public let shape: [Int]
    public let dataType: DataType

    /// - Throws: `OneDNNError` where the order does not fit the shape.
    public init(_ shape: [Int], _ dataType: DataType, _ tag: FormatTag) throws(OneDNNError) {
        var layout: cdnnl_layout?
        try check(
            cdnnl_layout_create_with_tag(
                &layout, Int32(shape.count), shape.map(dnnl_dim_t.init), dataType.raw, tag.raw(rank: shape.count)),
            "describe a tensor \(shape)")
        storage = Storage(layout!)
        origin = .tag(tag)
        (self.shape, self.dataType) = (shape, dataType)
    }

    /// - Parameter strides: numbers from one element of an axis to the next.
    /// - Throws: `OneDNNError` where elements would lie on each other.
    public init(_ shape: [Int], _ dataType: DataType, strides: [Int]) throws(OneDNNError) {
        precondition(strides.count == shape.count, "\(strides.count) strides, \(shape.count) expected")
        var layout: cdnnl_layout?
        try check(
            cdnnl_layout_create_with_strides(
                &layout, Int32(shape.count), shape.map(dnnl_dim_t.init), dataType.raw, strides.map(dnnl_dim_t.init)),
            "describe a tensor \(shape)")
        storage = Storage(layout!)
        origin = .strides(strides)
        (self.shape, self.dataType) = (shape, dataType)
    }

    /// The layout that a primitive has chosen for an argument.
    init(chosen layout: cdnnl_layout) {
        storage = Storage(layout)
        origin = .primitive
        let blocking = cdnnl_layout_blocking(layout)
        shape = integers(blocking.shape, Int(blocking.rank))
        switch blocking.data_type {
        case dnnl_f32: dataType = .float32
        case dnnl_bf16: dataType = .bfloat16
        default: preconditionFailure("an argument of oneDNN's data type \(blocking.data_type), f32 or bf16 expected")
        }
    }

    /// The same order of numbers in another format. Of a layout that was described, not chosen by a primitive: oneDNN 3 has no
    /// call that changes one.
    public func converted(to dataType: DataType) throws(OneDNNError) -> MemoryDescriptor {
        if dataType == self.dataType { return self }
        switch origin {
        case .tag(let tag): return try MemoryDescriptor(shape, dataType, tag)
        case .strides(let strides): return try MemoryDescriptor(shape, dataType, strides: strides)
        case .primitive: preconditionFailure("\(layoutName) was chosen by a primitive for one data type")
        }
    }

    /// With the padding that blocked layouts have.
    public var byteCount: Int { dnnl_memory_desc_get_size(storage.layout) }

    /// The axis that is cut into the outermost blocks; nil where none is.
    public var blockedAxis: Int? {
        let blocking = cdnnl_layout_blocking(storage.layout)
        return blocking.block_count > 0 ? Int(blocking.block_axes.0) : nil
    }

    /// oneDNN's way to write the layout: dimensions from the slowest to the fastest, in capitals where they are blocked,
    /// then the blocks; for example "ABcd16b16a" for the weights of a convolution, "abcd" for a plain map.
    public var layoutName: String {
        let blocking = cdnnl_layout_blocking(storage.layout)
        let (rank, blocks) = (Int(blocking.rank), Int(blocking.block_count))
        let strides = integers(blocking.strides, rank)
        let (sizes, axes) = (integers(blocking.block_extents, blocks), integers(blocking.block_axes, blocks))
        func letter(_ axis: Int, _ first: Character) -> String {
            String(UnicodeScalar(UInt8(first.asciiValue! + UInt8(axis))))
        }
        let outer = (0..<rank).sorted { (strides[$0], $1) > (strides[$1], $0) }
        return outer.map { letter($0, axes.contains($0) ? "A" : "a") }.joined()
            + zip(sizes, axes).map { "\($0)\(letter($1, "a"))" }.joined()
    }

    public static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
        left.storage === right.storage || dnnl_memory_desc_equal(left.storage.layout, right.storage.layout) != 0
    }
}

/// The first `count` numbers of a C array `dnnl_dims_t`, which Swift sees as a tuple.
private func integers<Dimensions>(_ dimensions: Dimensions, _ count: Int) -> [Int] {
    withUnsafeBytes(of: dimensions) { $0.bindMemory(to: dnnl_dim_t.self).prefix(count).map { Int($0) } }
}
