import MPI
import MPITestSupport
import XCTest

final class BarrierTests: XCTestCase {
    /// Each rank's turn to write is over when all have passed the barrier, and only then the others read.
    func testNobodyPassesBeforeEverybodyHasArrived() throws {
        try assertLaw { communicator, findings in
            let shared = try communicator.splitShared()
            let window = try shared.allocateShared(Int.self, count: 1)
            for round in 1...50 {
                window.segment(of: shared.rank)[0] = round
                try window.synchronize()
                for rank in 0..<shared.size { findings.expectEqual(window.segment(of: rank)[0], round) }
                try window.synchronize()
            }
            try window.free()
            try communicator.barrier()
        }
    }
}
