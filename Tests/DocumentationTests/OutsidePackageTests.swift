import Foundation
import MPI
import MPITestSupport
import XCTest

/// A package outside brings its own layer, schedule, optimizer, data and observer, and trains, goes on and evaluates with them.
final class OutsidePackageTests: XCTestCase {
    private static let package = "Tests/OutsidePackage"

    /// What its users may import: the product, and what every program has.
    func testItImportsTheProductAlone() throws {
        let folder = "\(Self.package)/Sources/mine"
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appendingPathComponent(folder).path)
        XCTAssertEqual(files.count, 6)
        for file in files {
            let imports = try Repository.lines(of: "\(folder)/\(file)").filter { $0.hasPrefix("import ") }
            XCTAssertTrue(imports.contains("import Entrain"), file)
            XCTAssertTrue(Set(imports).isSubset(of: ["import Entrain", "import Foundation"]), file)
        }
        let manifest = try Repository.lines(of: "\(Self.package)/Package.swift").joined()
        XCTAssertTrue(manifest.contains(".product(name: \"Entrain\", package: \"entrain\")"))
    }

    func testItTrainsGoesOnAndEvaluatesWithWhatItBrings() throws {
        let folder = NSTemporaryDirectory() + "entrain-outside-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (whole, cut) = ("\(folder)/whole", "\(folder)/cut")

        let lines = try output(ranks: 2, ["train", "\(Self.package)/spirals.yaml", whole])
        XCTAssertEqual(lines.count, 12)
        let accuracy = try XCTUnwrap(lines.last?.split(separator: " ").last.flatMap { Double($0) })
        XCTAssertGreaterThan(accuracy, 0.75)
        XCTAssertEqual(try output(ranks: 1, ["evaluate", whole]), ["test accuracy \(accuracy)"])

        // A point in the middle of each arm.
        let points = (0..<3).flatMap { arm in
            let angle = (0.5 + Double(arm) / 3) * 2 * Double.pi
            return ["\(cos(angle))", "\(sin(angle))"]
        }
        XCTAssertEqual(try output(ranks: 2, ["predict", whole] + points), ["0 1 2"])

        // Interrupted, and gone on with on another number of ranks.
        _ = try output(ranks: 2, ["train", "\(Self.package)/spirals.yaml", cut, "70"], status: 75)
        let rest = try output(ranks: 1, ["train", "\(Self.package)/spirals.yaml", cut])
        XCTAssertEqual(rest, Array(lines.suffix(8)))
        let models = try [whole, cut].map { try Data(contentsOf: URL(fileURLWithPath: "\($0)/model.safetensors")) }
        XCTAssertEqual(models[0], models[1])
    }

    func testItChecksItsGradient() throws {
        let outcome = try Launcher.runAlone("OutsidePackage", ["check"])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        let lines = outcome.standardOutput.split(separator: "\n")
        XCTAssertEqual(lines.map { $0.split(separator: ":").first }, ["input", "slope"])
    }

    func testItTellsTheKeysOfWhatItBrings() throws {
        func keys(_ path: String) throws -> String {
            let outcome = try Launcher.runAlone("OutsidePackage", ["keys", path])
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            return outcome.standardOutput
        }
        for (path, line) in [
            ("optimizer.lion", "optimizer.weightDecay: a number of at least 0.0"),
            ("learningRate.halving", "learningRate.every: a number in (0.0, 1000000.0], in epochs; default 10.0"),
            ("data.spirals", "data.arms: an integer of at least 2; default 2"),
            (
                "model.layers.learnedSlope",
                "model.layers[].learnedSlope.initial: a number from -1.0 to 1.0; default 0.25"
            ),
        ] {
            let text = try keys(path)
            XCTAssertTrue(text.contains(line), text)
        }
    }

    private func output(ranks: Int, _ arguments: [String], status: Int32 = 0) throws -> [String] {
        let runtime = try MPITestRuntime.shared()
        try XCTSkipIf(runtime.isLaunched, "runs only outside a launcher, which it starts itself")
        guard let launcher = Launcher(of: runtime) else { throw XCTSkip("no mpirun is installed") }
        let process = launcher.process(ranks: ranks, "OutsidePackage", arguments)
        process.currentDirectoryURL = Repository.root
        let outcome = try Launcher.run(process, limit: 120)
        XCTAssertEqual(outcome.status, status, outcome.standardError)
        return outcome.standardOutput.split(separator: "\n").map(String.init)
    }
}
