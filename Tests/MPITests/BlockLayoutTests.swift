import MPI
import XCTest

final class BlockLayoutTests: XCTestCase {
    func testCountsAloneAreLaidOutWithoutGaps() {
        let layout = BlockLayout(counts: [2, 0, 3])
        XCTAssertEqual(layout.displacements, [0, 2, 2])
        XCTAssertEqual(layout.extent, 5)
        XCTAssertEqual(layout[2], 2..<5)
        XCTAssertFalse(layout.isUniform)
    }

    func testExtentIsTheFarthestEndOfABlockThatHasElements() {
        XCTAssertEqual(BlockLayout(counts: [2, 1], displacements: [5, 0]).extent, 7)
        XCTAssertEqual(BlockLayout(counts: [2, 0], displacements: [0, 100]).extent, 2)
        XCTAssertEqual(BlockLayout(counts: [0, 0]).extent, 0)
    }

    func testOnlyEqualBlocksInOrderWithoutGapsAreUniform() {
        XCTAssertTrue(BlockLayout(count: 3, ranks: 4).isUniform)
        XCTAssertTrue(BlockLayout(counts: [2, 2], displacements: [0, 2]).isUniform)
        XCTAssertFalse(BlockLayout(counts: [2, 2], displacements: [2, 0]).isUniform)
        XCTAssertFalse(BlockLayout(counts: [2, 2], displacements: [0, 3]).isUniform)
    }
}
