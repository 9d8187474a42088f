import Foundation
import MPITestSupport
import XCTest

/// The tarball of `launch/package.sh` on a system without Swift, which the test makes.
final class PackageTests: XCTestCase {
    /// Not by itself, since a system from the network and a build of its own take minutes.
    func testTheTarballTrainsWithoutSwift() throws {
        let tarball = ProcessInfo.processInfo.environment["ENTRAIN_TARBALL"]
        try XCTSkipIf(tarball == nil, "ENTRAIN_TARBALL names no tarball of launch/package.sh to be tried")
        let system = try PlayedBatchSystem([])
        try XCTSkipIf(Launcher.find("debootstrap") == nil, "no debootstrap; launch/setup.sh --package installs it")
        let process = system.command.process(ranks: nil, [])
        process.executableURL = URL(fileURLWithPath: "\(PlayedBatchSystem.root)/Tests/Package/chroot.sh")
        process.arguments = [tarball ?? ""]
        let outcome = try Launcher.run(process, limit: 900)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertTrue(outcome.standardOutput.hasSuffix("the tarball trains\n"), outcome.standardOutput)
    }
}
