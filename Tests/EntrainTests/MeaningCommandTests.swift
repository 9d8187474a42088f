import Foundation
import MPITestSupport
import Runs
import XCTest

/// Weights know what their numbers mean: other data are matched by name or refused, and what looks otherwise is told.
final class MeaningCommandTests: XCTestCase {
    private static let configuration = """
        data: {format: csv, train: {file: train.csv}, test: {file: test.csv}}
        model: {preset: mlp, hidden: [8]}
        training: {batch: 16, epochs: 5}
        learningRate: {bounds: {min: 0.01, max: 0.3}}
        output: {plot: false}

        """

    /// Fruits around a corner of their own, in a table of the columns given.
    private func table(_ fruits: [String], _ count: Int, columns: [String] = ["h", "w"], shift: Int = 0) -> String {
        let corners = ["apple": (0.0, 0.0), "fig": (6.0, 0.0), "kiwi": (0.0, 6.0), "lemon": (6.0, 6.0)]
        var text = (columns + ["fruit"]).joined(separator: ",") + "\n"
        for index in 0..<count {
            let fruit = fruits[index % fruits.count]
            let place = index + shift
            let values = [
                "h": corners[fruit]!.0 + Double(place * 37 % 101) / 100,
                "w": corners[fruit]!.1 + Double(place * 53 % 103) / 100,
                "colour": Double(place * 71 % 107),
            ]
            text += columns.map { "\(values[$0]!)" }.joined(separator: ",") + ",\(fruit)\n"
        }
        return text
    }

    private func write(
        _ command: EntrainCommand, _ folder: String, train: String, test: String
    ) throws {
        try FileManager.default.createDirectory(atPath: command.path(folder), withIntermediateDirectories: true)
        try command.write("\(folder)/train.csv", train)
        try command.write("\(folder)/test.csv", test)
    }

    private func trained() throws -> EntrainCommand {
        let command = try EntrainCommand()
        let fruits = ["kiwi", "apple", "fig"]
        try command.write("c.yaml", Self.configuration)
        try write(command, "first", train: table(fruits, 240), test: table(fruits, 60, shift: 240))
        try command.succeed(ranks: 2, ["train", "c.yaml", "--data", "first", "--output", "run"])
        return command
    }

    func testEvaluationMatchesByNameOrRefuses() throws {
        let command = try trained()
        let expected = try command.succeed(ranks: nil, ["evaluate", "run", "--data", "first"]).standardOutput
        XCTAssertTrue(expected.contains("accuracy      100.00 %"), expected)
        let fruits = ["kiwi", "apple", "fig"]
        // Other columns in another order; the training file met the classes in another order.
        try write(
            command, "swapped", train: table(["fig", "kiwi"], 60, columns: ["w", "colour", "h"]),
            test: table(fruits, 60, columns: ["w", "colour", "h"], shift: 240))
        for weights in ["run", "run/model.safetensors"] {
            for ranks in [nil, 2] {
                let outcome = try command.succeed(ranks: ranks, ["evaluate", weights, "--data", "swapped"])
                XCTAssertEqual(outcome.standardOutput, expected)
                let warnings = outcome.standardError.split(separator: "\n").filter { $0.contains("warning") }
                XCTAssertEqual(
                    warnings,
                    ["train", "test"].map {
                        "warning: swapped/\($0).csv: columns unknown to the weights are ignored: colour; list them in "
                            + "data.csv.ignore if that is meant"
                    })
            }
        }
        try write(command, "others", train: table(["fig", "lemon"], 60), test: table(["fig"], 60))
        try command.assertRefused(
            ["evaluate", "run", "--data", "others"],
            "others/train.csv:3:3: expected one of the 3 classes of the weights (apple, fig, kiwi), found \"lemon\"; give data of "
                + "the classes that the weights were trained on")
        try write(command, "fewer", train: table(["fig"], 60, columns: ["h"]), test: table(["fig"], 60))
        try command.assertRefused(
            ["evaluate", "run/model.safetensors", "--data", "fewer", "--on", "train"],
            "fewer/train.csv:1: expected the feature column w of the weights, found the columns h, fruit; give data with the "
                + "columns that the weights were trained on")
    }

    func testTestFilesAreEnoughToEvaluateThem() throws {
        let command = try trained()
        let expected = try command.succeed(ranks: nil, ["evaluate", "run", "--data", "first"]).standardOutput
        try FileManager.default.removeItem(atPath: command.path("first/train.csv"))
        for ranks in [nil, 2] {
            let outcome = try command.succeed(ranks: ranks, ["evaluate", "run", "--data", "first"])
            XCTAssertEqual(outcome.standardOutput, expected)
        }
        let missing =
            "first/train.csv: expected a file, found none; check the name, and the data root given by --data DIR or "
            + "ENTRAIN_DATA"
        try command.assertRefused(["evaluate", "run", "--data", "first", "--on", "train"], missing)
        try FileManager.default.removeItem(atPath: command.path("first/test.csv"))
        try command.assertRefused(
            ["evaluate", "run", "--data", "first"], missing.replacingOccurrences(of: "train.csv", with: "test.csv"))
    }

    func testHeadersOnOneSideAlone() throws {
        let command = try EntrainCommand()
        let fruits = ["kiwi", "apple", "fig"]
        let rows = table(fruits, 60, shift: 240).split(separator: "\n").dropFirst().joined(separator: "\n")
        try command.write("c.yaml", Self.configuration)
        try command.write("named.csv", table(fruits, 60, shift: 240))
        try command.write("plain.csv", rows)
        for (train, test, warning) in [
            (
                "plain", "named",
                "has a header, unlike the file that the weights were trained on; its columns are taken by their place; check that they "
                    + "stand in the same order"
            ),
            (
                "named", "plain",
                "has no header; its columns are taken by their place as h, w of the weights; give it a header, so that they are "
                    + "found by name"
            ),
        ] {
            let files = ["train", "test"].flatMap { ["--set", "data.\($0).file=\(train).csv"] }
            try command.succeed(ranks: nil, ["train", "c.yaml", "--data", ".", "--output", train] + files)
            let outcome = try command.succeed(ranks: nil, ["evaluate", train, "--test", "\(test).csv"])
            XCTAssertTrue(outcome.standardOutput.hasPrefix("samples       60\n"), outcome.standardOutput)
            XCTAssertEqual(outcome.standardError, "warning: \(command.path(test)).csv: \(warning)\n")
        }
    }

    func testMetadataThatLackOrContradict() throws {
        let command = try trained()
        let whole = try SafetensorsFile(path: command.path("run/model.safetensors"))
        func write(_ change: (inout [String: String]) -> Void) throws {
            var file = whole
            change(&file.metadata)
            try file.write(to: command.path("weights"))
        }
        // As weights were written before they kept more than shape and names of classes.
        try write { metadata in
            for key in ["columns", "classCount", "layout", "fullScale"] { metadata["entrain.\(key)"] = nil }
        }
        let expected = try command.succeed(ranks: nil, ["evaluate", "run", "--data", "first"]).standardOutput
        XCTAssertEqual(
            try command.succeed(ranks: nil, ["evaluate", "weights", "--data", "first"]).standardOutput, expected)
        try write { $0["entrain.standardization"] = nil }
        try command.assertRefused(
            ["evaluate", "weights", "--data", "first"],
            "weights: expected entrain.standardization in the metadata (data.standardize is true), found none")
        try write { $0["entrain.classNames"] = "[\"apple\",\"fig\"]" }
        try command.assertRefused(
            ["evaluate", "weights", "--data", "first"],
            "weights: expected entrain.classCount, .classNames, .columns, .encoding and .sampleShape that agree, found 3 classes, 2 names, "
                + "2 feature columns and [2]")
    }

    func testARunDoesNotGoOnWithOtherColumnsOrClasses() throws {
        let command = try trained()
        try FileManager.default.removeItem(atPath: command.path("run"))
        let train = ["train", "c.yaml", "--output", "run", "--resume", "auto"]
        let steps = ["--set", "checkpoint.cycle=true"]
        try command.succeed(ranks: 2, train + steps + ["--data", "first"])
        try FileManager.default.removeItem(atPath: command.path("run/model.safetensors"))
        let fruits = ["kiwi", "apple", "fig"]
        try write(
            command, "swapped", train: table(fruits, 240, columns: ["w", "h"]),
            test: table(fruits, 60, columns: ["w", "h"], shift: 240))
        let renamed = { (text: String) in text.replacingOccurrences(of: "kiwi", with: "kiwano") }
        try write(
            command, "renamed", train: renamed(table(fruits, 240)), test: renamed(table(fruits, 60, shift: 240)))
        for (folder, difference) in [
            (
                "swapped",
                "expected the feature columns h, w, with which the run began, found w, h (number 1 is \"w\", not \"h\")"
            ),
            (
                "renamed",
                "expected the classes apple, fig, kiwi, with which the run began, found apple, fig, kiwano (number 3 is "
                    + "\"kiwano\", not \"kiwi\")"
            ),
        ] {
            let outcome = try command.run(ranks: 2, train + steps + ["--data", folder])
            XCTAssertEqual(outcome.status, 1, outcome.standardError)
            XCTAssertEqual(command.errors(outcome).count, 1, outcome.standardError)
            XCTAssertTrue(command.errors(outcome)[0].contains(difference), outcome.standardError)
        }
        try command.succeed(ranks: 2, train + steps + ["--data", "first"])
    }

    func testWhatWasUnderstoodIsShown() throws {
        let command = try trained()
        let lines = [
            "columns: features h, w; label fruit", "classes (training/test): apple 80/20, fig 80/20, kiwi 80/20",
            "sample: [2] as [features]; numbers as they stand, standardized by feature",
        ]
        let check = try command.succeed(ranks: 2, ["check", "c.yaml", "--data", "first"])
        XCTAssertEqual(Array(check.standardOutput.split(separator: "\n").map(String.init)[1...3]), lines)
        XCTAssertFalse(check.standardError.contains("warning"), check.standardError)
        let train = try command.succeed(ranks: 2, ["train", "c.yaml", "--data", "first", "--output", "again"])
        for line in lines {
            XCTAssertEqual(train.standardError.components(separatedBy: line).count, 2, train.standardError)
        }
    }

    func testAWarningCanBeAnError() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", Self.configuration)
        let text = table(["fig", "apple", "kiwi"], 120).replacingOccurrences(of: "kiwi", with: "NA")
        try write(command, "data", train: text, test: table(["fig", "apple"], 60, shift: 120))
        let warning =
            "labels: NA is a class, and is usual for a label that is missing; leave these samples out if they have no label"
        let outcome = try command.succeed(ranks: 2, ["check", "c.yaml", "--data", "data"])
        XCTAssertTrue(outcome.standardError.contains("warning: \(warning)\n"), outcome.standardError)
        for arguments in [["check", "c.yaml"], ["train", "c.yaml", "--output", "run"]] {
            let refused = try command.run(ranks: 2, arguments + ["--data", "data", "--set", "data.warnings=error"])
            XCTAssertEqual(refused.status, 1)
            XCTAssertEqual(
                command.errors(refused),
                ["[rank 0/2 on \(command.host)] \(warning) (the first of 2 warnings; data.warnings is error)"])
        }
        XCTAssertEqual(command.files(in: "run"), [])
    }

    /// A rate so small that the network stays as it began.
    func testATrainingThatLearnsNothingIsTold() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", Self.configuration)
        // Labels without a relation to the features.
        let rows = (0..<300).map { "\($0 * 7919 % 1009),\($0 * 104_729 % 1013),\(["a", "a", "b"][$0 * 31 % 97 % 3])" }
        try write(
            command, "data", train: "x,y,kind\n" + rows[..<200].joined(separator: "\n"),
            test: "x,y,kind\n" + rows[200...].joined(separator: "\n"))
        let outcome = try command.succeed(
            ranks: 2,
            ["train", "c.yaml", "--data", "data", "--output", "run", "--set", "training.epochs=1"]
                + ["--set", "learningRate.bounds={min: 1e-6, max: 1e-6}", "--set", "optimizer.weightDecay=0"])
        let evaluation = try command.succeed(ranks: nil, ["evaluate", "run", "--data", "data"])
        for text in [outcome.standardError, evaluation.standardError] {
            let warnings = text.split(separator: "\n").filter { $0.hasPrefix("warning: test set: ") }
            XCTAssertEqual(warnings.count, 1, text)
            XCTAssertTrue(warnings.first?.contains("of the most frequent class ") == true, text)
        }
    }
}
