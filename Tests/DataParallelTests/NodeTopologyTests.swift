import DataParallel
import MPI
import MPITestSupport
import XCTest

final class NodeTopologyTests: XCTestCase {
    func testNodesAreThoseOfThePlacement() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                let topology = try placement.topology(world)
                let nodes = placement.nodes(world.size)
                let own = nodes.first { $0.contains(world.rank) }!
                findings.expectEqual(topology.nodeCount, nodes.count, "\(placement)")
                findings.expectEqual(topology.node.size, own.count, "\(placement)")
                findings.expectEqual(topology.node.rank, own.firstIndex(of: world.rank)!, "\(placement)")
                findings.expectEqual(topology.sliceCount, nodes.map(\.count).min()!, "\(placement)")
            }
        }
    }

    /// Ranks that share memory are a node where their sum is a part of the tree over all ranks.
    func testNodesInSubtrees() throws {
        try assertLaw { world, findings in
            let topology = try NodeTopology(world, inSubtrees: true)
            let isPowerOfTwo = world.size.nonzeroBitCount == 1
            findings.expectEqual(topology.nodeCount, isPowerOfTwo ? 1 : world.size, "\(world.size) ranks")
        }
    }

    func testEveryFloatHasOneOwnerOnEachNodeAndWholeCacheLines() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                let topology = try placement.topology(world)
                for count in [0, 1, 15, 16, 17, 1000, 535_818] {
                    let slice = topology.slice(of: count)
                    let what = "\(placement), \(count) floats, slice \(slice)"
                    let lowerBounds = try topology.node.allGather(slice.lowerBound)
                    let upperBounds = try topology.node.allGather(slice.upperBound)
                    // In the order of the ranks the slices follow each other from 0 to the count.
                    var end = 0
                    for (rank, (lower, upper)) in zip(lowerBounds, upperBounds).enumerated() {
                        findings.expectEqual(lower, end, "start of rank \(rank): \(what)")
                        findings.expect(lower == count || lower % 16 == 0, "cut within a cache line: \(what)")
                        end = upper
                    }
                    findings.expectEqual(end, count, "end: \(what)")
                    findings.expect(
                        slice.count <= (count + 15) / 16 / topology.sliceCount * 16 + 16, "uneven: \(what)")
                }
            }
        }
    }

    func testOwnersOfASliceAreOneRankOfEachNode() throws {
        try assertLaw { world, findings in
            for placement in Placement.allCases {
                let topology = try placement.topology(world)
                guard topology.node.rank < topology.sliceCount else {
                    findings.expect(topology.sliceOwners == nil, "\(placement): rank \(world.rank) owns nothing")
                    findings.expect(topology.slice(of: 1000).isEmpty, "\(placement): rank \(world.rank) owns nothing")
                    continue
                }
                let slice = topology.slice(of: 1000)
                let owners = placement.nodes(world.size).map { $0[topology.node.rank] }.sorted()
                findings.expectEqual(try topology.sliceOwners?.allGather(world.rank), owners, "\(placement)")
                findings.expectEqual(
                    try topology.sliceOwners?.allGather(slice.lowerBound),
                    owners.map { _ in slice.lowerBound }, "\(placement)")
            }
        }
    }
}
