import DataParallel
import MPI
import MPITestSupport
import XCTest

/// The laws of `GradientReduction`, of every implementation on every placement of the ranks.
final class GradientReductionTests: XCTestCase {
    /// One rank's memory and one reduction of it.
    private struct Bench {
        let name: String
        let world: any Communicator
        let arenas: NodeArenas
        let slice: Range<Int>
        let reduction: any GradientReduction
        let measurement = UpdateMeasurement()

        func expected(_ step: Int, _ value: (_ step: Int, _ rank: Int, _ index: Int) -> Float) -> [Float] {
            slice.map { index in (0..<world.size).reduce(0) { $0 + value(step, $1, index) } }
        }

        var own: [Float] { Array(arenas.gradient[slice]) }

        /// Collective. A backward pass that tells, if it does, of what is done.
        func fill(_ step: Int, tells: Bool, _ value: (_ step: Int, _ rank: Int, _ index: Int) -> Float) throws {
            // Nobody overwrites what others have not read yet.
            try arenas.synchronize()
            for index in (0..<arenas.count).reversed() {
                arenas.gradient[index] = value(step, world.rank, index)
                if tells, index % 70 == 0 { try reduction.gradientIsFinal(from: index, measurement) }
            }
            try arenas.synchronize()
        }
    }

    /// Runs `body` with every implementation on every placement; those of one topology share its memory.
    private func forAll(_ body: @escaping @Sendable (_ bench: Bench, _ findings: Findings) throws -> Void) throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                // Several blocks of those that a node hands out; and few messages where each is split.
                let count = placement == .oneNode ? 12_000 : 400
                let topology = try placement.topology(world)
                let arenas = try NodeArenas(node: topology.node, count: count, stateArenaCount: 0)
                let slice = topology.slice(of: count)
                for (kind, compresses, isFixed) in [
                    ("plain", false, false), ("bf16", true, false), ("tree", false, true),
                ] {
                    var settings = ReductionSettings()
                    settings.bucketBytes = 256
                    settings.compresses = compresses
                    for reduction in try settings.reductions(over: topology, arenas, slice: slice, isFixed: isFixed) {
                        let name = "\(placement), \(kind), \(type(of: reduction)), rank \(world.rank)/\(world.size)"
                        try body(
                            Bench(name: name, world: world, arenas: arenas, slice: slice, reduction: reduction),
                            findings)
                    }
                }
                try arenas.synchronize()
                try arenas.free()
            }
        }
    }

    /// Integers so small that bfloat16 holds their sums.
    private static func integer(_ step: Int, _ rank: Int, _ index: Int) -> Float {
        Float((index * 7 + rank * 5 + step * 3) % 9 - 4)
    }

    /// Numbers that bfloat16 rounds.
    private static func fraction(_ step: Int, _ rank: Int, _ index: Int) -> Float {
        1 / Float(3 + (index + rank * 11 + step * 17) % 97)
    }

    /// Told of the backward pass or not, with steps in between that are left out.
    func testTheSliceHasTheSumOfAllRanks() throws {
        try forAll { bench, findings in
            for step in 0..<6 {
                try bench.fill(step, tells: step % 3 != 0, Self.integer)
                if step % 3 == 1 {
                    try bench.reduction.skip(bench.measurement)
                } else {
                    try bench.reduction.reduce(bench.measurement)
                    findings.expect(bench.own == bench.expected(step, Self.integer), "\(bench.name), step \(step)")
                }
            }
        }
    }

    /// Each once, in rising order, and with its sum.
    func testPartsAreHandedOutWhenTheirSumIsThere() throws {
        try forAll { bench, findings in
            // Long and short ones, and between them what is in none.
            let (start, end) = (bench.slice.lowerBound, bench.slice.upperBound)
            let parts = [(0, 1), (16, 90), (96, 4999), (5008, 12_000)].map {
                min(start + $0.0, end)..<min(start + $0.1, end)
            }
            try bench.fill(0, tells: true, Self.integer)
            let expected = bench.expected(0, Self.integer)
            var used: [[Int]] = parts.map { _ in [] }
            var last = -1
            try bench.reduction.reduce(parts, bench.measurement) { part, range in
                findings.expect(range.lowerBound > last, "\(bench.name): \(range) comes after \(last)")
                last = range.upperBound - 1
                used[part] += range
                findings.expect(
                    range.allSatisfy { bench.arenas.gradient[$0] == expected[$0 - start] },
                    "\(bench.name): \(range) is handed out without its sum")
            }
            findings.expect(used == parts.map(Array.init), "\(bench.name): not all parts are handed out")
        }
    }

    /// They are all that a reduction remembers from step to step.
    func testLeftOversAreTakenUp() throws {
        try forAll { bench, findings in
            func sum(_ step: Int) throws -> [Float] {
                try bench.fill(step, tells: false, Self.fraction)
                try bench.reduction.reduce(bench.measurement)
                return bench.own
            }
            let first = try sum(0)
            let kept = bench.reduction.leftOvers
            let second = try sum(1)
            bench.reduction.takeUp(kept)
            findings.expect(try sum(1) == second, "\(bench.name): goes on otherwise")
            bench.reduction.takeUp(nil)
            findings.expect(try sum(0) == first, "\(bench.name): begins otherwise")
            bench.reduction.takeUp(nil)
            let forgotten = try sum(1)
            // Ranks without a slice have nothing left over.
            findings.expect(
                (forgotten == second) == (kept?.values ?? []).isEmpty, "\(bench.name): what is left over is not used")
        }
    }
}
