import DataParallel
import LearningRate
import MPI
import Training
import TrainingTestSupport
import XCTest

final class RangeTestLawTests: XCTestCase {
    /// One that ends well, one that diverges, and one that goes on until the loss is not finite.
    private static let rangeTests = [
        RangeTest(steps: 30, lowestRate: 1e-5, highestRate: 1e-2),
        RangeTest(steps: 60, lowestRate: 1e-3, highestRate: 1e4, smoothing: 0.5),
        RangeTest(steps: 60, lowestRate: 1e-3, highestRate: 1e12, smoothing: 0.5, divergence: 1e100),
    ]

    func testTheRangeTestLeavesNoTrace() throws {
        for ranks in 1...4 {
            for (sharesMemory, compresses) in [(true, false), (false, false), (false, true)] {
                for (number, rangeTest) in Self.rangeTests.enumerated() {
                    var experiment = SmallExperiment(batch: 17)
                    experiment.sharesMemory = sharesMemory
                    experiment.compresses = compresses
                    let training = experiment
                    let outcomes = try InProcessCommunicator.run(ranks: ranks) { communicator in
                        let replica = try training.replica(communicator)
                        try Self.step(replica, 0..<9)
                        let before = try Self.bits(replica, communicator)
                        let test = try replica.run(rangeTest)
                        let after = try Self.bits(replica, communicator)
                        try Self.step(replica, 9..<16)
                        return (test: test, before: before, after: after, end: try Self.bits(replica, communicator))
                    }
                    let ends = try InProcessCommunicator.run(ranks: ranks) { communicator in
                        let replica = try training.replica(communicator)
                        try Self.step(replica, 0..<16)
                        return try Self.bits(replica, communicator)
                    }
                    for (rank, outcome) in outcomes.enumerated() {
                        let what =
                            "test \(number), rank \(rank)/\(ranks), shares memory: \(sharesMemory), compresses: \(compresses)"
                        XCTAssertTrue(outcome.before.contains { $0.contains { $0 != 0 } }, what)
                        XCTAssertTrue(outcome.before == outcome.after, "\(what): not restored")
                        XCTAssertTrue(outcome.end == ends[rank], "\(what): training goes on otherwise")
                        XCTAssertTrue(outcome.test.records == outcomes[0].test.records, "\(what): other records")
                        XCTAssertEqual(outcome.test.stopReason, outcomes[0].test.stopReason, what)
                        let reason = outcome.test.stopReason
                        switch (number, reason) {
                        case (0, .finished), (1, .diverged), (1, .notFinite), (2, .notFinite): break
                        default: XCTFail("\(what): stopped with \(String(describing: reason))")
                        }
                        if number > 0 { XCTAssertLessThan(outcome.test.records.count, rangeTest.steps, what) }
                    }
                }
            }
        }
    }

    private static func step(_ replica: Replica, _ steps: Range<Int>) throws {
        var statistics = CycleStatistics(classCount: replica.classCount)
        for step in steps { _ = try replica.step(step, rates: .uniform(0.05), statistics: &statistics) }
    }

    /// Collective. Parameters and optimizer state; returns when all ranks have read them.
    private static func bits(_ replica: Replica, _ communicator: any Communicator) throws -> [[UInt32]] {
        let arenas = [replica.update.arenas.parameters] + replica.update.arenas.state
        let bits = arenas.map { $0.map(\.bitPattern) }
        try communicator.barrier()
        return bits
    }
}
