import MPI
import NeuralNetwork
import Training
import TrainingTestSupport
import XCTest

/// `overlap: auto` tries both ways and keeps the faster one.
final class OverlapChoiceTests: XCTestCase {
    private let experiment: SmallExperiment = {
        var experiment = SmallExperiment()
        experiment.sharesMemory = false
        return experiment
    }()

    /// The slowest rank decides, for all of them; the first step of each kind, which warms up, does not count.
    func testWhatIsFasterOnTheSlowestRankIsKept() throws {
        // Seconds of a step on ranks 0 and 1, without overlap and with it.
        for (without, with, expected) in [
            ([2.0, 2], [1.0, 1], true), ([1, 1], [2, 2], false), ([3, 4], [1, 5], false), ([1, 6], [5, 5], true),
            ([1, 1], [1, 1], false),
        ] as [([Double], [Double], Bool)] {
            for wasOverlapping in [false, true] {
                let chosen = try InProcessCommunicator.run(ranks: 2) { [experiment] world in
                    let replica = try experiment.replica(world)
                    replica.overlapsReduction = wasOverlapping
                    var taken = 0
                    try replica.chooseOverlap(steps: 3) { step in
                        try step()
                        taken += 1
                        let seconds = replica.overlapsReduction ? with : without
                        return taken <= 2 ? 1000 - 100 * seconds[world.rank] : seconds[world.rank]
                    }
                    let isOverlapping = replica.overlapsReduction
                    try world.barrier()
                    return (steps: taken, isOverlapping: isOverlapping)
                }
                for (rank, choice) in chosen.enumerated() {
                    let what = "rank \(rank), \(without) and \(with), before: \(wasOverlapping)"
                    XCTAssertEqual(choice.isOverlapping, expected, what)
                    XCTAssertEqual(choice.steps, 8, what)
                }
            }
        }
    }

    /// Bit for bit, so that a training that tried goes on as one that did not.
    func testTryingLeavesNoTrace() throws {
        for ranks in [2, 3] {
            let losses = try InProcessCommunicator.run(ranks: ranks) { [experiment] world in
                try [false, true].map { tries in
                    let replica = try experiment.replica(world)
                    var statistics = replica.makeStatistics()
                    func losses(from first: Int) throws -> [BatchLoss] {
                        try (first..<first + 4).map {
                            try replica.step($0, rates: .uniform(0.1), statistics: &statistics).loss
                        }
                    }
                    let before = try losses(from: 0)
                    if tries {
                        try replica.chooseOverlap {
                            try $0()
                            return replica.overlapsReduction ? 1 : 2
                        }
                    }
                    let after = try losses(from: 4)
                    try world.barrier()
                    return before + after
                }
            }
            for rank in 0..<ranks { XCTAssertEqual(losses[rank][1], losses[rank][0], "rank \(rank) of \(ranks)") }
        }
    }

    /// Ranks of one node have nothing that overlaps: no step is spent.
    func testNothingIsTriedOnOneNode() throws {
        let steps = try InProcessCommunicator.run(ranks: 2) { world in
            let replica = try SmallExperiment().replica(world)
            var steps = 0
            try replica.chooseOverlap { step in
                steps += 1
                return try StopWatch.seconds(of: step)
            }
            XCTAssertFalse(replica.overlapsReduction)
            try world.barrier()
            return steps
        }
        XCTAssertEqual(steps, [0, 0])
    }
}
