import Foundation
import MPITestSupport
import XCTest

/// Ranks of a job with a data directory each: what one of them lacks it can only have got from another.
final class SharedDataCommandTests: XCTestCase {
    /// Runs a command on three ranks, each with the directory `data` and its number; those of `readers` hold the files.
    private func run(
        _ command: EntrainCommand, readers: Set<Int>, _ arguments: [String]
    ) throws -> Launcher.Outcome {
        try command.write("c.yaml", BrightRows.configuration())
        for rank in 0..<3 {
            let directory = command.path("data\(rank)")
            try? FileManager.default.removeItem(atPath: directory)
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            guard readers.contains(rank) else { continue }
            try command.write("data\(rank)/images", BrightRows.images)
            try command.write("data\(rank)/labels", BrightRows.labels)
        }
        let process = command.process(ranks: 3, arguments)
        let place = process.arguments!.firstIndex { $0.hasSuffix("/entrain") }!
        let script = "ENTRAIN_DATA=data${OMPI_COMM_WORLD_RANK:-$PMI_RANK} exec \"$0\" \"$@\""
        process.arguments!.insert(contentsOf: ["sh", "-c", script], at: place)
        return try Launcher.run(process, limit: 60)
    }

    func testOneRankReadsForItsNode() throws {
        let command = try EntrainCommand()
        let apart = ["--set", "data.sharedMemory=false"]
        // Each rank as a node of its own, to which the first one sends.
        let sent = apart + ["--set", "data.broadcast=true"]
        var losses: [String] = []
        for (name, readers, settings) in [
            ("shared", [0], []), ("own", [0, 1, 2], apart), ("sent", [0], sent), ("both", [0], Array(sent[2...])),
        ] as [(String, Set<Int>, [String])] {
            let arguments = ["train", "c.yaml", "--output", name, "--set", "output.stepsLog=true"] + settings
            let outcome = try run(command, readers: readers, arguments)
            XCTAssertEqual(outcome.status, 0, "\(name): \(outcome.standardError)")
            losses.append(try String(contentsOfFile: command.path("\(name)/steps.csv"), encoding: .utf8))
        }
        // A heading, 8 steps, the end.
        XCTAssertEqual(losses[0].split(separator: "\n", omittingEmptySubsequences: false).count, 10, losses[0])
        XCTAssertEqual(Set(losses).count, 1)
    }

    func testTheRankThatReadsSaysWhatItLacks() throws {
        let command = try EntrainCommand()
        for (rank, readers, settings) in [
            (0, [1, 2], []), (1, [0, 2], ["--set", "data.sharedMemory=false"]),
            (0, [1, 2], ["--set", "data.broadcast=true"]),
        ] as [(Int, Set<Int>, [String])] {
            let outcome = try run(command, readers: readers, ["check", "c.yaml"] + settings)
            XCTAssertEqual(outcome.status, 1, outcome.standardError)
            XCTAssertEqual(
                command.errors(outcome),
                [
                    "[rank \(rank)/3 on \(command.host)] data\(rank)/images: expected a file, found none; check the name, "
                        + "and the data root given by --data DIR or ENTRAIN_DATA"
                ])
        }
    }

    func testCheckTellsTheMemoryOfANodeAndOfARank() throws {
        let command = try EntrainCommand()
        let shared = try run(command, readers: [0], ["check", "c.yaml"])
        XCTAssertTrue(
            shared.standardOutput.contains(
                "memory in MiB: a node of 3 ranks: samples 0.0, parameters 0.0, optimizer state 0.0; each rank: gradient 0.0, "
                    + "activations 0."), shared.standardOutput)
        XCTAssertTrue(
            shared.standardOutput.contains("\nactivations in MiB, each rank: kept 0."), shared.standardOutput)
        let own = try run(
            command, readers: [0, 1, 2], ["check", "c.yaml", "--set", "data.sharedMemory=false"])
        XCTAssertTrue(
            own.standardOutput.contains(
                "a node of 3 ranks: parameters 0.0, optimizer state 0.0; each rank: samples 0.0, gradient 0.0, "),
            own.standardOutput)
        let defaults = try run(command, readers: [0, 1, 2], ["check", "c.yaml", "--set", "learningRate={}"])
        XCTAssertTrue(
            defaults.standardOutput.contains("optimizer state 0.0, average 0.0, kept to go back to 0.0; each rank"),
            defaults.standardOutput)
    }
}
