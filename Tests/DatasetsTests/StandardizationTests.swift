import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

final class StandardizationTests: XCTestCase {
    func testTrainingSetHasMeanZeroAndDeviationOne() throws {
        let data = try EmbeddedDigits().load(root: nil)
        let (mean, deviation) = moments(data.train, groups: 1)[0]
        XCTAssertEqual(mean, 0, accuracy: 1e-6)
        XCTAssertEqual(deviation, 1, accuracy: 1e-6)
        XCTAssertEqual(data.test.standardization, data.train.standardization)
        XCTAssertEqual(data.standardization, data.train.standardization)
        XCTAssertNotEqual(moments(data.test, groups: 1)[0].mean, 0)
    }

    func testChannelsHaveTheirOwn() throws {
        // Channel 0: 0 and 102, channel 1: constant 51, channel 2: 51 and 255.
        let file = idx([2, 3, 1, 2], [0, 102, 51, 51, 51, 255, 0, 102, 51, 51, 51, 255])
        let folder = try TemporaryFolder()
        try folder.write("x", file)
        try folder.write("y", idx([2], [0, 1]))
        let files = IDXFiles(trainImages: "x", trainLabels: "y", testImages: "x", testLabels: "y")
        let data = try files.load(root: folder.path)
        let statistics = try XCTUnwrap(data.standardization)
        for (found, expected) in zip(statistics.mean + statistics.standardDeviation, [0.2, 0.2, 0.6, 0.2, 1, 0.4]) {
            XCTAssertEqual(found, expected, accuracy: 1e-15)
        }
        for (found, expected) in zip(batch(data.test, [0]).features, [-1, 1, 0, 0, -1, 1] as [Float]) {
            XCTAssertEqual(found, expected, accuracy: 1e-6)
        }
    }

    func testTablesOfBytesFeatureByFeature() throws {
        let folder = try TemporaryFolder()
        // Feature 0: 0 and 20, feature 1: constant 7, feature 2: 100 and 102.
        try folder.write("x", idx([2, 3], [0, 7, 100, 20, 7, 102]))
        try folder.write("y", idx([2], [0, 1]))
        let files = IDXFiles(trainImages: "x", trainLabels: "y", testImages: "x", testLabels: "y")
        let data = try files.load(root: folder.path)
        XCTAssertEqual(data.standardization, Standardization(mean: [10, 7, 101], standardDeviation: [10, 1, 1]))
        XCTAssertEqual(batch(data.train, [1, 0]).features, [1, 0, 1, -1, 0, -1])
        checkLaws(data.train, "table of bytes")
    }

    func testTablesFeatureByFeature() throws {
        let folder = try TemporaryFolder()
        // A feature far from zero must keep its digits; a constant one must be exactly 0.
        try folder.write("train", "16777210,1,0.1,a\n16777212,3,0.1,b\n16777214,5,0.1,a\n")
        try folder.write("test", "16777212,7,0.2,b\n")
        let files = CSVFiles(train: "train", test: .file("test"), format: CSVFormat())
        let data = try files.load(root: folder.path)
        let root = Float(1.5).squareRoot()
        let expected: [Float] = [-root, -root, 0, 0, 0, 0, root, root, 0]
        for (found, expected) in zip(batch(data.train, [0, 1, 2]).features, expected) {
            XCTAssertEqual(found, expected, accuracy: 1e-6)
        }
        XCTAssertEqual(batch(data.train, [0]).features[2], 0)
        let test = batch(data.test, [0])
        XCTAssertEqual(test.labels, [1])
        XCTAssertEqual(test.features[1], 2 * root, accuracy: 1e-6)
        // Deviation 1 for the constant feature: only the mean is subtracted.
        XCTAssertEqual(test.features[2], 0.1, accuracy: 1e-6)
    }

    func testStatisticsLeaveTheHeldOutSamplesAlone() throws {
        let options = LoadOptions(validationFraction: 0.2, seed: 4)
        let data = try EmbeddedDigits().load(root: nil, options: options)
        XCTAssertEqual(data.train.count + (data.validation?.count ?? 0), 1437)
        XCTAssertEqual(moments(data.train, groups: 1)[0].mean, 0, accuracy: 1e-6)
        XCTAssertNotEqual(data.standardization, try EmbeddedDigits().load(root: nil).standardization)
    }

    func testStoredStatisticsAreAppliedAndChecked() throws {
        let measured = try XCTUnwrap(EmbeddedDigits().load(root: nil).standardization)
        let stored = try JSONDecoder().decode(Standardization.self, from: JSONEncoder().encode(measured))
        XCTAssertEqual(stored, measured)
        let given = Standardization(mean: [0.5], standardDeviation: [2])
        let data = try EmbeddedDigits().load(root: nil, options: LoadOptions(standardization: .given(given)))
        // The third pixel of the first sample is 5 of 16.
        XCTAssertEqual(batch(data.train, [0]).features[2], (5.0 / 16 - 0.5) / 2, accuracy: 1e-7)
        let wrong = LoadOptions(standardization: .given(Standardization(mean: [1, 2], standardDeviation: [1, 1])))
        XCTAssertEqual(datasetError { _ = try EmbeddedDigits().load(root: nil, options: wrong) }?.code, .wrongShape)
    }
}
