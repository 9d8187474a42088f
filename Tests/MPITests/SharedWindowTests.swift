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

    /// A window that all ranks have let go of is freed, at the latest when the same ranks allocate another one.
    func testWindowsFreeThemselves() throws {
        try assertLaw { communicator, findings in
            let shared = try communicator.splitShared()
            func count() -> Int { (shared as? MPICommunicator)?.windowCount ?? 0 }
            // What other tests have left.
            try shared.allocateShared(Int32.self, count: 1).free()
            let before = count()
            for round in 0..<5 {
                let window = try shared.allocateShared(Int32.self, count: 1000)
                window.segment(of: shared.rank)[999] = Int32(round)
                try window.synchronize()
                findings.expectEqual(window.segment(of: shared.size - 1)[999], Int32(round))
                try window.synchronize()
                findings.expect(count() <= before + 1, "\(count() - before) windows in round \(round)")
            }
            // One that a single rank still refers to stays, for all.
            var first: SharedWindow<Int32>? = try shared.allocateShared(Int32.self, count: 10)
            first!.segment(of: 0)[shared.rank] = 7
            try first!.synchronize()
            if shared.rank > 0 { first = nil }
            // Windows over other communicators of the same ranks leave it too.
            let second = try shared.duplicate().allocateShared(Int32.self, count: 10)
            findings.expectEqual(first.map { $0.segment(of: 0)[shared.size - 1] } ?? 7, 7)
            try second.free()
            first = nil
            try shared.allocateShared(Int32.self, count: 1).free()
            findings.expectEqual(count(), before)
        }
    }
}
