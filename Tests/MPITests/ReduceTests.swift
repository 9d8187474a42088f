import MPI
import MPITestSupport
import XCTest

final class ReduceTests: XCTestCase {
    func testTheRootHasTheSequentialReductionForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.check(type, communicator, findings) }
        }
    }

    private static func check<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        for `operator`: ReductionOperator<Scalar> in [.sum, .product, .min, .max] {
            for root in 0..<communicator.size {
                for count in [0, 2, 7] {
                    let all = (0..<communicator.size).map { sample(type, rank: $0, count: count) }
                    let result = try communicator.reduce(all[communicator.rank], `operator`, root: root)
                    let expected = communicator.rank == root ? sequentialReduction(all, `operator`.kind) : nil
                    findings.expectEqual(result, expected, "\(type) \(`operator`.kind) to \(root)")
                }
            }
        }
    }

    func testOffTheRootTheOutputStays() throws {
        try assertLaw { communicator, findings in
            var output: [Int32] = [-1, -1, -1, -1]
            var span = output.mutableSpan
            let input: [Int32] = [1, 2, 3, 4]
            try communicator.reduce(input.span, into: &span, .sum, root: 0)
            let size = Int32(communicator.size)
            findings.expectEqual(output, communicator.rank == 0 ? input.map { $0 * size } : [-1, -1, -1, -1])
        }
    }
}
