import Foundation
import MPITestSupport
import XCTest

/// Ranks on two hosts: network namespaces of this machine, joined by a line.
final class TwoHostsTests: XCTestCase {
    /// The path of a script beside the tests.
    private static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../TwoHosts/\(name)")
            .standardizedFileURL.path
    }

    private func process(_ arguments: [String], in command: EntrainCommand) -> Process {
        let process = command.process(ranks: nil, [])
        process.executableURL = URL(fileURLWithPath: Self.script("two-hosts.sh"))
        process.arguments = arguments
        return process
    }

    /// A command in a folder of its own, where two hosts can be made.
    private func makeCommand() throws -> EntrainCommand {
        let command = try EntrainCommand()
        let probe = try Launcher.run(process(["true"], in: command), limit: 20)
        try XCTSkipIf(probe.status != 0, "cannot make network namespaces: \(probe.standardError)")
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the scripts start Open MPI")
        return command
    }

    private func text(_ file: String, in command: EntrainCommand) -> String {
        (try? String(contentsOfFile: command.path(file), encoding: .utf8)) ?? "not there"
    }

    func testTheLineGoesDownAndTheRunGoesOn() throws {
        let command = try makeCommand()
        try command.write(
            "run.yaml",
            """
            data: {format: digits}
            model: {layers: [{convolution: {channels: 8, kernel: 3}}, batchNormalization, relu, flatten, {dropout: {rate: 0.2}}, {dense: {units: 10}}]}
            training: {batch: 32, epochs: 40}
            checkpoint: {steps: 50}
            output: {plot: false, stepsLog: true}
            reduction: {overlap: on}

            """)
        let entrain = Launcher.processAlone("entrain", []).executableURL!.path
        let outcome = try Launcher.run(
            process(
                [Self.script("lost-host.sh"), entrain, command.path("run.yaml"), command.folder], in: command),
            limit: 480)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        let lines = outcome.standardOutput.split(separator: "\n").map(String.init)
        let (lost, rest) = (text("lost.txt", in: command), text("rest.txt", in: command))
        let told = "whole.txt: \(text("whole.txt", in: command))\nlost.txt: \(lost)\nrest.txt: \(rest)"
        guard lines.count == 5 else { return XCTFail("\(lines) \(outcome.standardError) \(told)") }
        XCTAssertEqual(lines[0], "whole: 0", told)
        XCTAssertNotEqual(lines[1], "lost: 0", told)
        XCTAssertEqual(lines[2], "rest: 0", told)
        XCTAssertEqual(lines[3].prefix(64), lines[4].prefix(64))
        // Told after one and a quarter times the limit of 2 s, by looks that are no more than a quarter of it apart.
        let message =
            /\[rank 0.2 on host-a\] no answer from host-b \(rank 1\): the ranks on host-a have waited for [23] s in MPI_\w+, for a machine that is lost or for work that takes longer;/
        XCTAssertNotNil(lost.firstMatch(of: message), lost)
        XCTAssertTrue(rest.contains("continuing after step "), rest)
    }
}
