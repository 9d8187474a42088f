import Foundation
import MPITestSupport
import XCTest

/// What an accident has left of a run: `--resume auto` goes on with it, begins again, or says what to do.
final class RemainsOfRunsTests: XCTestCase {
    private let train = [
        "train", EntrainCommand.digits, "--output", "run", "--resume", "auto", "--set", "training.epochs=2", "--set",
        "checkpoint.cycle=true", "--set", "checkpoint.keep=1",
    ]
    private let noPlot = ["--set", "output.plot=false"]

    func testTheOnlyCheckpointIsDamaged() throws {
        let command = try EntrainCommand()
        try command.succeed(ranks: 2, train + noPlot)
        let weights = command.path("run/model.safetensors")
        let expected = try Data(contentsOf: URL(fileURLWithPath: weights))
        try FileManager.default.removeItem(atPath: weights)
        let name = try XCTUnwrap(command.files(in: "run/checkpoints").first { !$0.contains("/") })
        let checkpoint = "run/checkpoints/\(name)"
        try command.write("\(checkpoint)/state.json", "{}")
        let refused = try command.run(ranks: 2, train + noPlot)
        XCTAssertEqual(refused.status, 1)
        XCTAssertEqual(
            command.errors(refused),
            [
                "[rank 0/2 on \(command.host)] run/checkpoints: no checkpoint is whole (\(checkpoint): expected the files that a "
                    + "checkpoint was written as, found others or parts of them); remove \(checkpoint) to begin the run again, or "
                    + "give another directory with --output"
            ], refused.standardError)
        // As it is told.
        try FileManager.default.removeItem(atPath: command.path(checkpoint))
        try command.succeed(ranks: 2, train + noPlot)
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: weights)), expected)
    }

    func testNothingButEmptyFiles() throws {
        let command = try EntrainCommand()
        try FileManager.default.createDirectory(atPath: command.path("run"), withIntermediateDirectories: false)
        for files in [["metrics.jsonl"], ["configuration.yaml", "metrics.jsonl"]] {
            try FileManager.default.removeItem(atPath: command.path("run"))
            try FileManager.default.createDirectory(atPath: command.path("run"), withIntermediateDirectories: false)
            for file in files { try command.write("run/\(file)", "") }
            try command.succeed(ranks: 2, train + noPlot)
            XCTAssertTrue(command.files(in: "run").contains("model.safetensors"))
        }
    }

    func testTheMissingPlotOfACompleteRunIsDrawn() throws {
        try XCTSkipIf(Launcher.find("gnuplot") == nil, "gnuplot is not installed")
        let command = try EntrainCommand()
        try command.succeed(ranks: nil, train)
        let plot = command.path("run/training.png")
        let size = try Data(contentsOf: URL(fileURLWithPath: plot)).count
        try FileManager.default.removeItem(atPath: plot)
        let again = try command.succeed(ranks: 2, train)
        XCTAssertTrue(again.standardError.contains("the run is complete: run/model.safetensors\n"), again.standardError)
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: plot)).count, size)
        let third = try command.succeed(ranks: nil, train)
        XCTAssertFalse(third.standardError.contains("plot"), third.standardError)
    }
}
