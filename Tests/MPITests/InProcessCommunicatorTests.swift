import MPI
import XCTest

/// What only threads do: to wake when another rank fails, and to notice ranks that do not fit together.
final class InProcessCommunicatorTests: XCTestCase {
    private struct Failure: Error, Equatable { let rank: Int }

    func testResultsComeInRankOrder() throws {
        XCTAssertEqual(try InProcessCommunicator.run(ranks: 4) { $0.rank * $0.rank }, [0, 1, 4, 9])
    }

    func testTheFirstErrorIsThrownAndWakesTheOthers() throws {
        let waits: [@Sendable (InProcessCommunicator) throws -> Void] = [
            { try $0.barrier() },
            { _ = try $0.receive(Int.self, count: 1, from: 2) },
            { _ = try $0.receive(Int.self, count: 1, from: nil, tag: nil) },
            { try $0.split(color: 0, key: 0)?.barrier() },
            { _ = try $0.allocateShared(Int.self, count: 1) },
        ]
        for wait in waits {
            XCTAssertThrowsError(
                try InProcessCommunicator.run(ranks: 3) { communicator in
                    if communicator.rank == 2 { throw Failure(rank: 2) }
                    do {
                        try wait(communicator)
                    } catch let error as MPIError {
                        XCTAssertEqual(error.errorClass, .aborted)
                        XCTAssert(error.text.contains("rank 2 failed: Failure(rank: 2)"), error.text)
                        throw error
                    }
                }
            ) { XCTAssertEqual($0 as? Failure, Failure(rank: 2)) }
        }
    }

    func testAFailureReachesThePartsOfASplit() throws {
        XCTAssertThrowsError(
            try InProcessCommunicator.run(ranks: 4) { communicator in
                let part = try communicator.split(color: communicator.rank % 2, key: 0)!
                if communicator.rank == 1 { throw Failure(rank: 1) }
                try part.barrier()
                try communicator.barrier()
            }
        ) { XCTAssertEqual($0 as? Failure, Failure(rank: 1)) }
    }

    func testDifferentCollectivesAreReportedWithBothRanks() throws {
        XCTAssertThrowsError(
            try InProcessCommunicator.run(ranks: 2) { communicator in
                if communicator.rank == 0 {
                    try communicator.barrier()
                } else {
                    _ = try communicator.allReduce(1.0, .sum)
                }
            }
        ) { error in
            let error = error as? MPIError
            XCTAssertEqual(error?.errorClass, .mismatch)
            XCTAssert(error?.text.contains("MPI_Barrier()") == true, "\(error as Any)")
            XCTAssert(error?.text.contains("MPI_Allreduce(double, count: 1, sum)") == true, "\(error as Any)")
        }
    }

    func testWaitingForARankThatHasReturnedIsAnError() throws {
        for wait: @Sendable (InProcessCommunicator) throws -> Void in [
            { try $0.barrier() }, { _ = try $0.receive(Int.self, count: 1, from: 1) },
        ] {
            XCTAssertThrowsError(
                try InProcessCommunicator.run(ranks: 2) { if $0.rank == 0 { try wait($0) } }
            ) { error in
                XCTAssertEqual((error as? MPIError)?.errorClass, .mismatch)
                XCTAssert("\(error)".contains("rank 1"), "\(error)")
            }
        }
    }

    func testReductionsAreInRankOrder() throws {
        let values: [Float] = [1e8, 1, -1e8, 1]
        let sums = try InProcessCommunicator.run(ranks: 4) { try $0.allReduce(values[$0.rank], .sum) }
        XCTAssertEqual(sums, Array(repeating: values.reduce(0, +), count: 4))
    }

    /// A reduction that is dropped waits, and what fails then is told by the next operation, once.
    func testTheFailureOfADroppedReductionIsThrownByTheNextOperation() throws {
        try InProcessCommunicator.run(ranks: 2) { communicator in
            // Rank 1 never takes part.
            guard communicator.rank == 0 else { return }
            let values = UnsafeMutableBufferPointer<Int64>.allocate(capacity: 1)
            defer { values.deallocate() }
            values.initialize(repeating: 1)
            do { _ = try communicator.startAllReduce(ofKept: values, .sum) }
            XCTAssertThrowsError(try communicator.send([1], to: 0)) { error in
                XCTAssertEqual((error as? MPIError)?.errorClass, .mismatch)
                XCTAssert("\(error)".contains("found when its request was dropped"), "\(error)")
            }
            try communicator.send([1], to: 0)
        }
    }
}
