import CZlib

/// One gzip member that decompresses to `bytes`.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    precondition(entrain_deflateInit2(&stream, 6, 15 + 16) == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))) + 64)
    let count = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { destination in
            stream.next_in = source.baseAddress
            stream.avail_in = CUnsignedInt(source.count)
            stream.next_out = destination.baseAddress
            stream.avail_out = CUnsignedInt(destination.count)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return destination.count - Int(stream.avail_out)
        }
    }
    return Array(output[..<count])
}

/// An IDX file of unsigned bytes.
func idx(_ dimensions: [Int], _ elements: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 8, UInt8(dimensions.count)]
    for size in dimensions { bytes += withUnsafeBytes(of: UInt32(size).bigEndian, Array.init) }
    return bytes + elements
}

/// A small classification that can be learned: 60 images of 4 x 4 pixels, whose label is the row that is bright.
enum BrightRows {
    static let images = idx([60, 4, 4], (0..<60).flatMap(pixels))

    private static func pixels(ofSample sample: Int) -> [UInt8] {
        (0..<16).map { pixel in
            let light = pixel / 4 == sample % 3 ? 180 : 20
            return UInt8(light + (sample * 7 + pixel * 5) % 60)
        }
    }

    static let labels = idx([60], (0..<60).map { UInt8($0 % 3) })

    static func configuration(
        images: String = "images", labels: String = "labels", classNames: String = ""
    ) -> String {
        """
        data:
          format: idx
          train: {images: \(images), labels: \(labels)}
          test: {images: images, labels: labels}
        \(classNames)model: {preset: mlp, hidden: [8]}
        training: {batch: 8, epochs: 1}
        learningRate: {schedule: constant, rate: 0.05}
        output: {plot: false}

        """
    }
}
