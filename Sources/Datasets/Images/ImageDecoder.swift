import CImages

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes samples of files with one image: decodes, turns upright, scales and cuts.
package struct ImageDecoder {
    /// Why a file is none that can be decoded.
    package struct Failure: Error, Equatable {
        package var expected: String
        package var found: String
    }

    /// Width and height in pixels, upright.
    package struct Size: Hashable, Codable, Sendable {
        package var width: Int
        package var height: Int
    }

    private let form: ImageForm

    package init(_ form: ImageForm) { self.form = form }

    /// Writes a sample, [C, H, W] bytes; gives the size that the image has in its file.
    ///
    /// - Parameter target: exactly as long.
    @discardableResult
    package func decode(
        _ bytes: [UInt8], into target: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> Size {
        precondition(target.count == form.sampleShape.reduce(1, *), "\(target.count) bytes for \(form.sampleShape)")
        let format = try format(of: bytes)
        let stored = try format.size(bytes)
        let (pixelCount, overflow) = stored.width.multipliedReportingOverflow(by: stored.height)
        guard !overflow, pixelCount <= form.pixelLimit else {
            throw Failure(
                expected: "an image of at most \(form.pixelLimit) pixels (data.images.pixelLimit)",
                found: "one of \(stored.width) x \(stored.height)")
        }
        let orientation = format == .jpeg ? ImageOrientation.of(jpeg: bytes) : ImageOrientation.of(png: bytes)
        let isTurned = orientation >= 5
        let upright = isTurned ? Size(width: stored.height, height: stored.width) : stored
        let part = ImageFit(upright, in: form.size).part
        // A larger image is made smaller while it is decoded, as far as it does not become too small.
        let scale =
            format == .png
            ? 8 : (1...8).first { Self.scaled(upright, $0).covers(part) } ?? 8
        var size = Self.scaled(stored, scale)
        let channels = form.channels.count
        var pixels = try Pixels(size.width * size.height * channels)
        try format.decode(bytes, scale, channels, size, into: pixels)
        if orientation > 1 {
            let turned = try Pixels(size.width * size.height * channels)
            entrain_image_orient(
                pixels.address, size.width, size.height, CInt(channels), CInt(orientation), turned.address)
            pixels = turned
            if isTurned { size = Size(width: size.height, height: size.width) }
        }
        guard
            entrain_image_resample(
                pixels.address, size.width, size.height, CInt(channels), part,
                target.baseAddress!.assumingMemoryBound(to: UInt8.self))
        else { throw Failure.noMemory }
        return upright
    }

    /// The size that libjpeg gives an image it decodes at `scale` eighths.
    private static func scaled(_ size: Size, _ scale: Int) -> Size {
        Size(width: (size.width * scale + 7) / 8, height: (size.height * scale + 7) / 8)
    }

    private func format(of bytes: [UInt8]) throws(Failure) -> ImageFileFormat {
        if bytes.isEmpty { throw Failure(expected: "an image", found: "an empty file") }
        if bytes.count > ByteInput.largestImage {
            throw Failure(expected: "an image of at most \(ByteInput.largestImage >> 20) MiB", found: "a larger file")
        }
        if let format = ImageFileFormat.allCases.first(where: { bytes.starts(with: $0.magic) }) { return format }
        let kind = FileKind.name(of: Array(bytes.prefix(FileKind.length)))
        throw Failure(expected: "a JPEG or PNG image", found: kind ?? "other bytes")
    }
}

extension ImageDecoder.Failure {
    fileprivate static let noMemory = Self(expected: "memory for an image", found: "that the system refuses it")
}

extension ImageDecoder.Size {
    fileprivate func covers(_ part: entrain_image_part) -> Bool {
        width >= part.scaled_width && height >= part.scaled_height
    }
}

/// Pixels of an image; unlike an array, memory that the system refuses is an error to report.
private final class Pixels {
    let address: UnsafeMutablePointer<UInt8>
    private let storage: UnsafeMutableRawPointer

    init(_ count: Int) throws(ImageDecoder.Failure) {
        guard let storage = calloc(max(count, 1), 1) else { throw .noMemory }
        self.storage = storage
        address = storage.bindMemory(to: UInt8.self, capacity: max(count, 1))
    }

    deinit { free(storage) }
}

/// How an image is scaled so that it covers a size, with its proportions, and where its middle lies.
struct ImageFit {
    let part: entrain_image_part

    /// The longer side is rounded down; where an odd number of pixels is cut off, the extra one is at the end.
    init(_ size: ImageDecoder.Size, in frame: ImageSize) {
        let (height, width) = (frame.height, frame.width)
        let isWide = size.width * height >= size.height * width
        let scaledWidth = isWide ? size.width * height / size.height : width
        let scaledHeight = isWide ? height : size.height * width / size.width
        part = entrain_image_part(
            scaled_width: scaledWidth, scaled_height: scaledHeight, left: (scaledWidth - width) / 2,
            top: (scaledHeight - height) / 2, width: width, height: height)
    }
}

/// The formats of images, told by the first bytes and not by the name.
private enum ImageFileFormat: CaseIterable {
    case jpeg, png

    var magic: [UInt8] {
        self == .jpeg ? [0xFF, 0xD8, 0xFF] : [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    }

    func size(_ bytes: [UInt8]) throws(ImageDecoder.Failure) -> ImageDecoder.Size {
        var (width, height) = (0, 0)
        try call { reason in
            self == .jpeg
                ? entrain_jpeg_size(bytes, bytes.count, &width, &height, reason)
                : entrain_png_size(bytes, bytes.count, &width, &height, reason)
        }
        return ImageDecoder.Size(width: width, height: height)
    }

    /// - Parameter scale: of JPEG, in eighths.
    func decode(
        _ bytes: [UInt8], _ scale: Int, _ channels: Int, _ size: ImageDecoder.Size, into pixels: Pixels
    ) throws(ImageDecoder.Failure) {
        try call { reason in
            self == .jpeg
                ? entrain_jpeg_decode(
                    bytes, bytes.count, CInt(scale), CInt(channels), size.width, size.height, pixels.address, reason)
                : entrain_png_decode(
                    bytes, bytes.count, CInt(channels), size.width, size.height, pixels.address, reason)
        }
    }

    private func call(
        _ body: (UnsafeMutablePointer<CChar>) -> Bool
    ) throws(ImageDecoder.Failure) {
        var reason = [CChar](repeating: 0, count: Int(entrain_image_reason_size))
        let isDone = reason.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
        if isDone { return }
        let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(whereSeparator: \.isNewline).joined(separator: " ")
        throw ImageDecoder.Failure(
            expected: "an intact \(self == .jpeg ? "JPEG" : "PNG") image", found: text.isEmpty ? "an error" : text)
    }
}
