import DataParallel
import LearningRate
import MPI
import NeuralNetwork
import Optimizers
import XCTest

final class HiddenReductionTests: XCTestCase {
    /// Rank 1 begins when rank 0 is through its backward pass: until then nothing that rank 0 has started can be done.
    func testWhatIsUnderWayInTheBackwardPassIsCounted() throws {
        for overlaps in [false, true] {
            let profiles = try InProcessCommunicator.run(ranks: 2) { world in
                var reduction = ReductionSettings()
                reduction.bucketBytes = 64
                let layout = try SmallNetwork(classes: 5).network.layout
                let update = try ParallelUpdate(
                    NodeTopology(world, sharesMemory: false), layout: layout, optimizer: SGD(), clipNorm: nil,
                    reduction: reduction)
                update.choose(overlapped: overlaps)
                let profile = UpdateProfile()
                if world.rank == 1 { _ = try world.receive(Int.self, count: 1, from: 0) }
                for share in [3, 2, 1, 0] {
                    try update.gradientIsFinal(from: layout.count * share / 4, profile: profile)
                }
                if world.rank == 0 { try world.send(1, to: 1) }
                _ = try update(loss: BatchLoss(), step: 0, rates: .uniform(0.1), profile: profile)
                return [profile.hidden, profile.inBackwardPass, profile.reduction]
            }
            XCTAssertEqual(profiles[0][0] > 0, overlaps)
            XCTAssertEqual(profiles[0][1] > 0, overlaps)
            XCTAssertGreaterThan(profiles[0][2], 0)
        }
    }
}
