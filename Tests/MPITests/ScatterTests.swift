import MPI
import MPITestSupport
import XCTest

final class ScatterTests: XCTestCase {
    func testEachRankGetsItsBlockForEveryTypeAndLayout() throws {
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
                let input: [Scalar] =
                    rank == root ? assembled(layout) { sample(type, rank: $0, count: layout.counts[$0]) } : []
                var output = [Scalar](repeating: filler(), count: layout.counts[rank])
                var span = output.mutableSpan
                try communicator.scatter(input.span, into: &span, layout: layout, root: root)
                findings.expectEqual(
                    output, sample(type, rank: rank, count: layout.counts[rank]), "\(type) \(layout) from \(root)")
            }
        }
    }

    func testOfAnArray() throws {
        try assertLaw { communicator, findings in
            let counts = (0..<communicator.size).map { $0 + 1 }
            let all = Array(0..<counts.reduce(0, +))
            let own = try communicator.scatter(communicator.rank == 0 ? all : [], counts: counts, root: 0)
            findings.expectEqual(own, Array(all[BlockLayout(counts: counts)[communicator.rank]]))
        }
    }
}
