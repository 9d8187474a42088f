import CZlib

/// A PNG file, its rows without a filter.
///
/// - Parameters:
///   - depth: bits of a sample.
///   - color: type as in the header: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
///   - chunks: between the header and the pixels, such as `PLTE`.
///   - isInterlaced: true for the seven passes of Adam7.
///   - sample: the number of a row, a column and a channel.
public func png(
    width: Int, height: Int, depth: Int = 8, color: UInt8 = 2, chunks: [(String, [UInt8])] = [],
    isInterlaced: Bool = false, sample: (_ row: Int, _ column: Int, _ channel: Int) -> Int
) -> [UInt8] {
    let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color]!
    // First row and column, and the distance to the next one, of each pass.
    let passes =
        isInterlaced
        ? [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        : [(0, 0, 1, 1)]
    var rows: [UInt8] = []
    for (firstRow, firstColumn, rowStep, columnStep) in passes where firstColumn < width {
        for row in stride(from: firstRow, to: height, by: rowStep) {
            rows.append(0)
            var bits: [Int] = []
            for column in stride(from: firstColumn, to: width, by: columnStep) {
                for channel in 0..<channels {
                    let value = sample(row, column, channel)
                    bits += (0..<depth).reversed().map { value >> $0 & 1 }
                }
            }
            while bits.count % 8 != 0 { bits.append(0) }
            for start in stride(from: 0, to: bits.count, by: 8) {
                rows.append(bits[start..<start + 8].reduce(0) { $0 << 1 | UInt8($1) })
            }
        }
    }
    let header = bigEndian(width) + bigEndian(height) + [UInt8(depth), color, 0, 0, isInterlaced ? 1 : 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
        + chunks.flatMap { chunk($0.0, $0.1) } + chunk("IDAT", zlib(rows)) + chunk("IEND", [])
}

/// A PNG file of bytes, [height, width, channels].
public func png(_ pixels: [UInt8], width: Int, height: Int, channels: Int = 3) -> [UInt8] {
    png(width: width, height: height, color: channels == 1 ? 0 : 2) {
        Int(pixels[($0 * width + $1) * channels + $2])
    }
}

private func bigEndian(_ number: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(number).bigEndian, Array.init) }

private func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(kind.utf8) + data
    return bigEndian(data.count) + body + bigEndian(Int(crc32(0, body, CUnsignedInt(body.count))))
}

private func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(uLong(bytes.count))
    var output = [UInt8](repeating: 0, count: Int(count))
    precondition(compress(&output, &count, bytes, uLong(bytes.count)) == Z_OK)
    return Array(output[..<Int(count)])
}
