import Foundation
import MPI
import MPITestSupport
import Training
import XCTest

/// `entrain train` from the configuration to the files of the run.
final class TrainCommandTests: XCTestCase {
    func testARunLeavesItsConfigurationMetricsWeightsAndPlot() throws {
        let command = try EntrainCommand()
        let hasGnuplot = Launcher.find("gnuplot") != nil
        for ranks in [nil, 1, 2] {
            let run = "run-\(ranks ?? 0)"
            let outcome = try command.succeed(ranks: ranks, ["train", EntrainCommand.digits, "--output", run])
            XCTAssertEqual(
                command.files(in: run),
                ["configuration.yaml", "metrics.jsonl", "model.safetensors", "primitives.json", "range-test.csv"]
                    + (hasGnuplot ? ["range-test.png", "training.png"] : []))
            let cycles = try MetricsLog.read(path: command.path("\(run)/metrics.jsonl"))
            XCTAssertEqual(cycles.map(\.epoch), (1...15).map(Double.init))
            XCTAssertGreaterThanOrEqual(try XCTUnwrap(cycles.last?.test).accuracy, 0.88)
            // A heading and a line a cycle, from one rank.
            XCTAssertEqual(outcome.standardOutput.split(separator: "\n").count, 16, outcome.standardOutput)
        }
    }

    func testTheResolvedConfigurationRepeatsTheRun() throws {
        let command = try EntrainCommand()
        for ranks in 1...2 {
            try command.succeed(
                ranks: ranks,
                [
                    "train", EntrainCommand.digits, "--set", "training.epochs=3", "--set", "seed=7", "--output",
                    "a\(ranks)",
                ])
            try command.succeed(ranks: ranks, ["train", "a\(ranks)/configuration.yaml", "--output", "b\(ranks)"])
            let first = try MetricsLog.read(path: command.path("a\(ranks)/metrics.jsonl"))
            let second = try MetricsLog.read(path: command.path("b\(ranks)/metrics.jsonl"))
            XCTAssertEqual(first.map(\.rateBits), second.map(\.rateBits))
            XCTAssertEqual(first.map(\.train), second.map(\.train))
            XCTAssertEqual(first.map(\.test), second.map(\.test))
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("a\(ranks)/model.safetensors"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("b\(ranks)/model.safetensors"))))
        }
    }

    func testARunWithoutOutputIsNamedAfterConfigurationAndTime() throws {
        let command = try EntrainCommand()
        let arguments = ["train", EntrainCommand.digits, "--set", "training.epochs=1", "--set", "output.plot=false"]
        try command.succeed(ranks: 2, arguments)
        let runs = try FileManager.default.contentsOfDirectory(atPath: command.path("runs"))
        XCTAssertEqual(runs.count, 1)
        XCTAssertNotNil(runs[0].wholeMatch(of: /digits-\d{8}-\d{6}/), runs[0])
    }

    /// The reduction gives all ranks the same bits, whatever their number; the sums of gradients differ by rounding.
    func testAllRanksSeeTheSameRatesAndLosses() throws {
        let command = try EntrainCommand()
        var afterFirstEpoch: [Double] = []
        for ranks in 1...4 {
            try command.succeed(
                ranks: ranks,
                ["train", EntrainCommand.digits, "--output", "r\(ranks)"]
                    + ["output.everyRank=true", "output.plot=false", "training.epochs=4", "training.cycle=0.5"]
                    .flatMap { ["--set", $0] })
            let logs = try (0..<ranks).map {
                try MetricsLog.read(path: command.path("r\(ranks)/metrics-\($0).jsonl"))
            }
            let total = try MetricsLog.read(path: command.path("r\(ranks)/metrics.jsonl"))
            XCTAssertEqual(total.map(\.epoch).last, 4)
            for (rank, log) in logs.enumerated() {
                XCTAssertEqual(log.map(\.rateBits), total.map(\.rateBits), "rank \(rank) of \(ranks)")
                XCTAssertEqual(log.map(\.train), total.map(\.train), "rank \(rank) of \(ranks)")
                XCTAssertEqual(log.map(\.test), total.map(\.test), "rank \(rank) of \(ranks)")
                XCTAssertEqual(log.map(\.decision), total.map(\.decision), "rank \(rank) of \(ranks)")
            }
            XCTAssertGreaterThan(Set(total.map(\.rateBits)).count, 1, "the rate never changed: nothing was compared")
            let first = try XCTUnwrap(total.first { $0.epoch >= 1 })
            afterFirstEpoch.append(try XCTUnwrap(first.test).loss)
        }
        for (index, loss) in afterFirstEpoch.enumerated() {
            XCTAssertEqual(loss, afterFirstEpoch[0], accuracy: 1e-5 * afterFirstEpoch[0], "\(index + 1) ranks")
        }
    }

    func testAnEpochOfMNISTIsLearned() throws {
        guard let root = ProcessInfo.processInfo.environment["ENTRAIN_DATA"],
            FileManager.default.fileExists(atPath: "\(root)/mnist")
        else { throw XCTSkip("ENTRAIN_DATA names no directory with mnist/") }
        let command = try EntrainCommand()
        try command.succeed(
            ranks: 2,
            ["train", EntrainCommand.configuration("mnist-mlp.yaml"), "--set", "training.epochs=1"]
                + ["--data", root, "--output", "run"], limit: 300)
        let last = try XCTUnwrap(MetricsLog.read(path: command.path("run/metrics.jsonl")).last)
        XCTAssertGreaterThan(try XCTUnwrap(last.test).accuracy, 0.93)
    }
}
