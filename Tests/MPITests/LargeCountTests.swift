import Foundation
import MPI
import MPITestSupport
import XCTest

/// Counts beyond 2³¹−1, for real. That every call splits right is shown by the laws on a communicator with a tiny
/// limit; this shows that the limit is where the library's int ends.
final class LargeCountTests: XCTestCase {
    private static let count = Int(Int32.max) + 1000

    func testReductionBroadcastAndMessages() throws {
        let world = try MPITestRuntime.shared().world
        try XCTSkipIf(world.size != 2, "run on 2 ranks: one has nothing to exchange, more need 2 GiB each")
        // All ranks skip or none: they wait for each other.
        let available = try world.allReduce(Self.availableMemory(), .min)
        try XCTSkipIf(available < 10 << 30, "needs 10 GiB of free memory, has \(available >> 30)")

        var values = [UInt8](unsafeUninitializedCapacity: Self.count) { buffer, initialized in
            memset(buffer.baseAddress!, 1, Self.count)
            initialized = Self.count
        }
        for (mark, place) in Self.marked.enumerated() { values[place] = UInt8(10 + mark) }
        try world.allReduce(&values, .sum)
        assertMarked(values, times: UInt8(world.size))

        if world.rank != 0 { clear(&values) }
        try world.broadcast(&values, root: 0)
        assertMarked(values, times: UInt8(world.size))

        if world.rank == 0 {
            try world.send(values, to: 1)
        } else {
            clear(&values)
            var span = values.mutableSpan
            let message = try world.receive(into: &span, from: 0, tag: 0)
            XCTAssertEqual(message.count, Self.count)
            assertMarked(values, times: 2)
        }
        try world.barrier()
    }

    /// Places near both ends and on both sides of the limit; they hold 10, 11, ... and all others 1.
    private static let marked = [0, 1, Int(Int32.max) - 1, Int(Int32.max), Int(Int32.max) + 1, count - 1]

    private func clear(_ values: inout [UInt8]) {
        values.withUnsafeMutableBytes { _ = memset($0.baseAddress!, 0, $0.count) }
    }

    private func assertMarked(_ values: [UInt8], times factor: UInt8, line: UInt = #line) {
        for (mark, place) in Self.marked.enumerated() {
            XCTAssertEqual(values[place], UInt8(10 + mark) * factor, "element \(place)", line: line)
        }
        for (first, last) in zip(Self.marked, Self.marked.dropFirst()) where last - first > 1 {
            // All equal the first if each equals the next.
            XCTAssertEqual(values[first + 1], factor, line: line)
            let isConstant = values.withUnsafeBytes { bytes in
                memcmp(bytes.baseAddress! + first + 1, bytes.baseAddress! + first + 2, last - first - 2) == 0
            }
            XCTAssert(isConstant, "elements \(first + 1) ..< \(last) differ", line: line)
        }
    }

    /// Bytes that can be had without swapping.
    private static func availableMemory() throws -> Int {
        let lines = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8).split(separator: "\n")
        let kibibytes = lines.first { $0.hasPrefix("MemAvailable:") }?.split(separator: " ").dropFirst().first
        return (kibibytes.flatMap { Int($0) } ?? 0) << 10
    }
}
