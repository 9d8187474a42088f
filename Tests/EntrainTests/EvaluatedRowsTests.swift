import Foundation
import MPITestSupport
import Runs
import XCTest

/// Evaluation after a training from one file: the rows held out where it is that file, all rows of another one, and a line that says
/// which.
final class EvaluatedRowsTests: XCTestCase {
    private static func configuration(_ split: String = "") -> String {
        """
        data:
          format: csv
          train: {file: fruits.csv}
        \(split)model: {preset: mlp, hidden: [8]}
        training: {batch: 16, epochs: 2}
        learningRate: {schedule: constant, rate: 0.1}
        output: {plot: false}

        """
    }

    /// Rows from `first` on of a table that has no end.
    private static func table(_ rows: Range<Int>, columns: [String] = ["h", "w", "fruit"]) -> String {
        let lines = rows.map { index in
            let label = index % 3
            let values = [
                "h": "\(Double(label) + Double(index * 37 % 101) / 200)",
                "w": "\(Double(label % 2) + Double(index * 53 % 103) / 200)",
                "fruit": ["apple", "fig", "kiwi"][label],
            ]
            return columns.map { values[$0]! }.joined(separator: ",")
        }
        return (["\(columns.joined(separator: ","))"] + lines).joined(separator: "\n") + "\n"
    }

    /// A command whose folder has `fruits.csv` of 200 rows and `run`, trained on it.
    private func trained(_ split: String = "") throws -> EntrainCommand {
        let command = try EntrainCommand()
        try command.write("c.yaml", Self.configuration(split))
        try command.write("fruits.csv", Self.table(0..<200))
        try command.succeed(ranks: nil, ["train", "c.yaml", "--data", ".", "--output", "run"])
        return command
    }

    /// Expects that as many samples are evaluated, and one line about them, alone and on two ranks, by the run and its weights.
    private func assertEvaluates(
        _ command: EntrainCommand, _ samples: Int, _ note: String?, _ more: [String] = [], line: UInt = #line
    ) throws {
        for (ranks, weights) in [(nil, "run"), (2, "run/model.safetensors")] {
            let outcome = try command.succeed(ranks: ranks, ["evaluate", weights] + more, line: line)
            XCTAssertTrue(
                outcome.standardOutput.hasPrefix("samples       \(samples)\n"), outcome.standardOutput, line: line)
            XCTAssertEqual(outcome.standardError, note.map { $0 + "\n" } ?? "", line: line)
        }
    }

    func testAnotherFileIsEvaluatedWhole() throws {
        for split in ["", "  split: {trainingRows: 150}\n", "  validation: 0.1\n"] {
            let command = try trained(split)
            let held = split.contains("trainingRows") ? 50 : 40
            let data = ["--data", "."]
            try assertEvaluates(
                command, held, "./fruits.csv: \(held) of 200 rows are evaluated, those held out of training", data)
            let all = "./fruits.csv: is not the file that the weights were trained on: all 200 rows are evaluated"
            try command.write("fruits.csv", Self.table(1000..<1200))
            try assertEvaluates(command, 200, all, data)
            // Fewer rows than the split has training rows.
            try command.write("fruits.csv", Self.table(1000..<1031))
            try assertEvaluates(command, 31, all.replacingOccurrences(of: "200", with: "31"), data)
            guard split.isEmpty else { continue }
            // A number and a class that were changed.
            for row in ["0.0,0.25,apple", "0.0,0.0,kiwi"] {
                try command.write(
                    "fruits.csv",
                    Self.table(0..<200).replacingOccurrences(of: "\n0.0,0.0,apple\n", with: "\n\(row)\n"))
                try assertEvaluates(command, 200, all, data)
            }
            try command.assertRefused(
                ["evaluate", "run", "--on", "train"] + data,
                "./fruits.csv: is not the file that the weights were trained on, and has no training set; evaluate all rows with "
                    + "--on test")
        }
    }

    func testTheSameRowsAreKnownByTheirNumbers() throws {
        let command = try trained()
        let data = ["--data", "."]
        // Other names of classes do not come here; another order of columns means the same.
        try command.write("fruits.csv", Self.table(0..<200, columns: ["fruit", "w", "h"]))
        try assertEvaluates(
            command, 40, "./fruits.csv: 40 of 200 rows are evaluated, those held out of training", data)
        try command.write("fruits.csv", Self.table(0..<260))
        try assertEvaluates(
            command, 100,
            "./fruits.csv: has rows that the file the weights were trained on had not: 100 of 260 rows are evaluated, those not "
                + "trained on", data)
    }

    func testRowsAfterThoseTrainedOn() throws {
        let command = try trained("  split: {trainingRows: 150}\n")
        let header = Self.table(0..<0)
        let changed = Self.table(0..<150) + Self.table(500..<570).dropFirst(header.count)
        try command.write("fruits.csv", String(changed))
        try assertEvaluates(
            command, 70,
            "./fruits.csv: begins with the rows that the weights were trained on and goes on with others: 70 of 220 rows are "
                + "evaluated, those not trained on", ["--data", "."])
        try command.write("fruits.csv", Self.table(0..<260))
        try assertEvaluates(
            command, 110,
            "./fruits.csv: has rows that the file the weights were trained on had not: 110 of 260 rows are evaluated, those not "
                + "trained on", ["--data", "."])
    }

    func testWeightsThatDoNotKeepTheirFile() throws {
        let command = try trained()
        var file = try SafetensorsFile(path: command.path("run/model.safetensors"))
        file.metadata["entrain.split"] = nil
        try file.write(to: command.path("run/model.safetensors"))
        try assertEvaluates(
            command, 40,
            "./fruits.csv: 40 of 200 rows are evaluated, those that the split leaves for testing; the weights do not tell whether "
                + "this is the file they were trained on; give --test FILE to evaluate all rows of a file",
            ["--data", "."])
    }

    func testFilesGivenAreEvaluatedWhole() throws {
        let command = try trained()
        try FileManager.default.createDirectory(atPath: command.path("new"), withIntermediateDirectories: false)
        try command.write("new/more.csv", Self.table(300..<390, columns: ["w", "fruit", "h"]))
        try assertEvaluates(command, 90, nil, ["--test", "new/more.csv"])
        try assertEvaluates(command, 90, nil, ["--data", "new", "--test", "more.csv"])
        try assertEvaluates(command, 200, nil, ["--test", "fruits.csv"])
        let lines = Self.table(300..<390).split(separator: "\n").filter { !$0.contains("apple") }
        try command.write("new/fig.csv", lines.joined(separator: "\n"))
        try assertEvaluates(
            command, 60,
            "warning: test set: no sample of the class apple; what it does not have is not measured",
            ["--test", "new/fig.csv"])
        try command.assertRefused(
            ["evaluate", "run", "--test", "new/more.csv", "--test", "fruits.csv"],
            "--test: expected one table, found \(command.path("new/more.csv")), \(command.path("fruits.csv"))")
        try command.assertRefused(
            ["evaluate", "run", "--test", "none.csv"],
            "\(command.path("none.csv")): expected a file, found none; check the name, and the data root given by --data DIR or "
                + "ENTRAIN_DATA")
        let outcome = try command.run(ranks: nil, ["evaluate", "run", "--on", "train", "--test", "fruits.csv"])
        XCTAssertEqual(outcome.status, 64)
        XCTAssertTrue(outcome.standardError.contains("--test goes with --on test alone"), outcome.standardError)
    }

    func testArraysGivenAreEvaluatedWhole() throws {
        let command = try EntrainCommand()
        try command.write("images", BrightRows.images)
        try command.write("labels", BrightRows.labels)
        try command.write("c.yaml", BrightRows.configuration())
        try command.succeed(ranks: nil, ["train", "c.yaml", "--data", ".", "--output", "run"])
        for name in ["images", "labels"] {
            try FileManager.default.moveItem(atPath: command.path(name), toPath: command.path("new-\(name)"))
        }
        try assertEvaluates(command, 60, nil, ["--test", "new-images", "--test", "new-labels"])
        try command.assertRefused(
            ["evaluate", "run", "--test", "new-images"],
            "--test: expected two files, of the images and of the labels, found \(command.path("new-images"))")
    }
}
