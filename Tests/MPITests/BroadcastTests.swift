import MPI
import MPITestSupport
import XCTest

final class BroadcastTests: XCTestCase {
    func testEveryRankGetsTheRootsValuesForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.check(type, communicator, findings) }
        }
    }

    private static func check<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        for root in 0..<communicator.size {
            for count in [0, 1, 3, 4, 10] {
                var values = sample(type, rank: communicator.rank, count: count)
                try communicator.broadcast(&values, root: root)
                findings.expectEqual(values, sample(type, rank: root, count: count), "\(type) from \(root)")
                var resized = sample(type, rank: communicator.rank, count: count + 2 * abs(communicator.rank - root))
                try communicator.broadcast(resizing: &resized, root: root)
                findings.expectEqual(resized, values, "\(type) from \(root), resized")
            }
        }
    }

    func testOfOneNumber() throws {
        try assertLaw { communicator, findings in
            let last = communicator.size - 1
            findings.expectEqual(
                try communicator.broadcast(Double(communicator.rank) + 0.5, root: last), Double(last) + 0.5)
        }
    }
}
