import MPI
import MPITestSupport
import XCTest

/// How a job ends, seen from outside: each test starts a program of several ranks.
final class AbortTests: XCTestCase {
    private func launch(_ ending: String, ranks: Int = 3) throws -> Launcher.Outcome {
        let runtime = try MPITestRuntime.shared()
        try XCTSkipIf(runtime.isLaunched, "runs only outside a launcher, which it starts itself")
        guard let launcher = Launcher(of: runtime) else { throw XCTSkip("no mpirun is installed") }
        return try launcher.run(ranks: ranks, "MPIAbortProbe", [ending])
    }

    /// The lines that the top handler printed, without those of the launcher.
    private func messages(_ outcome: Launcher.Outcome) -> [Substring] {
        outcome.standardError.split(separator: "\n").filter { $0.contains("probe: ") }
    }

    private func assertReported(
        _ outcome: Launcher.Outcome, rank: Int, of ranks: Int, _ message: String, line: UInt = #line
    ) throws {
        let host = try MPITestRuntime.shared().hostName
        XCTAssertEqual(
            messages(outcome), ["[rank \(rank)/\(ranks) on \(host)] \(message)"], outcome.standardError, line: line)
    }

    func testSuccessIsStatusZeroAndSaysNothing() throws {
        let outcome = try launch("success")
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertEqual(messages(outcome), [])
    }

    func testAStatusReturnedIsTheStatusOfTheJob() throws {
        let outcome = try launch("status")
        XCTAssertEqual(outcome.status, 7, outcome.standardError)
    }

    func testAnUncaughtErrorEndsAllRanksAndIsPrintedOnce() throws {
        let outcome = try launch("uncaught")
        XCTAssertEqual(outcome.status, 3, outcome.standardError)
        try assertReported(outcome, rank: 2, of: 3, "probe: uncaught")
    }

    func testAnUncaughtErrorEndsRanksThatWaitInASharedWindow() throws {
        let outcome = try launch("shared")
        XCTAssertEqual(outcome.status, 3, outcome.standardError)
        try assertReported(outcome, rank: 2, of: 3, "probe: shared")
    }

    func testAnAgreedErrorEndsAllRanksInOrder() throws {
        let outcome = try launch("agreed")
        XCTAssertEqual(outcome.status, 4, outcome.standardError)
        try assertReported(outcome, rank: 2, of: 3, "probe: agreed")
        XCTAssertFalse(outcome.standardError.contains("MPI_ABORT"), outcome.standardError)
    }

    func testAnErrorThatOnlySomeRanksAgreedOnEndsAll() throws {
        let outcome = try launch("agreed-in-part")
        XCTAssertEqual(outcome.status, 5, outcome.standardError)
        try assertReported(outcome, rank: 0, of: 3, "probe: agreed in part")
    }

    func testAnErrorEverywhereIsPrintedByRankZero() throws {
        let outcome = try launch("everywhere")
        XCTAssertEqual(outcome.status, 6, outcome.standardError)
        try assertReported(outcome, rank: 0, of: 3, "probe: everywhere")
    }

    /// Until it comes; the others say once in a while what they wait for.
    func testARankAtWorkIsWaitedFor() throws {
        let outcome = try launch("busy")
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        let host = try MPITestRuntime.shared().hostName
        let warnings = outcome.standardError.split(separator: "\n").filter { $0.contains("warning: waiting for ") }
        XCTAssertGreaterThanOrEqual(warnings.count, 1, outcome.standardError)
        for warning in warnings {
            XCTAssertTrue(warning.hasPrefix("[rank 0/3 on \(host)] warning: waiting for "), "\(warning)")
            XCTAssertTrue(warning.hasSuffix(" s in MPI_Barrier for rank 2, which is at work"), "\(warning)")
        }
    }

    func testRanksThatWaitForEachOtherEnd() throws {
        let outcome = try launch("circle")
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let host = try MPITestRuntime.shared().hostName
        XCTAssertEqual(messages(outcome).count, 1, outcome.standardError)
        // Told after one and a quarter times the limit, by looks that are no more than a quarter of it apart.
        XCTAssertNotNil(
            messages(outcome).first?.wholeMatch(
                of:
                    /\[rank 0.3 on \S+\] all ranks have waited for each other for [56] s in MPI_Recv; probe: circle/
            ), outcome.standardError)
        XCTAssertTrue(messages(outcome).first?.contains(" on \(host)] ") == true, outcome.standardError)
    }

    func testWithoutALauncherTheSameHolds() throws {
        let isLaunched = try MPITestRuntime.shared().isLaunched
        try XCTSkipIf(isLaunched, "runs only outside a launcher")
        XCTAssertEqual(try Launcher.runAlone("MPIAbortProbe", ["success"]).status, 0)
        for (ending, status) in [("uncaught", Int32(3)), ("agreed", 4), ("everywhere", 6)] {
            let outcome = try Launcher.runAlone("MPIAbortProbe", [ending])
            XCTAssertEqual(outcome.status, status, outcome.standardError)
            try assertReported(outcome, rank: 0, of: 1, "probe: \(ending)")
        }
    }
}
