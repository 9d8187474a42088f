import DataFilesTestSupport
import Foundation
import MPI
import Studies
import Synchronization
import Training
import XCTest

/// A small comparison from its file to its report.
final class ComparisonRunTests: XCTestCase {
    private var folder = ""

    override func setUpWithError() throws {
        folder = NSTemporaryDirectory() + "comparison-run-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Two short runs of each of three variations, one of which cannot go well, and a grid of three for another.
    private let study = """
        base:
          data: {format: digits}
          model: {preset: mlp, hidden: [16]}
          training: {batch: 32, epochs: 2}
        seeds: [3, 4]
        tune: {key: learningRate.rate, values: [0.0001, 0.05, 1e30], seeds: [8, 9]}
        variations:
          - name: MI decay
          - name: constant
            set: {learningRate: {schedule: constant, rate: 0.01}}
          - name: too fast
            set: {learningRate: {schedule: constant, rate: 1e30}}
            tune: false
        """

    private func compare(
        _ output: String = "out", ranks: Int = 1, ranksPerRun: Int = 1, study: String? = nil
    ) throws -> (report: ComparisonReport, lines: [String]) {
        try Data((study ?? self.study).utf8).write(to: URL(fileURLWithPath: "\(folder)/study.yaml"))
        let comparison = try Comparison.load(path: "\(folder)/study.yaml")
        let lines = Mutex<[String]>([])
        let reports = Mutex<[Int: ComparisonReport]>([:])
        let folder = self.folder
        try InProcessCommunicator.run(ranks: ranks) { world in
            let run = try ComparisonRun(
                comparison, dataRoot: nil, output: "\(folder)/\(output)", ranksPerRun: ranksPerRun, version: "1.2.3",
                over: world
            ) { line in lines.withLock { $0.append(line) } }
            let report = try run.run()
            reports.withLock { $0[world.rank] = report }
        }
        let report = try XCTUnwrap(reports.withLock { $0[0] })
        _ = try report.write(to: "\(folder)/\(output)", command: "none")
        return (report, lines.withLock { $0 })
    }

    /// A disk that is full for a while: results stay in memory until they can be written.
    func testAResultThatCannotBeWrittenIsWrittenLater() throws {
        let study = """
            base: {data: {format: digits}, model: {preset: mlp, hidden: [8]}, training: {batch: 256, epochs: 1}}
            seeds: [3, 4]
            variations:
              - {name: slow, set: {learningRate: {schedule: constant, rate: 0.01}}}
              - {name: fast, set: {learningRate: {schedule: constant, rate: 0.05}}}
            """
        let whole = try compare("whole", study: study)
        try FileManager.default.removeItem(atPath: "\(folder)/whole/trials")
        let comparison = try Comparison.load(path: "\(folder)/study.yaml")
        // A file in the way, until it is told.
        let folder = self.folder
        let obstacle = "\(folder)/whole/trials/\(whole.report.dataSets[0].name)"
        try FileManager.default.createDirectory(atPath: "\(folder)/whole/trials", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: obstacle))
        let lines = Mutex<[String]>([])
        try InProcessCommunicator.run(ranks: 1) { world in
            let run = try ComparisonRun(
                comparison, dataRoot: nil, output: "\(folder)/whole", ranksPerRun: 1, version: "1.2.3", over: world
            ) { line in
                lines.withLock { $0.append(line) }
                if line.hasPrefix("warning: ") { unlink(obstacle) }
            }
            let report = try run.run()
            XCTAssertEqual(report.dataSets[0].variations.map(\.finalAccuracy.count), [2, 2])
        }
        let warnings = lines.withLock { $0.filter { $0.hasPrefix("warning: \(folder)/whole/trials/") } }
        XCTAssertEqual(warnings.count, 1, "\(warnings)")
    }

    /// Images that are decoded while they are trained on: one that is damaged later is named, on all ranks, not taken for another set.
    func testAFileThatCannotBeReadAnyMoreIsNamed() throws {
        for (number, name) in ["train/a/0", "train/a/1", "train/b/2", "train/b/3", "test/a/4", "test/b/5"].enumerated()
        {
            let path = URL(fileURLWithPath: "\(folder)/\(name).png")
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(png((0..<36).map { UInt8(40 * number + $0) }, width: 4, height: 3)).write(to: path)
        }
        let study = """
            base:
              data:
                format: images
                train: {directory: \(folder)/train}
                test: {directory: \(folder)/test}
                standardize: false
                images: {size: [3, 4], memory: stream}
              model: {preset: mlp, hidden: [4]}
              training: {batch: 2, epochs: 1}
              learningRate: {schedule: constant, rate: 0.01}
            seeds: [3]
            variations: [{name: one}, {name: other, set: {optimizer.momentum: 0.5}}]
            """
        XCTAssertEqual(
            try compare(ranks: 2, ranksPerRun: 2, study: study).lines.count { $0.hasPrefix("[") }, 2)
        XCTAssertEqual(try compare(ranks: 2, ranksPerRun: 1, study: study).lines, [])
        let file = "\(folder)/train/b/3.png"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count / 2] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: file))
        for ranksPerRun in [1, 2] {
            XCTAssertThrowsError(try compare(ranks: 2, ranksPerRun: ranksPerRun, study: study)) { error in
                XCTAssertTrue("\(error)".contains("\(file): expected an intact PNG image"), "\(error)")
                XCTAssertFalse("\(error)".contains("is the result of another"), "\(error)")
            }
        }
    }

    private func text(_ file: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
    }

    func testWhatIsFound() throws {
        let (report, lines) = try compare()
        // Three values are tried with two seeds, then three variations run with two seeds.
        XCTAssertEqual(lines.count, 6 + 6)
        let variations = report.dataSets[0].variations
        XCTAssertEqual(variations.map(\.name), ["MI decay", "constant", "too fast"])
        XCTAssertEqual(variations[1].tuned, "learningRate.rate = 0.05")
        XCTAssertEqual(variations[1].highestRate.mean, 0.05, accuracy: 1e-12)
        XCTAssertEqual(variations.map(\.failures.count), [0, 0, 2])
        // What failed in its first cycle is as good as guessing among ten classes.
        XCTAssertEqual(variations.map(\.finalAccuracy.count), [2, 2, 2])
        XCTAssertEqual(variations[2].finalAccuracy, SampleSummary([0.1, 0.1]))
        XCTAssertEqual(try XCTUnwrap(variations[2].area.mean), 0.1, accuracy: 1e-12)
        XCTAssertNil(variations[0].verdict)
        // Two seeds show nothing.
        XCTAssertEqual(variations.map(\.verdict), [nil, .undecided, .undecided])
        XCTAssertEqual(variations[1].difference?.count, 2)
        XCTAssertEqual(
            try XCTUnwrap(variations[1].difference).mean,
            variations[1].finalAccuracy.mean - variations[0].finalAccuracy.mean, accuracy: 1e-12)
        XCTAssertGreaterThan(variations[0].finalAccuracy.mean, 0.7)

        let page = try text("out/report.md")
        XCTAssertTrue(page.contains("too fast failed in 2 of 2 runs: the loss of"), page)
        // The rate that fails with every seed is worth a guess; the grid has values on both sides of the chosen one.
        let tuning = try XCTUnwrap(
            page.split(separator: "\n").first { $0.hasPrefix("| constant | ") && $0.contains("failed") })
        XCTAssertTrue(tuning.hasSuffix("** | 10.00 (2 failed) |"), String(tuning))
        XCTAssertFalse(page.contains("On the edge of its grid"), page)
        XCTAssertTrue(page.contains("- hosts: this process\n"), page)
        XCTAssertTrue(page.contains("- ranks of a run: 1\n"), page)
        XCTAssertTrue(page.contains("- entrain: 1.2.3"), page)
        XCTAssertEqual(try text("out/runs.csv").split(separator: "\n").count, 1 + 6)
        XCTAssertEqual(try text("out/curves.csv").split(separator: "\n").count, 1 + 4 * 2)
    }

    /// What is there is not run again; what is missing is.
    func testAStoppedComparisonGoesOn() throws {
        _ = try compare()
        let runs = try text("out/runs.csv")
        XCTAssertEqual(try compare().lines, [])
        let again = try text("out/runs.csv")
        XCTAssertEqual(again, runs)
        try FileManager.default.removeItem(atPath: "\(folder)/out/trials/study/mi-decay/seed-4.json")
        // A claim that a killed job left behind does not count.
        try FileManager.default.createDirectory(atPath: "\(folder)/out/claims", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/out/claims/study,mi-decay,seed-4.json"))
        XCTAssertEqual(try compare().lines.count, 1)
        func withoutSeconds(_ text: String) -> [[Substring]] {
            text.split(separator: "\n").map { row in
                Array(row.split(separator: ",", omittingEmptySubsequences: false).prefix(7))
            }
        }
        XCTAssertEqual(withoutSeconds(try text("out/runs.csv")), withoutSeconds(runs))
    }

    /// The words follow the p value: of six seeds that agree it is 1/32, of five 1/16.
    func testTheVerdictFollowsTheEvidence() throws {
        for (seeds, verdict, p) in [
            ("3, 4, 5, 6, 7, 8", "wins", "0.031"), ("3, 4, 5, 6, 7", "no difference shown", "0.062"),
        ] {
            let report = try compare(
                "seeds-\(seeds.count)",
                study: study.replacing("seeds: [3, 4]", with: "seeds: [\(seeds)]").replacing("tune: {", with: "# {")
                    .replacing("epochs: 2", with: "epochs: 1")
            ).report
            let variation = report.dataSets[0].variations[2]
            XCTAssertEqual(variation.verdict?.rawValue, verdict)
            XCTAssertLessThan(try XCTUnwrap(variation.difference).interval.upperBound, 0)
            let page = try text("seeds-\(seeds.count)/report.md")
            let row = try XCTUnwrap(page.split(separator: "\n").first { $0.hasPrefix("| too fast | ") })
            XCTAssertTrue(row.hasSuffix(" | \(p) | \(verdict) |"), String(row))
            XCTAssertEqual(
                page.contains("MI decay wins against: none. No difference shown to: constant, too fast."),
                verdict != "wins")
            XCTAssertEqual(
                page.contains("5 seeds cannot show a difference, however large: p is 0.062 or more; give 6 or more."),
                verdict != "wins")
        }
    }

    /// The reference that fails is no winner: it is held against the others with what it has.
    func testAReferenceThatFailsLoses() throws {
        let report = try compare(
            study: study.replacing("seeds: [3, 4]", with: "seeds: [3, 4, 5, 6, 7, 10]\nreference: too fast")
                .replacing("- name: MI decay", with: "- {name: MI decay, tune: false}")
        ).report
        let variations = report.dataSets[0].variations
        XCTAssertEqual(variations.map(\.verdict), [.loses, .loses, nil])
        XCTAssertEqual(
            try XCTUnwrap(variations[0].difference).mean, variations[0].finalAccuracy.mean - 0.1, accuracy: 1e-12)
    }

    /// A schedule that rises has a higher rate than at the end of any cycle.
    func testTheHighestRateIsThatOfTheSchedule() throws {
        let report = try compare(
            study: study.replacing(
                "schedule: constant, rate: 0.01",
                with: "schedule: cyclical, bounds: {min: 0.001, max: 0.08}, halfCycle: 0.5"
            ).replacing("tune: {", with: "# {")
        ).report
        XCTAssertEqual(report.dataSets[0].variations[1].highestRate.mean, 0.08, accuracy: 0.002)
    }

    /// The best value is the highest of the grid.
    func testAChoiceOnTheEdgeOfAGridIsTold() throws {
        _ = try compare(study: study.replacing("[0.0001, 0.05, 1e30]", with: "[0.0001, 0.001, 0.05]"))
        let page = try text("out/report.md")
        XCTAssertTrue(page.contains("so that a value beyond it may be better: constant (0.05).\n"), page)
    }

    /// Files of the program before it recorded what it is are read; what is not known is told, and what differs.
    func testOlderResultsAreRead() throws {
        let report = try compare().report
        let path = "\(folder)/out/trials/study/constant/seed-3.json"
        var result = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
        for key in ["provenance", "highestRate", "classCount"] { XCTAssertNotNil(result.removeValue(forKey: key)) }
        result["host"] = "another"
        try JSONSerialization.data(withJSONObject: result).write(to: URL(fileURLWithPath: path))
        let again = try compare()
        XCTAssertEqual(again.lines, [])
        XCTAssertEqual(
            again.report.dataSets[0].variations.map(\.finalAccuracy),
            report.dataSets[0].variations.map(\.finalAccuracy))
        let page = try text("out/report.md")
        XCTAssertTrue(page.contains("; not recorded (1 run)\n"), page)
        XCTAssertTrue(page.contains("- hosts: this process (11 runs); another (1 run)\n"), page)
    }

    func testResultsOfAnotherConfigurationAreRefused() throws {
        _ = try compare()
        XCTAssertThrowsError(try compare(study: study.replacing("epochs: 2", with: "epochs: 3"))) {
            XCTAssertTrue("\($0)".contains("holds the result of another configuration; remove it"), "\($0)")
        }
    }

    /// Groups of one rank give the numbers of a single rank, however many groups there are.
    func testGroupsShareTheRuns() throws {
        let alone = try compare("alone").report.dataSets[0].variations
        for ranks in [2, 3] {
            let together = try compare("together-\(ranks)", ranks: ranks).report.dataSets[0].variations
            XCTAssertEqual(together.map(\.finalAccuracy.mean).prefix(2), alone.map(\.finalAccuracy.mean).prefix(2))
        }
        let pairs = try compare("pairs", ranks: 4, ranksPerRun: 2).report.dataSets[0].variations
        for (pair, single) in zip(pairs, alone).prefix(2) {
            XCTAssertEqual(pair.finalAccuracy.mean, single.finalAccuracy.mean, accuracy: 0.01)
        }
        XCTAssertThrowsError(try compare("uneven", ranks: 3, ranksPerRun: 2)) {
            XCTAssertEqual("\($0)", "--ranks-per-run: expected a divisor of the 3 ranks, found 2")
        }
    }
}
