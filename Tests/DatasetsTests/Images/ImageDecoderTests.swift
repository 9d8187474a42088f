import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Pixels of files, held against Pillow's, and of what is refused the reason.
final class ImageDecoderTests: XCTestCase {
    /// Sample of a file, [C, H, W].
    private func decode(
        _ file: [UInt8], height: Int, width: Int, channels: ImageForm.Channels = .rgb, limit: Int = 1 << 20
    ) throws -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: (channels == .grey ? 1 : 3) * height * width)
        let form = ImageForm(height: height, width: width, channels: channels, pixelLimit: limit)
        try pixels.withUnsafeMutableBytes { pixels in
            _ = try ImageDecoder(form).decode(file, into: pixels)
        }
        return pixels
    }

    /// "expected …, found …"; a failure where the file is decoded.
    private func refusal(_ file: [UInt8], limit: Int = 1 << 20, line: UInt = #line) -> String {
        do {
            _ = try decode(file, height: 4, width: 4, limit: limit)
            XCTFail("decoded", line: line)
            return ""
        } catch {
            guard let failure = error as? ImageDecoder.Failure else { return "\(error)" }
            return "expected \(failure.expected), found \(failure.found)"
        }
    }

    func testPixelsAreThoseOfPillow() throws {
        let golden = try ImageGolden.load()
        XCTAssertGreaterThan(golden.files.count, 20)
        for file in golden.files {
            let channels: ImageForm.Channels = file.pixels.count == file.size[0] * file.size[1] ? .grey : .rgb
            let found = try decode(
                [UInt8](file.file), height: file.size[1], width: file.size[0], channels: channels)
            let largest = zip(found, file.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            XCTAssertEqual(found.count, file.pixels.count, file.name)
            XCTAssertEqual(largest, 0, file.name)
        }
    }

    /// In integers, what Pillow computes the weights of in Double.
    func testScaledImagesAreThoseOfPillow() throws {
        for image in try ImageGolden.load().scaled {
            let file = png(
                [UInt8](image.source), width: image.size[0], height: image.size[1], channels: image.channels)
            let found = try decode(
                file, height: image.target[0], width: image.target[1], channels: image.channels == 1 ? .grey : .rgb)
            XCTAssertEqual(found, [UInt8](image.pixels), "\(image.size) to \(image.target)")
        }
    }

    private func red(_ row: Int, _ column: Int) -> Int { (row * 37 + column * 11) & 255 }

    func testDepthsOfPNG() throws {
        for isInterlaced in [false, true] {
            // The upper byte counts.
            let deep = png(width: 13, height: 9, depth: 16, isInterlaced: isInterlaced) { row, column, channel in
                (self.red(row, column) ^ channel) << 8 | 0xFF
            }
            let pixels = try decode(deep, height: 9, width: 13)
            for channel in 0..<3 {
                for row in 0..<9 {
                    for column in 0..<13 {
                        XCTAssertEqual(Int(pixels[(channel * 9 + row) * 13 + column]), red(row, column) ^ channel)
                    }
                }
            }
            for depth in [1, 2, 4] {
                let most = 1 << depth - 1
                let grey = png(width: 13, height: 9, depth: depth, color: 0, isInterlaced: isInterlaced) {
                    row, column, _ in
                    (row + column) & most
                }
                let pixels = try decode(grey, height: 9, width: 13, channels: .grey)
                XCTAssertEqual(Int(pixels[2 * 13 + 1]), (3 & most) * 255 / most)
                XCTAssertEqual(Int(pixels[8 * 13 + 12]), (20 & most) * 255 / most)
            }
        }
    }

    func testTransparencyIsOverWhite() throws {
        let image = png(width: 2, height: 1, color: 6) { _, column, channel in
            [[10, 20, 30, 0], [10, 20, 30, 51]][column][channel]
        }
        // A fifth of the colour, and four fifths of white.
        XCTAssertEqual(try decode(image, height: 1, width: 2), [255, 206, 255, 208, 255, 210])
        let grey = png(width: 2, height: 1, color: 4) { _, column, channel in [[100, 255], [100, 0]][column][channel] }
        XCTAssertEqual(try decode(grey, height: 1, width: 2, channels: .grey), [100, 255])
        let palette = png(
            width: 2, height: 1, depth: 8, color: 3,
            chunks: [("PLTE", [1, 2, 3, 4, 5, 6]), ("tRNS", [255, 0])]
        ) { _, column, _ in column }
        XCTAssertEqual(try decode(palette, height: 1, width: 2), [1, 255, 2, 255, 3, 255])
    }

    func testOnePixel() throws {
        let file = png([7, 8, 9], width: 1, height: 1)
        XCTAssertEqual(
            try decode(file, height: 2, width: 3), [7, 8, 9].flatMap { [UInt8](repeating: $0, count: 6) })
    }

    /// A file cut anywhere is refused, but for a JPEG that lacks no more than its end marker.
    func testTruncatedFiles() throws {
        let golden = try ImageGolden.load()
        for name in ["JPEG 4:2:0", "JPEG progressive", "PNG colour"] {
            let file = [UInt8](golden.files.first { $0.name == name }!.file)
            for count in stride(from: 0, to: file.count - 8, by: 5) {
                let text = refusal(Array(file[..<count]))
                XCTAssertFalse(text.isEmpty, "\(name), \(count) of \(file.count)")
                XCTAssertFalse(text.contains("\n"), text)
            }
        }
        let jpeg = [UInt8](golden.files.first { $0.name == "JPEG 4:2:0" }!.file)
        XCTAssertEqual(
            refusal(Array(jpeg[..<(jpeg.count / 2)])),
            "expected an intact JPEG image, found Premature end of JPEG file")
    }

    func testWhatIsNoImage() {
        XCTAssertEqual(refusal([]), "expected an image, found an empty file")
        XCTAssertEqual(refusal(Array("GIF89a".utf8)), "expected a JPEG or PNG image, found a GIF image")
        XCTAssertEqual(refusal([1, 2, 3]), "expected a JPEG or PNG image, found other bytes")
        var damaged = png([7, 8, 9], width: 1, height: 1)
        // In the checksum of the pixels.
        damaged[damaged.count - 14] ^= 1
        XCTAssertEqual(refusal(damaged), "expected an intact PNG image, found IDAT: CRC error")
    }

    /// A header may claim any size.
    func testClaimedSizes() {
        let wide = png(width: 2000, height: 1, color: 0) { _, _, _ in 0 }
        XCTAssertEqual(
            refusal(wide, limit: 1999),
            "expected an image of at most 1999 pixels (data.images.pixelLimit), found one of 2000 x 1")
        var huge = png([0], width: 1, height: 1, channels: 1)
        huge.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        XCTAssertTrue(refusal(huge).hasPrefix("expected an intact PNG image, found "), refusal(huge))
    }

    /// Hundreds of passes over an image are refused; each is as long as a decoding.
    func testScansAreLimited() throws {
        func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] { [0xFF, marker, 0, UInt8(data.count + 2)] + data }
        // A block of grey whose coefficients come one by one, and then once more with another bit; all are 0, of which the code
        // is one bit 0.
        func scan(_ coefficient: UInt8, _ bits: UInt8) -> [UInt8] {
            segment(0xDA, [1, 1, 0, coefficient, coefficient, bits]) + [0x7F]
        }
        func table(_ kind: UInt8) -> [UInt8] { segment(0xC4, [kind, 1] + [UInt8](repeating: 0, count: 15) + [0]) }
        func image(_ refinements: UInt8) -> [UInt8] {
            [0xFF, 0xD8] + segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
                + segment(0xC2, [8, 0, 8, 0, 8, 1, 1, 0x11, 0]) + table(0) + table(0x10) + scan(0, 0)
                + (1...63).flatMap { scan($0, 1) } + (1...refinements).flatMap { scan($0, 0x10) } + [0xFF, 0xD9]
        }
        XCTAssertEqual(
            try decode(image(30), height: 8, width: 8, channels: .grey), [UInt8](repeating: 128, count: 64))
        XCTAssertEqual(refusal(image(63)), "expected an intact JPEG image, found more than 100 scans of one image")
    }
}

/// What `make_images.py` wrote.
struct ImageGolden: Decodable {
    struct File: Decodable {
        let name: String
        let file: Data
        /// Width and height.
        let size: [Int]
        /// [C, H, W]
        let pixels: Data
    }

    struct Scaled: Decodable {
        let size: [Int]
        let channels: Int
        /// Height and width.
        let target: [Int]
        let source: Data
        let pixels: Data
    }

    let files: [File]
    let scaled: [Scaled]

    static func load() throws -> Self {
        let url = Bundle.module.url(forResource: "images", withExtension: "json")!
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }
}
