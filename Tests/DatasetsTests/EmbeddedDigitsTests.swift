import Datasets
import XCTest

final class EmbeddedDigitsTests: XCTestCase {
    private let raw = LoadOptions(standardization: .off)

    /// The numbers of scikit-learn's `load_digits`: `data.sum()`, `data[0]`, `bincount(target)`.
    func testAreThoseOfScikitLearn() throws {
        let data = try EmbeddedDigits().load(root: nil, options: raw)
        XCTAssertEqual([data.train.count, data.test.count], [1437, 360])
        XCTAssertEqual(data.train.sampleShape, [1, 8, 8])
        let train = batch(data.train, Array(0..<1437))
        let test = batch(data.test, Array(0..<360))
        XCTAssertEqual((train.features + test.features).reduce(0) { $0 + Double($1) * 16 }, 561_718)
        var counts = [Int](repeating: 0, count: 10)
        for label in train.labels + test.labels { counts[Int(label)] += 1 }
        XCTAssertEqual(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        let firstRows = train.features[..<16].map { Int($0 * 16) }
        XCTAssertEqual(firstRows, [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0])
        XCTAssertEqual(Array(train.labels[..<10]), Array(0..<10))
        // `target[1437:1447]` and `target[-3:]`.
        XCTAssertEqual(Array(test.labels[..<10]), [2, 3, 4, 5, 6, 7, 8, 9, 0, 9])
        XCTAssertEqual(Array(test.labels[357...]), [8, 9, 8])
    }

    func testLaws() throws {
        let data = try EmbeddedDigits().load(root: nil, options: LoadOptions(validationFraction: 0.1, seed: 1))
        checkLaws(data.train, "train")
        checkLaws(data.test, "test")
        checkLaws(try XCTUnwrap(data.validation), "validation")
    }
}
