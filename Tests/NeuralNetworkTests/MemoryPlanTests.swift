import NeuralNetwork
import RandomNumbers
import XCTest

final class MemoryPlanTests: XCTestCase {
    /// Random needs: some large, some at once, some for long.
    private func needs(_ fill: UInt64) -> [MemoryPlan.Need?] {
        let stream = RandomStream(seed: 7, purpose: .syntheticNoise, stream: fill)
        return (0..<UInt64(60)).map { number in
            guard stream.integer(4 * number, below: 10) > 0 else { return nil }
            let first = Int(stream.integer(4 * number + 1, below: 100))
            let length = Int(stream.integer(4 * number + 2, below: 40))
            return .init(
                byteCount: 1 + Int(stream.integer(4 * number + 3, below: 5000)), lifetimes: [first...first + length])
        }
    }

    func testWhatLivesAtTheSameTimeSharesNoByte() {
        for fill in 0..<UInt64(50) {
            let needs = needs(fill)
            let plan = MemoryPlan(needs)
            for (index, need) in needs.enumerated() {
                guard let need else { continue }
                let bytes = plan.offsets[index]..<plan.offsets[index] + need.byteCount
                XCTAssertEqual(bytes.lowerBound % 64, 0)
                XCTAssertLessThanOrEqual(bytes.upperBound, plan.byteCount)
                for (other, neighbour) in needs.enumerated().dropFirst(index + 1) {
                    guard let neighbour, neighbour.overlaps(need) else { continue }
                    let others = plan.offsets[other]..<plan.offsets[other] + neighbour.byteCount
                    XCTAssertFalse(bytes.overlaps(others), "fill \(fill), tensors \(index) and \(other)")
                }
            }
        }
    }

    func testMemoryIsUsedAgain() {
        // One after another: as much as the largest. All at once: as much as all.
        let sequence = MemoryPlan((0..<10).map { .init(byteCount: 640 * ($0 + 1), lifetimes: [$0...$0]) })
        XCTAssertEqual(sequence.byteCount, 6400)
        let together = MemoryPlan((0..<10).map { .init(byteCount: 640 * ($0 + 1), lifetimes: [0...$0]) })
        XCTAssertEqual(together.byteCount, 640 * 55)
        for fill in 0..<UInt64(50) {
            let needs = needs(fill)
            // At no time is more needed than is planned; rarely much less.
            let peak = (0..<140).map { time in
                needs.reduce(0) {
                    $0 + ($1.map { $0.lifetimes.contains { $0.contains(time) } ? $0.byteCount : 0 } ?? 0)
                }
            }.max()!
            XCTAssertGreaterThanOrEqual(MemoryPlan(needs).byteCount, peak)
            XCTAssertLessThan(Double(MemoryPlan(needs).byteCount), 1.5 * Double(peak), "fill \(fill)")
        }
    }
}
