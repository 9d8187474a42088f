#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ByteInput {
    /// The contents of a file with one image.
    ///
    /// - Throws: also where they are longer than any image that can be decoded.
    static func image(path: String) throws(DatasetError) -> [UInt8] {
        try ByteInput(path: path).read(atMost: largestImage + 1)
    }

    /// - Throws: where there is no regular file that can be opened.
    static func check(path: String) throws(DatasetError) { close(try open(path).descriptor) }

    /// Bytes of a file of one image; more are not read.
    static let largestImage = 1 << 30

    /// Up to `count` bytes, whose memory is taken only for bytes that are there.
    func read(atMost count: Int) throws(DatasetError) -> [UInt8] {
        var contents: [UInt8] = []
        while contents.count < count {
            let asked = min(count - contents.count, max(1 << 16, contents.count))
            let piece = try read(upTo: asked)
            if contents.isEmpty { contents = piece } else { contents += piece }
            if piece.count < asked { break }
        }
        return contents
    }
}
