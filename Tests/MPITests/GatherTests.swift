import MPI
import MPITestSupport
import XCTest

final class GatherTests: XCTestCase {
    func testBlocksLandInRankOrderOnTheRootForEveryTypeAndLayout() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.check(type, communicator, findings) }
        }
    }

    private static func check<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        let rank = communicator.rank
        for layout in blockLayouts(ranks: communicator.size) {
            for root in 0..<communicator.size {
                let input = sample(type, rank: rank, count: layout.counts[rank])
                var output = [Scalar](repeating: filler(), count: rank == root ? layout.extent : 0)
                var span = output.mutableSpan
                try communicator.gather(input.span, into: &span, layout: layout, root: root)
                let expected: [Scalar] =
                    rank == root ? assembled(layout) { sample(type, rank: $0, count: layout.counts[$0]) } : []
                findings.expectEqual(output, expected, "\(type) \(layout) to \(root)")
            }
        }
    }

    func testOfArraysWhoseLengthsOnlyTheirRanksKnow() throws {
        try assertLaw { communicator, findings in
            let root = communicator.size - 1
            let gathered = try communicator.gather(Array(0..<communicator.rank), root: root)
            findings.expectEqual(
                gathered, communicator.rank == root ? (0..<communicator.size).map { Array(0..<$0) } : nil)
        }
    }
}
