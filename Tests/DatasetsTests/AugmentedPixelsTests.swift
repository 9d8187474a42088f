import Datasets
import Foundation
import XCTest

/// Pixels of changed images, held against torchvision's.
final class AugmentedPixelsTests: XCTestCase {
    private struct Golden: Decodable {
        struct Image: Decodable {
            let shape: [Int]
            let pixels: [Float]
        }
        struct Case: Decodable {
            let image, operation: String
            let parameters: [Double]
            let pixels: [Float]
        }
        let images: [String: Image]
        let cases: [Case]
    }

    private func golden() throws -> Golden {
        let url = try XCTUnwrap(Bundle.module.url(forResource: "augmentations", withExtension: "json"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    /// What `body` makes of an image.
    private func changed(_ image: Golden.Image, _ body: (ImagePlanes) throws -> Void) rethrows -> [Float] {
        var pixels = image.pixels
        var spare = [Float](repeating: .nan, count: pixels.count)
        try pixels.withUnsafeMutableBufferPointer { pixels in
            try spare.withUnsafeMutableBufferPointer { spare in
                try body(
                    ImagePlanes(
                        pixels: pixels.baseAddress!, spare: spare.baseAddress!, channels: image.shape[0],
                        height: image.shape[1], width: image.shape[2]))
            }
        }
        return pixels
    }

    private func apply(_ test: Golden.Case, to image: ImagePlanes) throws {
        let first = test.parameters[0]
        switch test.operation {
        case "enlarge":
            let numbers = test.parameters.map { Int($0) }
            image.enlarge(
                .init(top: numbers[0], left: numbers[1], height: numbers[2], width: numbers[3]))
        case "rotate": image.move(.rotation(degrees: first)) { _ in 0 }
        case "brightness": image.changeBrightness(Float(first))
        case "contrast": image.changeContrast(Float(first))
        case "saturation": image.changeSaturation(Float(first))
        case "sharpness": image.changeSharpness(Float(first))
        case "hue": image.shiftHue(Float(first))
        default:
            let name = test.operation.dropFirst("randAugment ".count)
            let operation = try XCTUnwrap(
                RandAugment.Operation.allCases.first { "\($0)".lowercased() == name.lowercased() }, String(name))
            RandAugment(magnitude: Int(first)).apply(operation, to: image, sign: test.parameters[1])
        }
    }

    func testPixelsAreThoseOfTorchvision() throws {
        let golden = try golden()
        var changes: Set<String> = []
        for test in golden.cases {
            let image = try XCTUnwrap(golden.images[test.image])
            let found = try changed(image) { try apply(test, to: $0) }
            let largest = zip(found, test.pixels).map { abs($0 - $1) }.max() ?? .infinity
            // Six digits are written; a hue is a quotient of small differences.
            XCTAssertLessThan(largest, 5e-6, "\(test.operation) \(test.parameters) of \(test.image)")
            if found != image.pixels { changes.insert(test.operation) }
        }
        // All but the one that is to change nothing.
        XCTAssertEqual(Set(golden.cases.map(\.operation)).subtracting(changes), ["randAugment Identity"])
        XCTAssertEqual(changes.count(where: { $0.hasPrefix("randAugment") }), RandAugment.Operation.allCases.count - 1)
    }

    /// What comes in from outside is what the caller says.
    func testOutsideOfATurnedImage() throws {
        let image = Golden.Image(shape: [2, 3, 3], pixels: [Float](repeating: 1, count: 18))
        let found = changed(image) { $0.move(.rotation(degrees: 45)) { Float($0) - 5 } }
        // The corner of a square of side 3 lies (√2 − 1) · 1 beyond, where it is interpolated between the edge and outside.
        XCTAssertLessThan(found[0], 0.9)
        XCTAssertGreaterThan(found[0], -5)
        XCTAssertEqual(found[9] - 1, (found[0] - 1) * 5 / 6, accuracy: 1e-5)
        XCTAssertEqual(found[4], 1)
    }

    func testPartsOfRandomResizedCrop() {
        let crop = RandomResizedCrop(scale: NumberRange(0.25, 0.5), ratio: NumberRange(0.5, 2))
        var tops: Set<Int> = []
        var logRatio = 0.0
        let draws = 4000
        for sample in 0..<draws {
            var numbers = SampleDraws(.randomResizedCrop, seed: 3, epoch: 1, sample: sample)
            let part = crop.part(ofImage: 60, 80, &numbers)
            XCTAssert(part.top >= 0 && part.left >= 0 && part.top + part.height <= 60 && part.left + part.width <= 80)
            // Sides are rounded to whole pixels.
            let area = Double(part.height * part.width) / 4800
            XCTAssert((0.24...0.51).contains(area), "\(part)")
            tops.insert(part.top)
            logRatio += log(Double(part.width) / Double(part.height)) / Double(draws)
        }
        XCTAssertGreaterThan(tops.count, 25)
        // Uniform over ± log 2, of deviation 0.4; parts that are too high are drawn again, which shifts the mean to wide ones.
        XCTAssertEqual(logRatio, 0, accuracy: 0.1)
        // An image that no ratio fits gives its middle.
        var numbers = SampleDraws(.randomResizedCrop, seed: 3, epoch: 1, sample: 0)
        let whole = RandomResizedCrop(scale: NumberRange(1, 1), ratio: NumberRange(1, 1))
        XCTAssertEqual(
            whole.part(ofImage: 20, 60, &numbers), .init(top: 0, left: 20, height: 20, width: 20))
    }
}
