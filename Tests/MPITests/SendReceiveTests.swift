import MPI
import MPITestSupport
import XCTest

final class SendReceiveTests: XCTestCase {
    func testAMessageGoesRoundTheRingForEveryType() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes { try Self.checkRing(type, communicator, findings) }
        }
    }

    private static func checkRing<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        let (rank, size) = (communicator.rank, communicator.size)
        for count in [0, 1, 3, 6, 10] {
            let outgoing = sample(type, rank: rank, count: count)
            let sending = try communicator.startSend(outgoing.span, to: (rank + 1) % size, tag: count)
            let previous = (rank + size - 1) % size
            var incoming = [Scalar](repeating: filler(), count: count + 2)
            var span = incoming.mutableSpan
            let message = try communicator.receive(into: &span, from: previous, tag: count)
            try sending.wait()
            findings.expectEqual(message, ReceivedMessage(source: previous, tag: count, count: count), "\(type)")
            findings.expectEqual(
                incoming, sample(type, rank: previous, count: count) + [filler(), filler()], "\(type)")
        }
    }

    func testTagsTellMessagesApart() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            let (first, second) = ([1.5], [2.5])
            let sendingFirst = try communicator.startSend(first.span, to: (rank + 1) % size, tag: 1)
            let sendingSecond = try communicator.startSend(second.span, to: (rank + 1) % size, tag: 2)
            let source = (rank + size - 1) % size
            findings.expectEqual(try communicator.receive(Double.self, count: 1, from: source, tag: 2), [2.5])
            findings.expectEqual(try communicator.receive(Double.self, count: 1, from: source, tag: 1), [1.5])
            try sendingFirst.wait()
            try sendingSecond.wait()
        }
    }

    func testAnySourceAndAnyTag() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            if rank > 0 {
                try communicator.send([rank, rank], to: 0, tag: 100 + rank)
            } else {
                var seen: Set<Int> = []
                for _ in 1..<max(size, 1) {
                    var buffer = [0, 0]
                    var span = buffer.mutableSpan
                    let message = try communicator.receive(into: &span, from: nil, tag: nil)
                    findings.expectEqual(message.tag, 100 + message.source)
                    findings.expectEqual(buffer, [message.source, message.source])
                    seen.insert(message.source)
                }
                findings.expectEqual(seen, Set(1..<max(size, 1)))
            }
            // What follows must not be received by "any".
            try communicator.barrier()
        }
    }

    func testMessagesOfOnePairKeepTheirOrder() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            guard size > 1 else { return }
            if rank == 0 {
                for number in 0..<50 { try communicator.send([number, number, number, number], to: size - 1) }
            } else if rank == size - 1 {
                for number in 0..<50 {
                    let received = try communicator.receive(Int.self, count: 4, from: 0)
                    findings.expectEqual(received, [number, number, number, number])
                }
            }
        }
    }

    func testAMessageTooLongIsAnError() throws {
        try assertLaw { communicator, findings in
            let (rank, size) = (communicator.rank, communicator.size)
            guard size > 1 else { return }
            if rank == 0 {
                try communicator.send([Float](repeating: 1, count: 9), to: 1)
            } else if rank == 1 {
                do {
                    _ = try communicator.receive(Float.self, count: 4, from: 0)
                    findings.record("a message of 9 elements was received into 4")
                } catch let error as MPIError {
                    findings.expectEqual(error.errorClass, .truncated)
                    findings.expectEqual(error.operation, "MPI_Recv")
                    findings.expect(!error.text.isEmpty, "the library says nothing")
                }
            }
        }
    }
}
