import MPI
import XCTest

final class PageReservationTests: XCTestCase {
    /// Memory mapped beyond the end of its file has no pages, as where a file system in memory is full: touching it ends the process.
    func testMemoryWithoutPagesIsNoticedWithoutASignal() throws {
        let page = sysconf(Int32(_SC_PAGESIZE))
        var template = Array("/tmp/pages-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        XCTAssertGreaterThanOrEqual(file, 0)
        defer { close(file) }
        unlink(template)
        XCTAssertEqual(ftruncate(file, 3 * page), 0)
        let size = 5 * page
        let memory = try XCTUnwrap(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
        XCTAssertNotEqual(memory, MAP_FAILED)
        defer { munmap(memory, size) }
        memory.storeBytes(of: 7, as: UInt8.self)
        XCTAssertTrue(PageReservation.fill(memory, byteCount: 3 * page))
        XCTAssertEqual(memory.load(as: UInt8.self), 0)
        XCTAssertFalse(PageReservation.fill(memory, byteCount: size))
        XCTAssertEqual(ftruncate(file, size), 0)
        XCTAssertTrue(PageReservation.fill(memory, byteCount: size))
    }
}
