import MPI
import MPITestSupport
import XCTest

final class AllReduceTests: XCTestCase {
    func testEqualsSequentialReductionForEveryTypeAndOperator() throws {
        try assertLaw { communicator, findings in
            for type in scalarTypes {
                try Self.checkOperators(type, communicator, findings)
                if let integer = type as? any (MPIScalar & FixedWidthInteger).Type {
                    try Self.checkIntegerOperators(integer, communicator, findings)
                }
            }
        }
    }

    private static func checkOperators<Scalar: MPIScalar>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        for `operator`: ReductionOperator<Scalar> in [.sum, .product, .min, .max] {
            try check(`operator`, communicator, findings)
        }
    }

    private static func checkIntegerOperators<Scalar: MPIScalar & FixedWidthInteger>(
        _ type: Scalar.Type, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        let operators: [ReductionOperator<Scalar>] = [
            .logicalAnd, .logicalOr, .logicalXor, .bitwiseAnd, .bitwiseOr, .bitwiseXor,
        ]
        for `operator` in operators { try check(`operator`, communicator, findings) }
    }

    private static func check<Scalar: MPIScalar>(
        _ operator: ReductionOperator<Scalar>, _ communicator: any Communicator, _ findings: Findings
    ) throws {
        let all = (0..<communicator.size).map { sample(Scalar.self, rank: $0, count: 8) }
        let expected = sequentialReduction(all, `operator`.kind)
        var inPlace = all[communicator.rank]
        try communicator.allReduce(&inPlace, `operator`)
        findings.expectEqual(inPlace, expected, "in place, \(Scalar.self) \(`operator`.kind)")

        let input = all[communicator.rank]
        var output = [Scalar](repeating: 0, count: 8)
        var span = output.mutableSpan
        try communicator.allReduce(input.span, into: &span, `operator`)
        findings.expectEqual(output, expected, "into a buffer, \(Scalar.self) \(`operator`.kind)")
        findings.expectEqual(input, all[communicator.rank], "the input stays")
    }

    func testOfOneNumber() throws {
        try assertLaw { communicator, findings in
            let size = communicator.size
            findings.expectEqual(try communicator.allReduce(communicator.rank + 1, .sum), size * (size + 1) / 2)
            findings.expectEqual(try communicator.allReduce(Double(communicator.rank), .max), Double(size - 1))
        }
    }

    func testOfNothing() throws {
        try assertLaw { communicator, findings in
            var nothing: [Float] = []
            try communicator.allReduce(&nothing, .sum)
            findings.expectEqual(nothing, [])
        }
    }

    func testIntegerSumsBeyondTheRangeWrap() throws {
        try assertLaw { communicator, findings in
            var values: [UInt8] = [200, 255]
            try communicator.allReduce(&values, .sum)
            findings.expectEqual(
                values, [UInt8(200 * communicator.size % 256), UInt8(255 * communicator.size % 256)])
        }
    }

    func testEveryRankHasTheSameBits() throws {
        try assertLaw { communicator, findings in
            var values = (0..<100).map { 1 / Float(1 + $0 + 31 * communicator.rank) }
            try communicator.allReduce(&values, .sum)
            let bits = values.map(\.bitPattern)
            for (rank, other) in try communicator.allGather(bits).enumerated() {
                findings.expect(other == bits, "the sum on rank \(rank) differs from that on \(communicator.rank)")
            }
        }
    }
}
