import Foundation
import MPITestSupport
import XCTest

/// `entrain compare` as a user runs it.
final class CompareCommandTests: XCTestCase {
    private let study = """
        base: {data: {format: digits}, model: {preset: mlp, hidden: [16]}, training: {batch: 32, epochs: 2}}
        seeds: [1, 2]
        variations:
          - name: MI decay
          - name: constant
            set: {learningRate: {schedule: constant, rate: 0.05}}

        """

    func testAComparisonLeavesItsReportAndIsNotRunTwice() throws {
        let command = try EntrainCommand()
        try command.write("study.yaml", study)
        let hasGnuplot = Launcher.find("gnuplot") != nil
        let outcome = try command.succeed(ranks: 2, ["compare", "study.yaml"])
        // A line a run, from the rank that did it, and where the report is.
        XCTAssertEqual(outcome.standardOutput.split(separator: "\n").count, 4 + 1, outcome.standardOutput)
        XCTAssertEqual(
            command.files(in: "runs/study").filter { !$0.hasPrefix("trials") },
            (["curves.csv", "report.md", "runs.csv"] + (hasGnuplot ? ["curves-study.png", "final-study.png"] : []))
                .sorted())
        let page = try String(contentsOfFile: command.path("runs/study/report.md"), encoding: .utf8)
        XCTAssertTrue(page.contains("compare study.yaml`"), page)
        XCTAssertTrue(page.contains("| constant | "), page)

        let again = try command.succeed(ranks: nil, ["compare", "study.yaml"])
        XCTAssertEqual(again.standardOutput, "report: runs/study/report.md\n")
    }

    /// The report's command can be given again: quoted, and with the data that the environment gave.
    func testTheReportHasTheWholeCommand() throws {
        let command = try EntrainCommand()
        try command.write("table.csv", (0..<40).map { "\($0 % 2),\($0 % 2 * 3 + $0 / 8)\n" }.joined())
        try command.write(
            "study.yaml",
            """
            base: {seed: 4, data: {format: csv, train: {file: table.csv}, split: {trainingRows: 30}, csv: {label: 0}}, model: {preset: mlp, hidden: [4]}}
            seeds: [1]
            variations: [{name: A, set: {learningRate: {schedule: constant, rate: 0.05}}}]
            """)
        let process = command.process(
            ranks: 2, ["compare", "study.yaml", "--set", "training={batch: 8, epochs: 1}"])
        process.environment?["ENTRAIN_DATA"] = command.folder
        let outcome = try Launcher.run(process, limit: 60)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        let page = try String(contentsOfFile: command.path("runs/study/report.md"), encoding: .utf8)
        XCTAssertTrue(
            page.contains("entrain compare study.yaml --set 'training={batch: 8, epochs: 1}' --data DIR`\n"), page)
        XCTAssertTrue(page.contains("- command: `mpirun -n 2 "), page)
        XCTAssertTrue(page.contains("- hosts: \(command.host)\n"), page)
        XCTAssertTrue(
            outcome.standardError.contains(
                "study.yaml:1:8: seed: not used: each run has its seed from seeds of the comparison"),
            outcome.standardError)
    }

    /// Regressions are compared by R², and the report says so.
    func testRegressionsAreComparedByR2() throws {
        let command = try EntrainCommand()
        try command.write(
            "t.csv", "x,y\n" + (0..<60).map { "\($0 * 37 % 61),\(3 * ($0 * 37 % 61) + 5)" }.joined(separator: "\n"))
        try command.write(
            "study.yaml",
            """
            base: {task: regression, data: {format: csv, train: {file: t.csv}}, model: {preset: mlp, hidden: [4]}, training: {batch: 8, epochs: 2}}
            seeds: [1, 2]
            variations: [{name: A, set: {learningRate: {schedule: constant, rate: 0.05}}}]
            """)
        try command.succeed(ranks: 2, ["compare", "study.yaml", "--data", "."])
        let page = try String(contentsOfFile: command.path("runs/study/report.md"), encoding: .utf8)
        XCTAssertTrue(page.contains("| variation | final test R², % |"), page)
        XCTAssertFalse(page.contains("final test accuracy, %"), page)
    }

    private func table(_ rows: Range<Int>) -> String { rows.map { "\($0 % 2),\($0 % 2 * 3 + $0 / 8)\n" }.joined() }

    /// Results of two data sets have no mean.
    func testResultsOfOtherDataAreRefused() throws {
        for split in ["split: {trainingRows: 30}", "split: {testFraction: 0.25}"] {
            let command = try EntrainCommand()
            try command.write("table.csv", table(0..<40))
            try command.write(
                "study.yaml",
                """
                base: {data: {format: csv, train: {file: table.csv}, \(split), csv: {label: 0, header: no}}, model: {preset: mlp, hidden: [4]}, training: {batch: 8, epochs: 1}}
                seeds: [1, 2]
                variations: [{name: A, set: {learningRate: {schedule: constant, rate: 0.05}}}]

                """)
            let compare = ["compare", "study.yaml", "--data", "."]
            try command.succeed(ranks: 2, compare)
            let results = ["seed-1", "seed-2"].map { "runs/study/trials/study/a/\($0).json" }
            // The second seed's result is there, too, when the first one is asked for again.
            try FileManager.default.removeItem(atPath: command.path(results[0]))
            try command.write("table.csv", table(1..<41))
            for ranks in [nil, 2] {
                let outcome = try command.run(ranks: ranks, compare)
                XCTAssertEqual(outcome.status, 1)
                let errors = command.errors(outcome)
                XCTAssertEqual(errors.count, 1, outcome.standardError)
                XCTAssertTrue(
                    errors.first?.contains(
                        "] \(results[1]): is the result of another training set, 30 × [1] in 2 classes, ") == true,
                    outcome.standardError)
                XCTAssertFalse(FileManager.default.fileExists(atPath: command.path(results[0])))
            }
            try command.write("table.csv", table(0..<40))
            try command.succeed(ranks: 2, compare)
            // Results of versions that did not keep it.
            var result = try XCTUnwrap(
                JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: command.path(results[1]))))
                    as? [String: Any])
            XCTAssertNotNil(result.removeValue(forKey: "sets"))
            try JSONSerialization.data(withJSONObject: result).write(
                to: URL(fileURLWithPath: command.path(results[1])))
            let outcome = try command.succeed(ranks: 2, compare)
            XCTAssertEqual(
                outcome.standardOutput.split(separator: "\n").first,
                "warning: \(results[1]): the result does not tell of what data it is; taken as of the present data")
        }
    }

    func testAComparisonWithoutARunThatEndedFails() throws {
        let command = try EntrainCommand()
        let rates = study.replacingOccurrences(of: "rate: 0.05", with: "rate: 1e30")
            .replacingOccurrences(
                of: "- name: MI decay",
                with: "- {name: MI decay, set: {learningRate: {schedule: constant, rate: 1e31}}}")
        try command.write("study.yaml", rates)
        let outcome = try command.run(ranks: 2, ["compare", "study.yaml"])
        XCTAssertEqual(outcome.status, 1)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        XCTAssertTrue(
            errors.first?.contains("] all runs on study failed, the first one: the loss of ") == true,
            outcome.standardError)
        XCTAssertTrue(outcome.standardOutput.hasSuffix("report: runs/study/report.md\n"), outcome.standardOutput)
    }

    func testMistakesAreRefused() throws {
        let command = try EntrainCommand()
        try command.write("study.yaml", study + "seed: 4\n")
        try command.assertRefused(
            ["compare", "study.yaml"], "study.yaml:7:1: seed: unknown key; did you mean seeds?")
        try command.write("study.yaml", study)
        try command.assertRefused(
            ["compare", "study.yaml", "--ranks-per-run", "2"], ranks: 3, alone: false,
            "--ranks-per-run: expected a divisor of the 3 ranks, found 2")
        try command.assertRefused(
            ["compare", "study.yaml", "--set", "seed=9"],
            "--set seed=9: seed: expected in seeds of the comparison, found for its base: each run has its seed from that list"
        )
        let missing = "data={format: csv, train: {file: t.csv}, split: {trainingRows: 2}}"
        let outcome = try command.run(ranks: 2, ["compare", "study.yaml", "--set", missing, "--data", "."])
        XCTAssertEqual(outcome.status, 1)
        XCTAssertEqual(command.errors(outcome).count, 1, outcome.standardError)
        XCTAssertEqual(command.files(), ["study.yaml"])
    }
}
