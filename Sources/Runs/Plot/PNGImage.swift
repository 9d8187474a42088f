import CZlib

/// A picture of bytes as a PNG file (ISO/IEC 15948), gray or with the channels red, green and blue.
package struct PNGImage {
    let width, height: Int
    /// `[H, W, C]`, with 1 or 3 channels.
    let pixels: [UInt8]

    /// - Parameter pixels: `[H, W, C]`, with 1 or 3 channels.
    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(
            width > 0 && height > 0 && [1, 3].contains(pixels.count / (width * height))
                && pixels.count % (width * height) == 0,
            "\(pixels.count) bytes for a picture of \(width) x \(height)")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// The file.
    package var bytes: [UInt8] {
        let channels = pixels.count / (width * height)
        let row = width * channels
        // Each row begins with its filter: none.
        let rows = (0..<height).flatMap { [0] + pixels[$0 * row..<($0 + 1) * row] }
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header = Self.number(width) + Self.number(height) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
        return signature + Self.chunk("IHDR", header) + Self.chunk("IDAT", Self.deflated(rows)) + Self.chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ contents: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + contents
        return number(contents.count) + body + number(Int(crc32(0, body, uInt(body.count))))
    }

    /// Four bytes, the highest first.
    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var count = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(count))
        let status = compress2(&result, &count, bytes, uLong(bytes.count), 9)
        precondition(status == Z_OK, "zlib has no memory for \(bytes.count) bytes")
        return Array(result.prefix(Int(count)))
    }
}
