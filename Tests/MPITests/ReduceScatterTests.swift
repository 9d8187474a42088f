import MPI
import MPITestSupport
import XCTest

final class ReduceScatterTests: XCTestCase {
    /// Even, uneven and empty runs.
    private static func layouts(_ size: Int) -> [[Int]] {
        [
            Array(repeating: 2, count: size), Array(0..<size), Array((0..<size).reversed()),
            (0..<size).map { $0 == 0 ? 5 : 0 }, Array(repeating: 0, count: size),
        ]
    }

    func testEachRankHasItsRunOfTheReductionForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.check(type, communicator, findings) }
        }
    }

    private static func check<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        for counts in layouts(communicator.size) {
            let layout = BlockLayout(counts: counts)
            for `operator`: ReductionOperator<Scalar> in [.sum, .max] {
                let all = (0..<communicator.size).map { sample(type, rank: $0, count: layout.extent) }
                let result = try communicator.reduceScatter(all[communicator.rank], counts: counts, `operator`)
                let expected = Array(sequentialReduction(all, `operator`.kind)[layout[communicator.rank]])
                findings.expectEqual(result, expected, "\(type) \(`operator`.kind) \(counts)")
            }
        }
    }
}
