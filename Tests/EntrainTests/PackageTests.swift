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

    /// Read by Tcl, with the commands of Environment Modules played.
    func testTheModulefileFindsTheTarballThatHoldsIt() throws {
        guard let tcl = Launcher.find("tclsh") else { throw XCTSkip("no tclsh; launch/setup.sh --test installs it") }
        let system = try PlayedBatchSystem([])
        let root = URL(fileURLWithPath: system.command.path("entrain-1.2.3"))
        let folder = root.appendingPathComponent("share/modulefiles/entrain")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: "\(PlayedBatchSystem.root)/launch/packages/modulefile",
            toPath: folder.appendingPathComponent("1.2.3").path)
        let player = system.command.path("player.tcl")
        try """
        foreach name {module-whatis conflict prepend-path setenv} { proc $name args "puts \\"$name \\$args\\"" }
        set ModulesCurrentModulefile [lindex $argv 0]
        source $ModulesCurrentModulefile
        """.write(toFile: player, atomically: true, encoding: .utf8)

        func calls(_ environment: [String: String]) throws -> [String] {
            let outcome = try system.run(tcl.path, [player, folder.path + "/1.2.3"], environment)
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            return outcome.standardOutput.split(separator: "\n").dropFirst().map(String.init)
        }
        let found = root.resolvingSymlinksInPath().path
        let always = ["conflict entrain", "prepend-path PATH \(found)/bin", "setenv ENTRAIN_HOME \(found)"]
        // This process may have one too.
        XCTAssertEqual(
            try calls(["OMP_NUM_THREADS": "4"]).filter { !$0.hasPrefix("prepend-path MANPATH") }, always)
        XCTAssertEqual(
            try calls(["MANPATH": "/pages"]),
            always + ["prepend-path MANPATH \(found)/share/man", "setenv OMP_NUM_THREADS 1"])
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
