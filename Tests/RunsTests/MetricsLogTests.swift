import Foundation
import Runs
import Training
import TrainingTestSupport
import XCTest

final class MetricsLogTests: XCTestCase {
    private let first = CycleMetrics(
        step: 469, epoch: 1, seconds: 1.25, samplesPerSecond: 48_000, rate: 0.1, decision: "first cycle",
        train: .init(
            loss: 0.5, accuracy: 0.875, labelEntropy: 2.25, mutualInformation: 1.5, standardError: 0.01, residual: 1 / 3
        ),
        test: .init(
            loss: 0.25, accuracy: 0.9, labelEntropy: 2, mutualInformation: 1.75, standardError: 0.02, residual: 0.125))

    func testLinesOfAFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("metrics.jsonl")
        try MetricsLog(path: path).append(first)
        XCTAssertEqual(
            try String(contentsOfFile: path, encoding: .utf8),
            """
            {"decision":"first cycle","epoch":1,"rate":0.1,"rateBits":"3fb999999999999a","samplesPerSecond":48000,\
            "seconds":1.25,"step":469,"test":{"accuracy":0.9,"labelEntropy":2,"loss":0.25,"mutualInformation":1.75,\
            "residual":0.125,"standardError":0.02},"train":{"accuracy":0.875,"labelEntropy":2.25,"loss":0.5,\
            "mutualInformation":1.5,"residual":0.3333333333333333,"standardError":0.01}}

            """)
        var second = first
        second.validation = second.train
        second.test = nil
        second.decision = nil
        second.rate = 0.1.nextUp
        let log = MetricsLog(path: path)
        try log.append(second)
        XCTAssertEqual(try MetricsLog.read(path: path), [first, second])
        XCTAssertEqual(second.rateBits, "3fb999999999999b")
        XCTAssertEqual(CycleMetrics(step: 0, epoch: 0, seconds: 0, samplesPerSecond: 0, rate: 0).rateBits.count, 16)
    }

    func testRatesOfLayers() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("metrics.jsonl")
        var metrics = first
        metrics.layers = [
            LayerCycleMetrics(
                layer: "3.branch.0", rate: 0.1, mutualInformation: 1.5, standardError: 0.01, residual: 0.25),
            LayerCycleMetrics(layer: "4", rate: 0.05),
        ]
        try MetricsLog(path: path).append(metrics)
        XCTAssertTrue(
            try String(contentsOfFile: path, encoding: .utf8).contains(
                #""layers":[{"layer":"3.branch.0","mutualInformation":1.5,"rate":0.1,"residual":0.25,"#
                    + #""standardError":0.01},{"layer":"4","mutualInformation":null,"rate":0.05,"residual":null,"#
                    + #""standardError":null}]"#))
        let read = try XCTUnwrap(MetricsLog.read(path: path).first?.layers)
        XCTAssertEqual(read.count, 2)
        XCTAssertEqual(read[0], metrics.layers?[0])
        XCTAssertTrue(read[1].mutualInformation.isNaN)
    }

    func testWhatIsNotFiniteIsNull() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("metrics.jsonl")
        var metrics = first
        metrics.train?.residual = .nan
        metrics.samplesPerSecond = .infinity
        try MetricsLog(path: path).append(metrics)
        XCTAssertTrue(try String(contentsOfFile: path, encoding: .utf8).contains("\"residual\":null"))
        let read = try XCTUnwrap(MetricsLog.read(path: path).first)
        XCTAssertEqual(read.train?.residual.isNaN, true)
        XCTAssertTrue(read.samplesPerSecond.isNaN)
        XCTAssertEqual(read.test, metrics.test)
    }

    func testIncompleteAndForeignLines() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("metrics.jsonl")
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        try write("")
        XCTAssertEqual(try MetricsLog.read(path: path), [])
        try write("{\"step\":")
        XCTAssertEqual(try MetricsLog.read(path: path), [])
        try MetricsLog(path: directory.file("good")).append(first)
        let good = try String(contentsOfFile: directory.file("good"), encoding: .utf8)
        try write(good + good.dropLast(5))
        XCTAssertEqual(try MetricsLog.read(path: path), [first])
        for foreign in ["{}", "", "[1]", "\u{0}"] {
            try write(good + foreign + "\n" + good)
            XCTAssertThrowsError(try MetricsLog.read(path: path)) {
                XCTAssertEqual("\($0)", "\(path):2: expected the metrics of a cycle, found another line")
            }
        }
    }

    func testStepsTable() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("steps.csv")
        let log = StepsLog(path: path)
        var expected = "step,epoch,rate,loss\n"
        for step in 1...1000 {
            try log.append(step: step, epoch: Double(step) / 8, rate: 0.1, loss: 2.5)
            expected += "\(step),\(Double(step) / 8),0.1,2.5\n"
        }
        let early = try String(contentsOfFile: path, encoding: .utf8)
        XCTAssertTrue(expected.hasPrefix(early) && early.hasSuffix("\n") && early.count > 1000)
        try log.flush()
        try log.flush()
        XCTAssertEqual(try String(contentsOfFile: path, encoding: .utf8), expected)
        // Opened again it goes on.
        let again = StepsLog(path: path)
        try again.append(step: 1001, epoch: 2, rate: 0.5, loss: 1)
        try again.flush()
        XCTAssertEqual(try String(contentsOfFile: path, encoding: .utf8), expected + "1001,2.0,0.5,1.0\n")
    }

    func testADiskThatIsFull() throws {
        XCTAssertThrowsError(try MetricsLog(path: "/dev/full").append(first)) {
            XCTAssertEqual("\($0)", "/dev/full: cannot write: No space left on device")
        }
    }
}
