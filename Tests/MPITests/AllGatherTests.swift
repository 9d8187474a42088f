import MPI
import MPITestSupport
import XCTest

final class AllGatherTests: XCTestCase {
    func testBlocksLandInRankOrderForEveryTypeAndLayout() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.check(type, communicator, findings) }
        }
    }

    private static func check<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        for layout in blockLayouts(ranks: communicator.size) {
            let rank = communicator.rank
            let input = sample(type, rank: rank, count: layout.counts[rank])
            var output = [Scalar](repeating: filler(), count: layout.extent)
            var span = output.mutableSpan
            try communicator.allGather(input.span, into: &span, layout: layout)
            let expected = assembled(layout) { sample(type, rank: $0, count: layout.counts[$0]) }
            findings.expectEqual(output, expected, "\(type) \(layout)")
        }
    }

    func testOfOneNumber() throws {
        try assertLaw { communicator, findings in
            findings.expectEqual(
                try communicator.allGather(Int16(communicator.rank) - 2), (0..<communicator.size).map { Int16($0) - 2 })
        }
    }

    func testOfArraysWhoseLengthsOnlyTheirRanksKnow() throws {
        try assertLaw { communicator, findings in
            let own = Array(repeating: Double(communicator.rank), count: communicator.rank * 2)
            findings.expectEqual(
                try communicator.allGather(own),
                (0..<communicator.size).map { Array(repeating: Double($0), count: $0 * 2) })
        }
    }
}
