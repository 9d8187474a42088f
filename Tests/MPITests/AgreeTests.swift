import MPI
import MPITestSupport
import XCTest

final class AgreeTests: XCTestCase {
    private struct Failure: ExitStatusProviding, CustomStringConvertible {
        let rank: Int
        var description: String { "rank \(rank) füllt die Platte" }
        var exitStatus: ExitStatus { ExitStatus(rawValue: Int32(10 + rank)) }
    }

    func testReturnsWhatEachRankComputedIfNoneFails() throws {
        try assertLaw { communicator, findings in
            findings.expectEqual(try communicator.agree { communicator.rank * 2 }, communicator.rank * 2)
        }
    }

    func testAllRanksThrowTheErrorOfTheLowestThatFailed() throws {
        try assertLaw { communicator, findings in
            for lowest in 0..<communicator.size {
                do {
                    try communicator.agree { if communicator.rank >= lowest { throw Failure(rank: communicator.rank) } }
                    findings.record("rank \(communicator.rank) knows of no failure")
                } catch let error as AgreedError {
                    findings.expectEqual(error.message, Failure(rank: lowest).description)
                    findings.expectEqual(error.exitStatus, Failure(rank: lowest).exitStatus)
                    findings.expectEqual(error.participants, communicator.size)
                    findings.expectEqual(error.reporter == .thisRank, communicator.rank == lowest)
                }
            }
        }
    }

    func testAnErrorWithoutStatusEndsWithOne() throws {
        struct Plain: Error {}
        try assertLaw { communicator, findings in
            do {
                try communicator.agree { throw Plain() }
                findings.record("no failure")
            } catch let error as AgreedError {
                findings.expectEqual(error.exitStatus, .failure)
            }
        }
    }
}
