import Foundation
import MPI
import MPITestSupport
import XCTest

final class MPIRuntimeTests: XCTestCase {
    func testSaysWhatItRunsOn() throws {
        let runtime = try MPITestRuntime.shared()
        XCTAssertEqual(runtime.requestedThreadLevel, .funneled)
        XCTAssertGreaterThanOrEqual(runtime.threadLevel, .funneled)
        XCTAssertGreaterThanOrEqual(runtime.standardVersion.major, 3)
        XCTAssert(["Open MPI", "MPICH"].contains { runtime.libraryVersion.contains($0) }, runtime.libraryVersion)
        XCTAssertFalse(runtime.libraryVersion.contains("\n"))
        XCTAssertFalse(runtime.hostName.isEmpty)
        XCTAssertTrue(runtime.isLaunched || runtime.world.size == 1)
    }

    func testASecondInitializationIsAnError() throws {
        _ = try MPITestRuntime.shared()
        XCTAssertThrowsError(try MPIRuntime.initialize()) {
            XCTAssertEqual(($0 as? MPIError)?.errorClass, .notAvailable)
        }
    }

    func testAnErrorHasTheOperationAndTheLibrarysText() throws {
        let error = MPIError(operation: "MPI_Recv", errorClass: .truncated, text: "message truncated")
        XCTAssertEqual("\(error)", "MPI_Recv failed: message truncated")
    }
}
