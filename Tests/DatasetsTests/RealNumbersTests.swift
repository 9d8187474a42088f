import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Numbers keep the digits that tell them apart until they are standardized.
final class RealNumbersTests: XCTestCase {
    /// Sixteenths in a fixed disorder, exact with any of the offsets below.
    private let spread = (0..<200).map { Double($0 * 77 % 200) / 16 }
    private let offsets = [0, 1.7e9, 4e9, 2_460_310.5, -3e12]

    private func csv(_ text: String, _ choice: Standardization.Choice = .fromTraining) throws -> LoadedData {
        let folder = try TemporaryFolder()
        try folder.write("t", text)
        return try CSVFiles(train: "t", test: .after(trainingRows: 150), format: CSVFormat())
            .load(root: folder.path, options: LoadOptions(standardization: choice))
    }

    private func npy(
        _ type: String, _ bytes: [UInt8], _ choice: Standardization.Choice = .fromTraining, pack: Bool = false
    ) throws -> LoadedData {
        let folder = try TemporaryFolder()
        let file = DataFilesTestSupport.npy(type, [200, 1], bytes)
        try folder.write("x", pack ? gzip(file) : file)
        try folder.write("y", DataFilesTestSupport.npy("|u1", [200], (0..<200).map { UInt8($0 % 2) }))
        return try NPYFiles(trainFeatures: "x", trainLabels: "y", testFeatures: "x", testLabels: "y").load(
            root: folder.path, options: LoadOptions(standardization: choice))
    }

    /// The same but for a shift of all by the rounding of a mean that is as far from zero as `offset`.
    private func assertLike(_ found: LoadedData, _ plain: LoadedData, _ offset: Double, line: UInt = #line) throws {
        for (found, plain) in [(found.train, plain.train), (found.test, plain.test)] {
            for (found, plain) in zip(features(found), features(plain)) {
                XCTAssertEqual(found, plain, accuracy: 3e-7 + Float(offset.ulp), "\(offset)", line: line)
            }
        }
        for (found, plain) in try zip(
            XCTUnwrap(found.standardization).standardDeviation, XCTUnwrap(plain.standardization).standardDeviation)
        {
            XCTAssertEqual(found, plain, accuracy: 1e-12 * plain, "\(offset)", line: line)
        }
        XCTAssertEqual(found.warnings, [], "\(offset)", line: line)
    }

    private func features(_ dataset: any Dataset) -> [Float] { batch(dataset, Array(0..<dataset.count)).features }

    func testAnOffsetChangesNothingInATable() throws {
        func load(_ offset: Double) throws -> LoadedData {
            try csv(spread.enumerated().map { "\(offset + $1),\(-$1),\($0 % 2)" }.joined(separator: "\n"))
        }
        let plain = try load(0)
        for offset in offsets {
            let data = try load(offset)
            try assertLike(data, plain, offset)
        }
        XCTAssertEqual(moments(plain.train, groups: 2)[0].deviation, 1, accuracy: 1e-6)
    }

    func testAnOffsetChangesNothingInAnArray() throws {
        let whole = spread.map { $0 * 16 }
        func check(_ type: String, _ bytes: (Double) -> [UInt8], _ offset: Double, line: UInt = #line) throws {
            let plain = try npy(type, whole.flatMap { bytes($0) })
            for pack in [false, true] {
                let data = try npy(type, whole.flatMap { bytes($0 + offset) }, pack: pack)
                try assertLike(data, plain, offset, line: line)
            }
        }
        try check("<f8", { littleEndian([$0.bitPattern]) }, 4e9)
        try check(">f8", { littleEndian([$0.bitPattern.byteSwapped]) }, 1.7e9)
        try check("<i4", { littleEndian([Int32($0)]) }, 2e9)
        try check("<u4", { littleEndian([UInt32($0)]) }, 4e9)
        try check("<i8", { littleEndian([Int64($0)]) }, -1e15)
        try check("<u8", { littleEndian([UInt64($0)]) }, 8e15)
    }

    /// The mean of numbers some spacings of Double apart must be right to less than that.
    func testStatisticsFarFromZero() throws {
        let base = 0x1p52
        let data = try csv((0..<200).map { "\(Int(base) + $0 % 4),\($0 % 2)" }.joined(separator: "\n"))
        // 0, 1, 2, 3 over 150 rows: 38, 38, 37, 37 times.
        let mean = Double(38 + 2 * 37 + 3 * 37) / 150
        let square = Double(38 + 4 * 37 + 9 * 37) / 150
        let deviation = (square - mean * mean).squareRoot()
        XCTAssertEqual(data.standardization?.standardDeviation[0] ?? 0, deviation, accuracy: 1e-12)
        XCTAssertEqual(moments(data.train, groups: 1)[0].deviation, 1, accuracy: 1e-6)
    }

    func testStoredStatisticsAreAppliedInDouble() throws {
        let rows = spread.enumerated().map { "\(1.7e9 + $1),\($0 % 2)" }.joined(separator: "\n")
        let trained = try csv(rows)
        let kept = try JSONDecoder().decode(
            Standardization.self, from: JSONEncoder().encode(XCTUnwrap(trained.standardization)))
        let again = try csv(rows, .given(kept))
        XCTAssertEqual(features(again.test), features(trained.test))
        XCTAssertEqual(again.standardization, trained.standardization)
    }

    func testNumbersOf32BitsAreStandardizedAsTheyStand() throws {
        let values = spread.map { Float($0) + 0.1 }
        let data = try npy("<f4", littleEndian(values.map(\.bitPattern)))
        let mean = values.map(Double.init).reduce(0, +) / 200
        let square = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 200
        XCTAssertEqual(data.standardization, Standardization(mean: [mean], standardDeviation: [square.squareRoot()]))
        XCTAssertEqual(features(data.train), values.map { Float((Double($0) - mean) / square.squareRoot()) })
    }

    func testLostSpreadIsToldOf() throws {
        func warning(_ values: [Double], _ choice: Standardization.Choice) throws -> String? {
            let data = try csv(
                "time,kind\n" + values.enumerated().map { "\($1),\($0 % 2)" }.joined(separator: "\n"), choice)
            XCTAssertLessThanOrEqual(data.warnings.count, 1)
            return data.warnings.first.map { String($0.description.split(separator: "/t: ")[1]) }
        }
        XCTAssertEqual(
            try warning((0..<200).map { 1.7e9 + Double($0) }, .off),
            "feature \"time\" reaches 1700000149.0, where 32-bit numbers lie 128.0 apart, with a standard deviation of "
                + "43.30031; standardize the data, or subtract an offset")
        XCTAssertNil(try warning((0..<200).map { 1.7e9 + Double($0) }, .fromTraining))
        XCTAssertNil(try warning((0..<200).map { 0.1 + Double($0) / 3 }, .off))
        XCTAssertNil(try warning([Double](repeating: 4e9 + 1, count: 200), .off), "a constant has no spread to lose")
        // One far out takes the digits of all others, standardized or not.
        let outlier = [1e12] + (1..<200).map { 1e9 + Double($0) / 8 }
        XCTAssertEqual(
            try warning(outlier, .fromTraining),
            "feature \"time\" has 150 numbers that are 2 in 32 bits; subtract an offset, or remove what lies far out")
        // Beyond what Double can tell apart.
        XCTAssert(
            try warning((0..<200).map { 0x1p60 + Double($0 % 2) * 256 }, .fromTraining)?.contains("64-bit") == true)
    }

    func testAStandardizedNumberOutOfRangeIsRefused() throws {
        let rows = (0..<199).map { "\(Double($0) * 1e-30),\($0 % 2)" }.joined(separator: "\n") + "\n1e30,0\n"
        let error = datasetError { _ = try csv(rows) }
        XCTAssertEqual(error?.code, .invalidNumber)
        XCTAssert(error?.description.contains("found one of sample 199 that is not, feature 0, of mean ") == true)
    }
}
