/// An IDX file of unsigned bytes.
public func idx(_ dimensions: [Int], _ elements: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 8, UInt8(dimensions.count)]
    for size in dimensions { bytes += withUnsafeBytes(of: UInt32(size).bigEndian, Array.init) }
    return bytes + elements
}

/// A file of CIFAR records: the label bytes of each sample, then its 3 · 32 · 32 pixels.
///
/// - Parameters:
///   - labels: [N, 1] for CIFAR-10, [N, 2] for CIFAR-100, the coarse label first.
///   - pixel: the byte of channel, row and column of a sample.
public func cifar(
    _ labels: [[UInt8]], pixel: (_ sample: Int, _ channel: Int, _ row: Int, _ column: Int) -> UInt8
) -> [UInt8] {
    var bytes: [UInt8] = []
    for (sample, labels) in labels.enumerated() {
        bytes += labels
        for channel in 0..<3 {
            for row in 0..<32 {
                for column in 0..<32 { bytes.append(pixel(sample, channel, row, column)) }
            }
        }
    }
    return bytes
}

/// An NPY file: the header that numpy.save writes, padded to a multiple of 64 bytes, then the elements.
///
/// - Parameters:
///   - version: 1, 2 or 3; the latter two have a length of the header in 32 bits.
///   - header: what stands in the place of the dictionary of `type` and `shape`; nil for that dictionary.
public func npy(
    _ type: String, _ shape: [Int], _ elements: [UInt8], version: UInt8 = 1, header: String? = nil
) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array((header ?? "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }").utf8)
    let start = version == 1 ? 10 : 12
    while (start + text.count + 1) % 64 != 0 { text.append(0x20) }
    text.append(0x0A)
    let length =
        version == 1
        ? withUnsafeBytes(of: UInt16(text.count).littleEndian, Array.init)
        : withUnsafeBytes(of: UInt32(text.count).littleEndian, Array.init)
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + elements
}

/// The bytes of integers one after another, the lowest byte of each first.
public func littleEndian(_ numbers: [some FixedWidthInteger]) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian, Array.init) }
}
