import MPI
import MPITestSupport
import XCTest

final class AllToAllTests: XCTestCase {
    func testTransposesEqualBlocksForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.checkEqual(type, communicator, findings) }
        }
    }

    private static func checkEqual<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        let (rank, size) = (communicator.rank, communicator.size)
        for count in [0, 1, 4] {
            // Block d of rank s is the sample number s·size + d.
            let input = (0..<size).flatMap { sample(type, rank: rank * size + $0, count: count) }
            let expected = (0..<size).flatMap { sample(type, rank: $0 * size + rank, count: count) }
            findings.expectEqual(try communicator.allToAll(input), expected, "\(type), \(count) elements a block")
        }
    }

    func testTransposesUnevenBlocksForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.checkUneven(type, communicator, findings) }
        }
    }

    private static func checkUneven<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        let (rank, size) = (communicator.rank, communicator.size)
        func count(from source: Int, to destination: Int) -> Int { (source * 3 + destination) % 4 }
        let sent = BlockLayout(counts: (0..<size).map { count(from: rank, to: $0) })
        let received = BlockLayout(counts: (0..<size).map { count(from: $0, to: rank) })
        let input = assembled(sent) { sample(type, rank: rank * size + $0, count: sent.counts[$0]) }
        var output = [Scalar](repeating: filler(), count: received.extent)
        var span = output.mutableSpan
        try communicator.allToAll(input.span, layout: sent, into: &span, layout: received)
        let expected = assembled(received) { sample(type, rank: $0 * size + rank, count: received.counts[$0]) }
        findings.expectEqual(output, expected, "\(type)")
    }
}
