import Foundation
import XCTest

/// `entrain report` as a user starts it; what is on the page is tested with `RunReport`.
final class ReportCommandTests: XCTestCase {
    func testAReportOfARun() throws {
        let command = try EntrainCommand()
        try command.succeed(
            ranks: 2,
            [
                "train", EntrainCommand.digits, "--output", "run", "--set", "training.epochs=2", "--set",
                "output.plot=false",
            ])
        let outcome = try command.succeed(ranks: 2, ["report", "run", "run/", "--output", "two.html"])
        XCTAssertEqual(outcome.standardOutput, "report: two.html\n")
        XCTAssertEqual(outcome.standardError, "")
        let page = try String(contentsOfFile: command.path("two.html"), encoding: .utf8)
        XCTAssertTrue(page.hasPrefix("<!DOCTYPE html>\n"))
        XCTAssertTrue(page.contains("data:image/png;base64,"))
        XCTAssertEqual(command.files().filter { $0.hasPrefix("two.html") }, ["two.html"])

        try command.assertRefused(
            ["report", "run", "nothing", "--output", "three.html"], ranks: 2, alone: false,
            "nothing: expected a run directory, found no configuration.yaml in it")
        XCTAssertNotEqual(try command.run(ranks: nil, ["report", "run", "--output", "run.pdf"]).status, 0)
    }
}
