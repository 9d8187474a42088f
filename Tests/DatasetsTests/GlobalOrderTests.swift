import Datasets
import XCTest

final class GlobalOrderTests: XCTestCase {
    private func samples(_ order: GlobalOrder, _ positions: Range<Int>) -> [Int] {
        var indices = [Int](repeating: -1, count: positions.count)
        var span = indices.mutableSpan
        order.copySamples(at: positions, into: &span)
        return indices
    }

    func testIsAPureFunctionOfSeedEpochAndCount() {
        let order = GlobalOrder(seed: 1, epoch: 2, count: 1000)
        let all = samples(order, 0..<1000)
        XCTAssertEqual(all.sorted(), Array(0..<1000))
        XCTAssertEqual(samples(GlobalOrder(seed: 1, epoch: 2, count: 1000), 300..<420), Array(all[300..<420]))
        XCTAssertEqual((0..<1000).map(order.sample(at:)), all)
    }

    func testSeedsAndEpochsDiffer() {
        let orders = [(1, 0), (1, 1), (1, 2), (2, 0), (1 << 40, 0)].map { seed, epoch in
            samples(GlobalOrder(seed: UInt64(seed), epoch: epoch, count: 500), 0..<500)
        }
        for first in orders.indices {
            for second in orders.indices where second > first {
                // Two random permutations agree in one position on average, in ten once in ten million pairs.
                let agreements = zip(orders[first], orders[second]).filter { $0 == $1 }.count
                XCTAssertLessThan(agreements, 10, "\(first) and \(second)")
            }
        }
    }

    func testUnshuffledIsTheOrderOfTheSet() {
        let order = GlobalOrder(seed: 1, epoch: 3, count: 50, shuffled: false)
        XCTAssertEqual(samples(order, 10..<20), Array(10..<20))
        XCTAssertEqual(order.sample(at: 49), 49)
    }

    /// A seed must give the same batches in every version: published runs depend on it.
    func testOrderNeverChanges() {
        XCTAssertEqual(
            samples(GlobalOrder(seed: 42, epoch: 0, count: 60_000), 0..<6),
            [12_316, 15_630, 10_280, 48_522, 35_226, 7566])
        XCTAssertEqual(samples(GlobalOrder(seed: 42, epoch: 1, count: 10), 0..<10), [9, 5, 1, 3, 0, 4, 2, 7, 8, 6])
    }
}
