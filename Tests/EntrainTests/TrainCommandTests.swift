import Foundation
import MPI
import MPITestSupport
import Runs
import XCTest

/// `entrain train` from the configuration to the files of the run.
final class TrainCommandTests: XCTestCase {
    func testARunLeavesItsConfigurationMetricsWeightsAndPlot() throws {
        let command = try EntrainCommand()
        let hasGnuplot = Launcher.find("gnuplot") != nil
        for ranks in [nil, 1, 2] {
            let run = "run-\(ranks ?? 0)"
            let outcome = try command.succeed(ranks: ranks, ["train", EntrainCommand.digits, "--output", run])
            let files = command.files(in: run)
            // The checkpoint of the end.
            XCTAssertEqual(files.filter { $0.hasPrefix("checkpoints/") && !$0.dropFirst(12).contains("/") }.count, 1)
            XCTAssertEqual(
                files.filter { !$0.hasPrefix("checkpoints") },
                [
                    "configuration.yaml", "metrics.jsonl", "model.safetensors", "primitives.json", "rate-search.json",
                    "rate-trials.csv",
                ]
                    + (hasGnuplot ? ["training.png"] : []))
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

    func testTheTimelineShowsWhatAllRanksDid() throws {
        let command = try EntrainCommand()
        for ranks in [1, 2] {
            try command.succeed(
                ranks: ranks,
                ["train", EntrainCommand.digits, "--output", "run-\(ranks)", "--trace", "trace-\(ranks).json"]
                    + ["training.epochs=2", "checkpoint.cycle=true", "output.plot=false"].flatMap { ["--set", $0] })
            let data = try Data(contentsOf: URL(fileURLWithPath: command.path("trace-\(ranks).json")))
            let trace = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
            let events = try XCTUnwrap(trace["traceEvents"] as? [[String: Any]])
            for rank in 0..<ranks {
                let own = events.filter { $0["pid"] as? Int == rank && $0["ph"] as? String == "X" }
                let names = Dictionary(grouping: own) { $0["name"] as? String ?? "" }.mapValues(\.count)
                // Two epochs of 45 steps, and an evaluation each.
                for name in ["data", "forward", "loss", "backward", "reduction and update"] {
                    XCTAssertEqual(names[name], 90, "rank \(rank) of \(ranks): \(name)")
                }
                XCTAssertEqual(names["wait"], 180)
                XCTAssertEqual(names["evaluation"], 2)
                XCTAssertEqual(names["copy for a checkpoint"] ?? 0 > 0, true)
                XCTAssertEqual(names["checkpoint"] ?? 0 > 0, rank == 0)
                // One after the other.
                let training = own.filter { $0["tid"] as? Int == 0 && $0["name"] as? String != "evaluation" }
                var end = -Double.infinity
                for event in training {
                    let (start, length) = (event["ts"] as? Double ?? -1, event["dur"] as? Double ?? -1)
                    XCTAssertGreaterThanOrEqual(start, end - 0.002)
                    XCTAssertGreaterThanOrEqual(length, 0)
                    end = start + length
                }
            }
            guard ranks == 2 else { continue }
            // All are behind a barrier when it is over, so that on one clock the waits of a step end together.
            func ends(_ rank: Int) -> [Double] {
                events.filter { $0["pid"] as? Int == rank && $0["name"] as? String == "wait" }
                    .map { ($0["ts"] as? Double ?? 0) + ($0["dur"] as? Double ?? 0) }
            }
            let apart = zip(ends(0), ends(1)).map { abs($0 - $1) }.sorted()
            let step = (ends(0).last! - ends(0)[0]) / 90
            XCTAssertLessThan(apart[90], step, "clocks that are a step apart are not aligned")
        }
    }

    /// Gradients on their way between nodes, each bucket from its start to its end.
    func testTheTimelineShowsEachBucket() throws {
        let command = try EntrainCommand()
        // 8,576 bytes of gradients, in pieces of whole cache lines.
        try command.succeed(
            ranks: 2,
            ["train", EntrainCommand.digits, "--output", "run", "--trace", "trace.json"]
                + ["model.hidden=[32]", "training.epochs=1", "learningRate.schedule=constant", "learningRate.rate=0.1"]
                .flatMap { ["--set", $0] }
                + [
                    "reduction.sharedMemory=false", "reduction.overlap=on", "reduction.bucket=2048",
                    "output.plot=false",
                ]
                .flatMap { ["--set", $0] })
        let data = try Data(contentsOf: URL(fileURLWithPath: command.path("trace.json")))
        let trace = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let events = try XCTUnwrap(trace["traceEvents"] as? [[String: Any]])
        for rank in 0..<2 {
            func times(_ phase: String) -> [String: Double] {
                let own = events.filter {
                    $0["pid"] as? Int == rank && $0["ph"] as? String == phase && $0["name"] as? String == "bucket"
                }
                return Dictionary(own.map { ($0["id"] as? String ?? "", $0["ts"] as? Double ?? -1) }) { $1 }
            }
            let (starts, ends) = (times("b"), times("e"))
            // 45 steps of at least four buckets, as many in each.
            XCTAssertGreaterThanOrEqual(starts.count, 45 * 4)
            XCTAssertEqual(starts.count % 45, 0)
            XCTAssertEqual(Set(starts.keys), Set(ends.keys))
            for (id, start) in starts { XCTAssertGreaterThanOrEqual(ends[id] ?? -1, start) }
        }
    }

    /// The reduction gives all ranks the same bits, whatever their number; the sums of gradients differ by rounding.
    func testAllRanksSeeTheSameRatesAndLosses() throws {
        let command = try EntrainCommand()
        var afterFirstEpoch: [Double] = []
        for ranks in 1...4 {
            try command.succeed(
                ranks: ranks,
                ["train", EntrainCommand.digits, "--output", "r\(ranks)"]
                    + [
                        "output.everyRank=true", "output.plot=false", "training.epochs=4", "training.cycle=0.5",
                        "learningRate.form=gain", "learningRate.target=0.9",
                    ].flatMap { ["--set", $0] })
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
