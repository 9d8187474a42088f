import Datasets
import Foundation
import XCTest

/// The published sets, when `ENTRAIN_DATA` names the folder that holds them.
final class RealDatasetTests: XCTestCase {
    private func root() throws -> String {
        guard let root = ProcessInfo.processInfo.environment["ENTRAIN_DATA"] else {
            throw XCTSkip("ENTRAIN_DATA does not name the folder of the published sets")
        }
        return root
    }

    private func images(_ folder: String) -> any DataFormat {
        IDXFiles(
            trainImages: "\(folder)/train-images-idx3-ubyte.gz",
            trainLabels: "\(folder)/train-labels-idx1-ubyte.gz",
            testImages: "\(folder)/t10k-images-idx3-ubyte.gz", testLabels: "\(folder)/t10k-labels-idx1-ubyte.gz")
    }

    private func classCounts(_ set: any Dataset) -> [Int] {
        var counts = [Int](repeating: 0, count: set.classCount)
        for index in 0..<set.count { counts[Int(set.label(at: index))] += 1 }
        return counts
    }

    func testMNIST() throws {
        let data = try images("mnist").load(root: try root())
        XCTAssertEqual(classCounts(data.train), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
        XCTAssertEqual(classCounts(data.test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
        XCTAssertEqual(data.train.sampleShape, [1, 28, 28])
        XCTAssertEqual(try XCTUnwrap(data.standardization).mean[0], 0.1307, accuracy: 5e-5)
        XCTAssertEqual(try XCTUnwrap(data.standardization).standardDeviation[0], 0.3081, accuracy: 5e-5)
        checkLaws(data.train, "MNIST")
    }

    func testFashionMNIST() throws {
        let data = try images("fashion-mnist").load(root: try root())
        XCTAssertEqual(classCounts(data.train), [Int](repeating: 6000, count: 10))
        XCTAssertEqual(classCounts(data.test), [Int](repeating: 1000, count: 10))
        XCTAssertEqual(try XCTUnwrap(data.standardization).mean[0], 0.2860, accuracy: 5e-5)
        XCTAssertEqual(try XCTUnwrap(data.standardization).standardDeviation[0], 0.3530, accuracy: 5e-5)
    }

    func testCIFAR10() throws {
        let source = CIFAR10(
            train: (1...5).map { "cifar-10/data_batch_\($0).bin.xz" },
            test: ["cifar-10/test_batch.bin.xz"])
        let data = try source.load(root: try root())
        XCTAssertEqual(classCounts(data.train), [Int](repeating: 5000, count: 10))
        XCTAssertEqual(classCounts(data.test), [Int](repeating: 1000, count: 10))
        let statistics = try XCTUnwrap(data.standardization)
        for (found, expected) in zip(
            statistics.mean + statistics.standardDeviation, [0.4914, 0.4822, 0.4465, 0.2470, 0.2435, 0.2616])
        {
            XCTAssertEqual(found, expected, accuracy: 5e-5)
        }
        // The first images of the first and of the last training file, and of the test: a frog, an automobile and a cat.
        XCTAssertEqual(data.train.className(Int(data.train.label(at: 0))), "frog")
        XCTAssertEqual(data.train.className(Int(data.train.label(at: 40_000))), "automobile")
        XCTAssertEqual(data.test.className(Int(data.test.label(at: 0))), "cat")
        checkLaws(data.train, "CIFAR-10")
    }

    func testLetterRecognition() throws {
        let format = CSVFormat(label: .index(0))
        let files = CSVFiles(train: "uci/letter-recognition.data", test: .after(trainingRows: 16_000), format: format)
        let data = try files.load(root: try root())
        XCTAssertEqual([data.train.count, data.test.count], [16_000, 4000])
        XCTAssertEqual(data.train.classNames, "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init))
        // The first rows are T, I, D, N, G.
        XCTAssertEqual((0..<5).map { data.train.className(Int(data.train.label(at: $0))) }.joined(), "TIDNG")
        for (mean, deviation) in moments(data.train, groups: 16) {
            XCTAssertEqual(mean, 0, accuracy: 1e-5)
            XCTAssertEqual(deviation, 1, accuracy: 1e-5)
        }
    }

    func testSmallTables() throws {
        let root = try root()
        func counts(_ file: String, _ format: CSVFormat) throws -> ([Int], [String]?, Int) {
            let files = CSVFiles(train: "uci/" + file, test: .fraction(0.2), format: format)
            let data = try files.load(root: root)
            let sum = zip(classCounts(data.train), classCounts(data.test)).map(+)
            return (sum, data.train.classNames, data.train.featureCount)
        }
        let cancer = try counts("wdbc.data", CSVFormat(label: .index(1), ignored: [.index(0)]))
        XCTAssert(cancer == ([357, 212], ["B", "M"], 30), "\(cancer)")
        let wine = try counts("wine.data", CSVFormat(label: .index(0)))
        XCTAssert(wine == ([59, 71, 48], ["1", "2", "3"], 13), "\(wine)")
        let iris = try counts("iris.data", CSVFormat())
        XCTAssert(iris == ([50, 50, 50], ["Iris-setosa", "Iris-versicolor", "Iris-virginica"], 4), "\(iris)")
    }

    func testEmbeddedDigitsAreTheTestPartOfOptdigits() throws {
        let raw = LoadOptions(standardization: .off)
        let files = CSVFiles(train: "uci/optdigits.tra", test: .file("uci/optdigits.tes"), format: CSVFormat())
        let table = try files.load(root: try root(), options: raw)
        XCTAssertEqual([table.train.count, table.test.count], [3823, 1797])
        let expected = batch(table.test, Array(0..<1797))
        let digits = try EmbeddedDigits().load(root: nil, options: raw)
        let (train, test) = (batch(digits.train, Array(0..<1437)), batch(digits.test, Array(0..<360)))
        XCTAssertEqual((train.features + test.features).map { $0 * 16 }, expected.features)
        XCTAssertEqual(train.labels + test.labels, expected.labels)
    }
}
