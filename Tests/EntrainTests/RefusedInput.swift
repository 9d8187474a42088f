import MPITestSupport
import XCTest

extension EntrainCommand {
    /// Runs a command that must be refused before it begins, alone and on `ranks` ranks: status 1, one line that says
    /// `message`, nothing on standard output, and the folder as it was.
    func assertRefused(
        _ arguments: [String], ranks: Int = 2, alone: Bool = true, _ message: String, line: UInt = #line
    ) throws {
        let before = files()
        if alone {
            let outcome = try run(ranks: nil, arguments, limit: 20)
            XCTAssertEqual(outcome.status, 1, line: line)
            XCTAssertEqual(outcome.standardOutput, "", line: line)
            XCTAssertEqual(outcome.standardError, "[rank 0/1 on \(host)] \(message)\n", line: line)
        }
        try assertFails(try run(ranks: ranks, arguments, limit: 20), ranks: ranks, message, line: line)
        XCTAssertEqual(files(), before, line: line)
    }

    /// Expects status 1 and, beside what the launcher says, one line.
    func assertFails(_ outcome: Launcher.Outcome, ranks: Int, _ message: String, line: UInt = #line) throws {
        XCTAssertEqual(outcome.status, 1, outcome.standardError, line: line)
        XCTAssertEqual(outcome.standardOutput, "", line: line)
        XCTAssertEqual(errors(outcome), ["[rank 0/\(ranks) on \(host)] \(message)"], line: line)
        XCTAssertFalse(outcome.standardError.contains("Fatal error"), outcome.standardError, line: line)
        XCTAssertFalse(outcome.standardError.contains("MPI_ABORT"), outcome.standardError, line: line)
    }

    /// The lines of standard error by which the command tells a failure.
    func errors(_ outcome: Launcher.Outcome) -> [String] {
        outcome.standardError.split(separator: "\n").map(String.init).filter { $0.contains("[rank ") }
    }
}
