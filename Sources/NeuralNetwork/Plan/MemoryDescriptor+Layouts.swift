import OneDNN

/// The layouts of maps and of weights, by what lies together.
extension MemoryDescriptor {
    /// A tensor of `shape` in the plain layout, the last dimension running fastest.
    init(plain shape: [Int], _ precision: Precision = .float32) throws {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        try self.init(shape, precision.dataType, strides: strides)
    }

    /// A map `[N, C, H, W]` or `[N, C, D, H, W]` in blocks of 8 or 16 channels: oneDNN's nChw8c, nCdhw8c and so on.
    init(blocked shape: [Int], block: Int, _ precision: Precision) throws {
        try self.init(shape, precision.dataType, block == 16 ? .channelBlocks16 : .channelBlocks8)
    }

    /// A map `[N, C, H, W]` or `[N, C, D, H, W]` with the channels of a pixel together: oneDNN's nhwc or ndhwc.
    init(channelsLast shape: [Int], _ precision: Precision) throws {
        try self.init(shape, precision.dataType, .channelsLast)
    }

    /// A map `[N, C, H, W]` in blocks of 16 samples: oneDNN's Abcd16a, a pixel of 16 samples together.
    init(sampleBlocks shape: [Int]) throws {
        try self.init(shape, .float32, .sampleBlocks16)
    }

    /// Weights `[O, I, H, W]` of a convolution in blocks of 8 × 8 or 16 × 16 channels, or `[O, I]` of a dense layer in blocks of
    /// 16 × 16, inputs first: oneDNN's ABcd8b8a, ABcd16b16a and AB16b16a.
    init(weightBlocks shape: [Int], block: Int) throws {
        try self.init(shape, .float32, block == 16 ? .weightBlocks16 : .weightBlocks8)
    }

    /// A tensor of `shape` whose layout the primitive is to choose.
    init(anyLayout shape: [Int], _ precision: Precision = .float32) throws {
        try self.init(shape, precision.dataType, .any)
    }

    /// The same tensor in the plain layout.
    func plain(_ precision: Precision? = nil) throws -> MemoryDescriptor {
        try MemoryDescriptor(plain: shape, precision ?? self.precision)
    }

    /// The same layout of numbers in another format.
    func inPrecision(_ precision: Precision) throws -> MemoryDescriptor {
        try converted(to: precision.dataType)
    }

    var isPlain: Bool {
        (try? plain()) == self
    }

    /// True where channels lie in blocks.
    var isBlocked: Bool { blockedAxis == 1 }

    /// True where samples lie in blocks.
    var isInSampleBlocks: Bool { blockedAxis == 0 }

    var isBFloat16: Bool { dataType == .bfloat16 }

    var precision: Precision { isBFloat16 ? .bfloat16 : .float32 }

    /// Floats that a buffer must hold, with the padding that blocked layouts have.
    var floatCount: Int {
        (byteCount + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
    }
}

extension Precision {
    fileprivate var dataType: DataType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}
