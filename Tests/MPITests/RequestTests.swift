import MPI
import MPITestSupport
import XCTest

final class RequestTests: XCTestCase {
    func testABackgroundReductionEqualsTheBlockingOneForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.checkReduction(type, communicator, findings) }
        }
    }

    private static func checkReduction<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        for `operator`: ReductionOperator<Scalar> in [.sum, .max] {
            for count in [0, 2, 8] {
                let all = (0..<communicator.size).map { sample(type, rank: $0, count: count) }
                var values = all[communicator.rank]
                var span = values.mutableSpan
                let request = try communicator.startAllReduce(&span, `operator`)
                findings.expectEqual(try request.wait(), nil)
                findings.expectEqual(values, sequentialReduction(all, `operator`.kind), "\(type) \(`operator`.kind)")
            }
        }
    }

    func testSeveralReductionsAtOnceDoNotMix() throws {
        try assertLaw { communicator, findings in
            let size = Float(communicator.size)
            var (first, second, third) = ([Float](repeating: 1, count: 5), [Float](repeating: 2, count: 7), [Float(3)])
            var firstSpan = first.mutableSpan
            var secondSpan = second.mutableSpan
            var thirdSpan = third.mutableSpan
            let firstRequest = try communicator.startAllReduce(&firstSpan, .sum)
            let secondRequest = try communicator.startAllReduce(&secondSpan, .sum)
            let thirdRequest = try communicator.startAllReduce(&thirdSpan, .max)
            try thirdRequest.wait()
            try firstRequest.wait()
            try secondRequest.wait()
            findings.expectEqual(first, [Float](repeating: size, count: 5))
            findings.expectEqual(second, [Float](repeating: 2 * size, count: 7))
            findings.expectEqual(third, [3])
        }
    }

    func testReceivesMatchInTheOrderInWhichTheyWereStarted() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            let previous = (rank + size - 1) % size
            var (first, second) = ([Int32](repeating: 0, count: 4), [Int32](repeating: 0, count: 4))
            var firstSpan = first.mutableSpan
            var secondSpan = second.mutableSpan
            let firstReceive = try communicator.startReceive(into: &firstSpan, from: previous, tag: 5)
            let secondReceive = try communicator.startReceive(into: &secondSpan, from: nil, tag: nil)
            try communicator.send([Int32](repeating: 1, count: 4), to: (rank + 1) % size, tag: 5)
            try communicator.send([Int32](repeating: 2, count: 3), to: (rank + 1) % size, tag: 5)
            findings.expectEqual(
                try secondReceive.wait(), ReceivedMessage(source: previous, tag: 5, count: 3))
            findings.expectEqual(
                try firstReceive.wait(), ReceivedMessage(source: previous, tag: 5, count: 4))
            findings.expectEqual(first, [1, 1, 1, 1])
            findings.expectEqual(second, [2, 2, 2, 0])
            try communicator.barrier()
        }
    }

    func testIsCompleteOnlyWhenTheMessageHasCome() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            var value: [UInt16] = [0]
            var span = value.mutableSpan
            let receiving = try communicator.startReceive(into: &span, from: (rank + size - 1) % size, tag: 0)
            findings.expect(try !receiving.isComplete, "complete before anything was sent")
            // Nobody sends before everybody has looked.
            try communicator.barrier()
            try communicator.send([UInt16(rank + 1)], to: (rank + 1) % size)
            while try !receiving.isComplete {}
            try receiving.wait()
            findings.expectEqual(value, [UInt16((rank + size - 1) % size + 1)])
        }
    }

    func testADroppedRequestIsWaitedForBeforeItsBufferIsRead() throws {
        try assertLaw { communicator, findings in
            let size = communicator.size
            for round in 0..<6 {
                var values = (0..<50).map { $0 + round }
                do {
                    var span = values.mutableSpan
                    let request = try communicator.startAllReduce(&span, .sum)
                    if round % 2 == 0 { try request.wait() }
                }
                findings.expectEqual(values, (0..<50).map { ($0 + round) * size }, "round \(round)")
            }
        }
    }

    func testTheFailureOfADroppedRequestIsThrownByTheNextOperation() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            // Open MPI cuts a message from a rank to itself short without an error.
            guard size > 1 else { return }
            do {
                var buffer: [Int8] = [0]
                var span = buffer.mutableSpan
                let receiving = try communicator.startReceive(into: &span, from: (rank + size - 1) % size, tag: 0)
                let tooLong: [Int8] = [1, 2]
                try communicator.send(tooLong, to: (rank + 1) % size)
                _ = consume receiving
            }
            do {
                try communicator.barrier()
                findings.record("a failure was lost")
            } catch let error as MPIError {
                findings.expectEqual(error.errorClass, .truncated)
            }
            // It is thrown once.
            try communicator.barrier()
        }
    }
}
