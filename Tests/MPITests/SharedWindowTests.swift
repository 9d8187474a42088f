import MPI
import MPITestSupport
import XCTest

final class SharedWindowTests: XCTestCase {
    func testSegmentsAreZeroAlignedAndOfTheLengthAskedFor() throws {
        try assertLaw { communicator, findings in
            let shared = try communicator.splitShared()
            for alignment in [8, 64, 4096] {
                let window = try shared.allocateShared(Float.self, count: 3 + 10 * shared.rank, alignment: alignment)
                for rank in 0..<shared.size {
                    let segment = window.segment(of: rank)
                    findings.expectEqual(segment.count, 3 + 10 * rank)
                    findings.expect(segment.allSatisfy { $0 == 0 }, "segment of rank \(rank) is not zero")
                    findings.expectEqual(Int(bitPattern: segment.baseAddress) % alignment, 0, "alignment \(alignment)")
                }
                try window.synchronize()
                try window.free()
            }
        }
    }

    func testWhatARankWritesAllReadAfterSynchronize() throws {
        try assertLaw { communicator, findings in
            let shared = try communicator.splitShared()
            let (rank, size) = (shared.rank, shared.size)
            let window = try shared.allocateShared(Int32.self, count: 100)
            for round in 0..<20 {
                // Each rank writes one column of every segment, its own and those of others.
                for owner in 0..<size {
                    for index in stride(from: rank, to: 100, by: size) {
                        window.segment(of: owner)[index] = Int32(round * 1000 + owner * 100 + index)
                    }
                }
                try window.synchronize()
                for owner in 0..<size {
                    findings.expectEqual(
                        Array(window.segment(of: owner)), (0..<100).map { Int32(round * 1000 + owner * 100 + $0) })
                }
                try window.synchronize()
            }
            try window.free()
        }
    }

    func testASegmentMayBeEmpty() throws {
        try assertLaw { communicator, findings in
            let shared = try communicator.splitShared()
            let window = try shared.allocateShared(Double.self, count: shared.rank == 0 ? 4 : 0)
            for rank in 0..<shared.size { findings.expectEqual(window.segment(of: rank).count, rank == 0 ? 4 : 0) }
            try window.free()
        }
    }
}
