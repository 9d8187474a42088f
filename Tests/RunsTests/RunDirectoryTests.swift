import Datasets
import Foundation
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

final class RunDirectoryTests: XCTestCase {
    func testCreatesAndOpens() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a/b")
        let run = try RunDirectory.create(at: path)
        XCTAssertEqual(run.configuration, "\(path)/configuration.yaml")
        XCTAssertEqual(run.metrics(ofRank: 3), "\(path)/metrics-3.jsonl")
        XCTAssertEqual(try RunDirectory.create(at: path), run, "an empty directory holds no run")
        XCTAssertThrowsError(try RunDirectory.open(at: path)) {
            XCTAssertEqual("\($0)", "\(path): expected a run directory, found no configuration.yaml in it")
        }
        let configuration = Configuration(data: .init(source: EmbeddedDigits()), model: .init(MultilayerPerceptron()))
        try run.write(configuration)
        XCTAssertEqual(try Configuration.load(path: RunDirectory.open(at: path).configuration), configuration)
    }

    func testNeverOverwritesARun() throws {
        for file in ["configuration.yaml", "metrics.jsonl", "model.safetensors", "range-test.csv"] {
            let directory = try TemporaryDirectory()
            // What a full disk leaves.
            try Data().write(to: URL(fileURLWithPath: directory.file(file)))
            XCTAssertNoThrow(try RunDirectory.create(at: directory.path))
            try Data("text".utf8).write(to: URL(fileURLWithPath: directory.file(file)))
            XCTAssertThrowsError(try RunDirectory.create(at: directory.path)) {
                XCTAssertEqual(
                    "\($0)",
                    "\(directory.path): already holds a run (\(file)); give another directory with --output or remove it"
                )
            }
        }
    }

    func testCheckpointsAloneAreARun() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("checkpoints/\(Checkpoint.fileName(step: 7))")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        XCTAssertThrowsError(try RunDirectory.create(at: directory.path)) {
            XCTAssertTrue("\($0)".contains("already holds a run (checkpoints); "), "\($0)")
        }
    }

    func testDefaultNameIsConfigurationAndTime() throws {
        let directory = try TemporaryDirectory()
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (126, 10, 23)
        (time.tm_hour, time.tm_min, time.tm_sec, time.tm_isdst) = (18, 45, 1, -1)
        let date = Date(timeIntervalSince1970: Double(mktime(&time)))
        let parent = directory.file("runs")
        func create() throws -> RunDirectory {
            try .create(forConfiguration: "configs/mnist-mlp.yaml", under: parent, date: date)
        }
        XCTAssertEqual(try create().path, "\(parent)/mnist-mlp-20261123-184501")
        XCTAssertEqual(try create().path, "\(parent)/mnist-mlp-20261123-184501-2")
        XCTAssertEqual(try create().path, "\(parent)/mnist-mlp-20261123-184501-3")
    }

    func testAFileInTheWay() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("file")
        try Data().write(to: URL(fileURLWithPath: path))
        for path in [path, path + "/below"] {
            XCTAssertThrowsError(try RunDirectory.create(at: path)) {
                let text = "\($0)"
                XCTAssertTrue(text.hasPrefix("\(path): cannot create the run directory: "), text)
                XCTAssertFalse(text.contains("\n"), text)
            }
        }
    }

    func testRangeTestTable() throws {
        let directory = try TemporaryDirectory()
        let run = try RunDirectory.create(at: directory.path)
        try run.write([
            .init(rate: 1e-5, loss: 2.5, smoothedLoss: 2.5), .init(rate: 0.1, loss: .infinity, smoothedLoss: .nan),
        ])
        XCTAssertEqual(
            try String(contentsOfFile: run.rangeTest, encoding: .utf8),
            "step,rate,loss,smoothedLoss\n1,1e-05,2.5,2.5\n2,0.1,inf,nan\n")
    }
}
