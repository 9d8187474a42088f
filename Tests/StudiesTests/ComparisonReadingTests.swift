import Foundation
import Studies
import Training
import XCTest

/// A comparison is read strictly, and all its runs are valid before one begins.
final class ComparisonReadingTests: XCTestCase {
    private var folder = ""

    override func setUpWithError() throws {
        folder = NSTemporaryDirectory() + "comparison-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(atPath: folder)
    }

    private func load(_ text: String, overrides: [String] = []) throws -> Comparison {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/study.yaml"))
        return try Comparison.load(path: "\(folder)/study.yaml", overrides: overrides)
    }

    private let base = "base: {data: {format: digits}, model: {preset: mlp}}\n"

    func testDefaults() throws {
        let comparison = try load(base + "variations: [{name: A}, {name: B, set: {optimizer.momentum: 0.5}}]")
        XCTAssertEqual(comparison.name, "study")
        XCTAssertEqual(comparison.seeds, [1, 2, 3, 4, 5, 6])
        XCTAssertEqual(comparison.reference, "A")
        XCTAssertEqual(comparison.dataSets.map(\.name), ["study"])
        XCTAssertEqual(comparison.variations.map(\.name), ["A", "B"])
        XCTAssertNil(comparison.targetAccuracy)
        XCTAssertNil(comparison.tuning)
    }

    func testTextAsEditorsWriteIt() throws {
        let text = base + "variations: [{name: A}]\n"
        XCTAssertEqual(try load("\u{FEFF}" + text).variations.count, 1)
        XCTAssertThrowsError(try load("variations:\n\t- {name: A}\n" + base)) {
            XCTAssertTrue("\($0)".contains("study.yaml:2:1: invalid YAML: expected spaces, found a tab"), "\($0)")
        }
        try (Data([0xFF, 0xFE]) + XCTUnwrap(text.data(using: .utf16LittleEndian)))
            .write(to: URL(fileURLWithPath: "\(folder)/wide.yaml"))
        XCTAssertThrowsError(try Comparison.load(path: "\(folder)/wide.yaml", overrides: [])) {
            XCTAssertTrue("\($0)".hasSuffix("found text in UTF-16; save it as UTF-8"), "\($0)")
        }
    }

    /// What a comparison would leave undone is not taken in silence.
    func testKeysOfFilesThatAComparisonDoesNotWrite() throws {
        func message(_ variation: String) -> String? {
            do {
                _ = try load(base + "variations: [{name: A, set: {\(variation)}}]")
                return nil
            } catch {
                return "\(error)"
            }
        }
        for key in [
            "output.stepsLog", "output.csv", "output.everyRank", "output.tensorboard", "checkpoint.best",
            "checkpoint.cycle", "checkpoint.steps",
        ] {
            let value = key == "checkpoint.steps" ? "5" : "true"
            XCTAssertEqual(
                message("\(key): \(value)"),
                "\(folder)/study.yaml:2:\(32 + key.count): \(key): expected null or false in a comparison, which keeps results "
                    + "alone and has no such file to write; found another value")
        }
        // In memory, to go back to.
        XCTAssertNil(message("checkpoint.cycle: true, training.nonFinite: roll-back"))
        XCTAssertNil(message("output.plot: true"))
        XCTAssertTrue(message("seed: 7")?.contains("seed: expected in seeds of the comparison") == true)
    }

    func testBaseFromAFileBesideIt() throws {
        try Data("data: {format: digits}\nmodel: {preset: mlp}\n".utf8)
            .write(to: URL(fileURLWithPath: "\(folder)/base.yaml"))
        XCTAssertEqual(try load("base: base.yaml\nvariations: [{name: A}]").variations.count, 1)
        XCTAssertThrowsError(try load("base: none.yaml\nvariations: [{name: A}]")) {
            XCTAssertEqual("\($0)", "\(folder)/none.yaml: cannot read: No such file or directory")
        }
    }

    func testVariationsFromAFileBesideIt() throws {
        func rivals(_ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/rivals.yaml"))
        }
        let study = base + "variations: rivals.yaml"
        try rivals("variations: [{name: A}, {name: B, set: {optimizer.momentum: 0.5}}]")
        XCTAssertEqual(try load(study).variations.map(\.name), ["A", "B"])
        // Mistakes are told with the place in that file.
        for (text, problem) in [
            (
                "variations: [{name: A, sett: {}}]",
                ":1:24: variations[0].sett: unknown key; did you mean variations[0].set?"
            ),
            ("variations: [{name: A}]\ntune: {}", ":2:1: tune: unknown key; valid here: variations"),
            ("{}", ":1:1: variations: missing; expected a list of variations"),
        ] {
            try rivals(text)
            XCTAssertThrowsError(try load(study)) { XCTAssertEqual("\($0)", "\(folder)/rivals.yaml\(problem)") }
        }
        XCTAssertThrowsError(try load(base + "variations: none.yaml")) {
            XCTAssertEqual("\($0)", "\(folder)/none.yaml: cannot read: No such file or directory")
        }
    }

    /// What comes with the package is valid.
    func testTheStudiesOfThePackage() throws {
        let configs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../configs/compare").standardizedFileURL.path
        for name in ["cifar10", "digits", "fashion", "letter", "mnist"] {
            let study = try Comparison.load(path: "\(configs)/\(name).yaml")
            XCTAssertEqual(study.reference, "MI decay")
            XCTAssertEqual(study.variations.count, name == "cifar10" ? 8 : 12)
            XCTAssertEqual(try Comparison.load(path: "\(configs)/tried/\(name).yaml").reference, "MI decay")
        }
    }

    func testMistakesAreOneLineThatSaysWhere() throws {
        let variations = "variations: [{name: A}, {name: B}]"
        for (text, problem) in [
            ("variations: [{name: A}]", ":1:1: base: missing; expected a configuration, or the path of its file"),
            (
                base,
                ":1:1: variations: missing; expected a list of variations such as - {name: Adam, set: {optimizer.name: adam}}"
            ),
            (base + "variations: []", ":2:13: variations: expected at least one variation, found none"),
            (base + variations + "\nseed: 3", ":3:1: seed: unknown key; did you mean seeds?"),
            (
                base + variations + "\nseeds: [1, 1]",
                ":3:12: seeds[1]: expected a list of different integers from 0 on, found 1"
            ),
            (base + variations + "\nreference: C", ":3:12: reference: expected the name of a variation, found \"C\""),
            (base + variations + "\ntarget: 98", ":3:9: target: expected a number in (0.0, 1.0], found 98"),
            (
                base + "variations: [{name: A b}, {name: a-B}]",
                ":2:13: variations: expected names that differ in letters and digits, found a-B again"
            ),
            (
                base + "variations: [{name: A, set: {optimizer.momentun: 0.5}}]",
                ":2:50: optimizer.momentun: unknown key; did you mean optimizer.momentum?"
            ),
            (
                base + "variations: [{name: A, set: {optimizer.momentum: 2}}]",
                ":2:50: optimizer.momentum: expected a number in [0.0, 1.0), found 2"
            ),
            (
                base + "variations: [{name: A}, {name: B, tune: {key: optimizer.momentum}}]",
                ":2:41: variations[1].tune.values: missing; expected a list of values to try"
            ),
            (
                base + "variations: [{name: A}, {name: B, tune: {key: optimizer.momentum, values: [0.5, 7]}}]",
                ":2:81: optimizer.momentum: expected a number in [0.0, 1.0), found 7"
            ),
            (
                base + variations + "\ntune: {key: optimizer.momentum, values: [0.5], seeds: [7, 2]}",
                ":3:7: tune: expected seeds that are none of those compared, found 2"
            ),
            (
                base + variations + "\ntune: {key: optimizer.momentum, values: [0.5], seed: 7}",
                ":3:48: tune.seed: unknown key; did you mean tune.seeds?"
            ),
        ] {
            XCTAssertThrowsError(try load(text), problem) { XCTAssertEqual("\($0)", "\(folder)/study.yaml\(problem)") }
        }
    }

    /// Each run has its seed from the comparison's list: one that is said elsewhere is not passed over in silence.
    func testASeedThatNoRunWouldHave() throws {
        let variations = "variations: [{name: A}, {name: B}]\n"
        let withSeed = "base: {data: {format: digits}, model: {preset: mlp}, seed: 7}\n"
        let problem = "expected in seeds of the comparison, found for its base: each run has its seed from that list"
        for text in [base, withSeed] {
            for override in ["seed=5", "seed=7", "seed=null"] {
                XCTAssertThrowsError(try load(text + variations, overrides: ["training.epochs=2", override])) {
                    XCTAssertEqual("\($0)", "--set \(override): seed: \(problem)")
                }
            }
        }
        XCTAssertThrowsError(
            try load(base + "variations: [{name: A}, {name: B, tune: {key: seed, values: [7, 8]}}]")
        ) {
            XCTAssertTrue(
                "\($0)".hasSuffix(
                    ": seed: expected in seeds of the comparison or of tune, found as the key that is tuned"), "\($0)")
        }
        XCTAssertEqual(try load(base + variations).notes, [])
        XCTAssertEqual(
            try load(withSeed + variations).notes,
            ["\(folder)/study.yaml:1:54: seed: not used: each run has its seed from seeds of the comparison"])
        try Data("data: {format: digits}\nseed: 3\nmodel: {preset: mlp}\n".utf8)
            .write(to: URL(fileURLWithPath: "\(folder)/base.yaml"))
        XCTAssertEqual(
            try load("base: base.yaml\n" + variations).notes,
            ["\(folder)/base.yaml:2:1: seed: not used: each run has its seed from seeds of the comparison"])
    }

    func testOverridesReachTheBase() throws {
        XCTAssertThrowsError(try load(base + "variations: [{name: A}]", overrides: ["training.batch=0"])) {
            XCTAssertEqual(
                "\($0)", "--set training.batch=0: training.batch: expected an integer of at least 1, found 0")
        }
    }
}
