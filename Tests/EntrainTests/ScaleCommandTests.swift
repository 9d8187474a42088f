import Foundation
import MPITestSupport
import XCTest

/// `entrain scale` as a user runs it, also with more ranks than cores.
final class ScaleCommandTests: XCTestCase {
    func testEveryNumberOfRanksIsInTheReport() throws {
        let command = try EntrainCommand()
        let hasGnuplot = Launcher.find("gnuplot") != nil
        for ranks in [1, 4, 8] {
            let outcome = try command.succeed(
                ranks: ranks,
                ["scale", EntrainCommand.digits, "--output", "scale", "--repetitions", "2", "--steps", "5"])
            XCTAssertEqual(outcome.standardOutput, "report: scale/report.md\n")
            XCTAssertEqual(
                command.files(in: "scale"), ["report.md", "scaling.csv"] + (hasGnuplot ? ["scaling.png"] : []))
            let table = try String(contentsOfFile: command.path("scale/scaling.csv"), encoding: .utf8)
            let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
            let counts = (0...3).map { 1 << $0 }.filter { $0 <= ranks }
            XCTAssertEqual(rows.map { Int($0[1]) }, (counts + counts).map { $0 })
            XCTAssertEqual(rows.map { String($0[0]) }, counts.map { _ in "strong" } + counts.map { _ in "weak" })
            // Weak: the batch of the configuration on all ranks.
            XCTAssertEqual(Int(rows.last![2]), 32)
            let page = try String(contentsOfFile: command.path("scale/report.md"), encoding: .utf8)
            XCTAssertTrue(page.contains("## Predicted: hdr-infiniband"), page)
            XCTAssertFalse(page.contains("nan") || page.contains("inf "), page)
        }
    }

    func testMistakesAreRefused() throws {
        let command = try EntrainCommand()
        let outcome = try command.run(ranks: 1, ["scale", EntrainCommand.digits, "--network", "carrier-pigeon"])
        XCTAssertEqual(outcome.status, 64)
        XCTAssertTrue(outcome.standardError.contains("no network 'carrier-pigeon'; there are shared-memory, "))
        XCTAssertEqual(command.files(), [])
    }
}
