import MPI
import MPITestSupport
import XCTest

final class SplitTests: XCTestCase {
    func testRanksOfOneColorFormAGroupInTheOrderOfTheirKeys() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            let part = try communicator.split(color: rank % 2, key: -rank)
            let expected = (0..<size).filter { $0 % 2 == rank % 2 }.reversed()
            findings.expectEqual(part?.size, expected.count)
            findings.expectEqual(part?.rank, Array(expected).firstIndex(of: rank))
            findings.expectEqual(try part?.allGather(rank), Array(expected))
        }
    }

    func testEqualKeysKeepTheOrderOfRanks() throws {
        try assertLaw { communicator, findings in
            let part = try communicator.split(color: 3, key: 0)
            findings.expectEqual(part?.rank, communicator.rank)
            findings.expectEqual(part?.size, communicator.size)
        }
    }

    func testARankWithoutColorTakesNoPart() throws {
        try assertLaw { communicator, findings in
            let part = try communicator.split(color: communicator.rank == 0 ? nil : 1, key: 0)
            findings.expectEqual(part?.size, communicator.rank == 0 ? nil : communicator.size - 1)
            findings.expectEqual(try part?.allReduce(1, .sum), communicator.rank == 0 ? nil : communicator.size - 1)
        }
    }

    func testADuplicateKeepsRanksAndSeparatesMessages() throws {
        try assertLaw { communicator, findings in
            let duplicate = try communicator.duplicate()
            let (rank, size) = (communicator.rank, communicator.size)
            findings.expectEqual(duplicate.rank, rank)
            findings.expectEqual(duplicate.size, size)
            let (original, copy) = ([1], [2])
            let sending = try communicator.startSend(original.span, to: (rank + 1) % size, tag: 0)
            let sendingCopy = try duplicate.startSend(copy.span, to: (rank + 1) % size, tag: 0)
            let source = (rank + size - 1) % size
            findings.expectEqual(try duplicate.receive(Int.self, count: 1, from: source), [2])
            findings.expectEqual(try communicator.receive(Int.self, count: 1, from: source), [1])
            try sending.wait()
            try sendingCopy.wait()
        }
    }

    func testThePartsThatShareMemoryCoverAllRanks() throws {
        try assertLaw { communicator, findings in
            let shared = try communicator.splitShared()
            // Each part counts once, by its first rank.
            findings.expectEqual(
                try communicator.allReduce(shared.rank == 0 ? shared.size : 0, .sum), communicator.size)
        }
    }

    func testManyCommunicatorsCanBeMadeAndLeft() throws {
        try assertLaw { communicator, findings in
            for _ in 0..<40 {
                let duplicate = try communicator.duplicate()
                findings.expectEqual(try duplicate.allReduce(1, .sum), communicator.size)
            }
        }
    }
}
