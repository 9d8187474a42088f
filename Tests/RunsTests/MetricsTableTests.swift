import Foundation
import LearningRate
import Logging
import MPI
import Runs
import TrainingTestSupport
import XCTest

/// The table of metrics.
final class MetricsTableTests: XCTestCase {
    /// The fields of a file in RFC 4180 without line feeds in fields.
    private func rows(_ path: String) throws -> [[String: String]] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            var fields = [""]
            var isQuoted = false
            for character in line {
                switch character {
                case "\"": isQuoted.toggle()
                case "," where !isQuoted: fields.append("")
                default: fields[fields.count - 1].append(character)
                }
            }
            return fields
        }
        return lines.dropFirst().map { fields in
            XCTAssertEqual(fields.count, lines[0].count)
            return Dictionary(uniqueKeysWithValues: zip(lines[0], fields))
        }
    }

    private func assertAsLines(in run: String, line: UInt = #line) throws {
        let rows = try rows("\(run)/metrics.csv")
        let cycles = try MetricsLog.read(path: "\(run)/metrics.jsonl")
        XCTAssertEqual(rows.map { $0["step"] }, cycles.map { "\($0.step)" }, line: line)
        for (row, cycle) in zip(rows, cycles) {
            XCTAssertEqual(row["decision"], cycle.decision, line: line)
            XCTAssertEqual(row["best"], cycle.best.map { "\($0)" } ?? "", line: line)
            XCTAssertEqual(row["rateBits"], cycle.rateBits, line: line)
            XCTAssertEqual(row["rate"], "\(cycle.rate)", line: line)
            XCTAssertEqual(row["seconds"], "\(cycle.seconds)", line: line)
            XCTAssertEqual(row["train.residual"].flatMap(Double.init), cycle.train?.residual, line: line)
            XCTAssertEqual(row["test.loss"].flatMap(Double.init), cycle.test?.loss, line: line)
            XCTAssertEqual(row["validation.loss"], "", line: line)
            for layer in cycle.layers ?? [] {
                XCTAssertEqual(row["layers.\(layer.layer).rate"], "\(layer.rate)", line: line)
                let information = layer.mutualInformation
                XCTAssertEqual(
                    row["layers.\(layer.layer).mutualInformation"], information.isNaN ? "" : "\(information)",
                    line: line)
            }
        }
    }

    /// Also where the training went back and was interrupted, and where rows were lost or added meanwhile.
    func testRowsAreTheLines() throws {
        let folder = try TemporaryDirectory()
        let output = folder.file("run")
        func run(_ configuration: Configuration, in output: String, end: Int?) throws -> Int {
            try InProcessCommunicator.run(ranks: 2) { communicator in
                var rollBacks = 0
                let run = try TrainingRun(
                    configuration, file: "digits.yaml", dataRoot: nil, output: output, resumes: true,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
                let observer = ClosureObserver(
                    requests: { end != nil && $0?.step == end ? .interruption : [] },
                    onRollBack: { _ in rollBacks += 1 })
                do {
                    try run.run(showsProgress: false, observedBy: [observer])
                    XCTAssertNil(end)
                } catch let error as AgreedError {
                    guard end != nil else { throw error }
                }
                return rollBacks
            }[0]
        }
        // The rate is too high: the training goes back.
        let configuration = try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp, hidden: [64, 32]}
                training: {batch: 32, epochs: 8, watch: on, stop: {metric: test.loss, patience: 8}}
                learningRate: {schedule: constant, rate: 0.7}
                output: {csv: true, plot: false}
                """, name: "digits")
        var rollBacks = try run(configuration, in: output, end: 100)
        try assertAsLines(in: output)
        try Data("step,another\n7,8\n".utf8).write(to: URL(fileURLWithPath: "\(output)/metrics.csv"))
        rollBacks += try run(configuration, in: output, end: 200)
        try assertAsLines(in: output)
        try FileManager.default.removeItem(atPath: "\(output)/metrics.csv")
        rollBacks += try run(configuration, in: output, end: nil)
        XCTAssertGreaterThan(rollBacks, 0)
        try assertAsLines(in: output)
        // What a run that has ended lacks is made.
        try FileManager.default.removeItem(atPath: "\(output)/metrics.csv")
        _ = try run(configuration, in: output, end: nil)
        try assertAsLines(in: output)

        let layers = try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp, hidden: [8]}
                training: {batch: 64, epochs: 3}
                learningRate: {bounds: {min: 0.001, max: 0.1}, form: gain, layers: {measure: prototype}}
                output: {csv: true, plot: false}
                """, name: "digits")
        _ = try run(layers, in: folder.file("layers"), end: nil)
        try assertAsLines(in: folder.file("layers"))
        XCTAssertNotNil(try rows("\(folder.file("layers"))/metrics.csv").last?["layers.0.mutualInformation"])
    }
}
