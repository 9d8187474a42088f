import Datasets
import XCTest

final class BatchPlanTests: XCTestCase {
    /// The parts of all ranks, one after another, are the global batch; the batches, one after another, the epoch.
    func testPartsAreTheBatchAndBatchesTheEpoch() throws {
        for count in [9, 10, 64, 100, 127, 360] {
            for batch in [9, 10, 13, 32, 64, 128, 500] {
                for ranks in 1...9 {
                    let plan = try BatchPlan(sampleCount: count, globalBatch: batch, ranks: ranks)
                    var epoch: [Int] = []
                    for step in 0..<plan.stepsPerEpoch {
                        let parts = (0..<ranks).map { plan.slice(ofStep: step, rank: $0) }
                        XCTAssertEqual(parts.flatMap(Array.init), Array(plan.batch(ofStep: step)))
                        let sizes = parts.map(\.count)
                        XCTAssertEqual(sizes, sizes.sorted(by: >))
                        XCTAssertLessThanOrEqual(sizes[0] - sizes[ranks - 1], 1)
                        XCTAssertLessThanOrEqual(sizes[0], plan.largestSlice)
                        if step < plan.stepsPerEpoch - 1 { XCTAssertEqual(sizes.reduce(0, +), batch) }
                        epoch += plan.batch(ofStep: step)
                    }
                    XCTAssertEqual(plan.slice(ofStep: 0, rank: 0).count, plan.largestSlice)
                    XCTAssertEqual(epoch, Array(0..<count), "\(count) samples, batch \(batch)")
                }
            }
        }
    }

    func testUnevenPartsAndShortLastBatch() throws {
        let plan = try BatchPlan(sampleCount: 22, globalBatch: 10, ranks: 4)
        XCTAssertEqual(plan.stepsPerEpoch, 3)
        XCTAssertEqual((0..<4).map { plan.slice(ofStep: 0, rank: $0) }, [0..<3, 3..<6, 6..<8, 8..<10])
        XCTAssertEqual((0..<4).map { plan.slice(ofStep: 2, rank: $0) }, [20..<21, 21..<22, 22..<22, 22..<22])
    }

    func testEvaluationCountsEverySampleOnce() {
        for count in [0, 1, 3, 10, 1797] {
            for ranks in 1...9 {
                let parts = (0..<ranks).map { BatchPlan.evaluationSlice(count: count, rank: $0, ranks: ranks) }
                XCTAssertEqual(parts.flatMap(Array.init), Array(0..<count))
            }
        }
    }

    func testImpossiblePlansSayWhy() {
        XCTAssertEqual(
            datasetError { _ = try BatchPlan(sampleCount: 100, globalBatch: 3, ranks: 4) }?.description,
            "training.batch: expected at least one sample for each of the 4 ranks, found a global batch of 3; "
                + "raise it to 4 or start fewer ranks")
        XCTAssertEqual(
            datasetError { _ = try BatchPlan(sampleCount: 3, globalBatch: 8, ranks: 4) }?.description,
            "ranks: expected at most as many ranks as samples (3), found 4 ranks; start at most 3")
        XCTAssertEqual(datasetError { _ = try BatchPlan(sampleCount: 0, globalBatch: 8, ranks: 1) }?.code, .empty)
    }
}
