import Foundation
import MPITestSupport
import XCTest

/// The tarball of `launch/package.sh` on a system without Swift, which the test makes.
final class PackageTests: XCTestCase {
    /// Recipes of package managers name the version that the program says.
    func testRecipesAreOfTheProgramsVersion() throws {
        let text = try EntrainCommand().succeed(ranks: nil, ["--version"]).standardOutput
        let version = try XCTUnwrap(text.split(separator: " ").first)
        let packages = "\(PlayedBatchSystem.root)/launch/packages"
        let easyconfig = try String(contentsOfFile: "\(packages)/Entrain-\(version).eb", encoding: .utf8)
        XCTAssertTrue(easyconfig.contains("version = '\(version)'\n"), easyconfig)
        let spack = try String(
            contentsOfFile: "\(packages)/spack/spack_repo/entrain/packages/entrain/package.py", encoding: .utf8)
        XCTAssertTrue(spack.contains("version(\"\(version)\")\n"), spack)
    }

    /// Not by itself, since a system from the network and a build of its own take minutes.
    func testTheTarballTrainsWithoutSwift() throws {
        let tarball = ProcessInfo.processInfo.environment["ENTRAIN_TARBALL"]
        try XCTSkipIf(tarball == nil, "ENTRAIN_TARBALL names no tarball of launch/package.sh to be tried")
        let system = try PlayedBatchSystem([])
        try XCTSkipIf(Launcher.find("debootstrap") == nil, "no debootstrap; launch/setup.sh --package installs it")
        let process = system.command.process(ranks: nil, [])
        process.executableURL = URL(fileURLWithPath: "\(PlayedBatchSystem.root)/Tests/Package/chroot.sh")
        process.arguments = [tarball ?? ""]
        let outcome = try Launcher.run(process, limit: 1800)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertTrue(outcome.standardOutput.hasSuffix("the tarball trains\n"), outcome.standardOutput)
    }
}
