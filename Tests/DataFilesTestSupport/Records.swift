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
