import Foundation
import MPITestSupport
import XCTest

/// `task: regression` as a user meets it.
final class RegressionCommandTests: XCTestCase {
    private static let configuration = """
        task: regression
        data: {format: csv, train: {file: t.csv}, csv: {label: price}}
        model: {preset: mlp, hidden: [16]}
        training: {batch: 32, epochs: 4}
        learningRate: {schedule: constant, rate: 0.02}
        checkpoint: {cycle: true}
        output: {plot: false}

        """

    private func table() -> String {
        "rooms,age,price\n"
            + (0..<300).map { row in
                let (rooms, age) = (Double(row * 37 % 101) / 20, Double(row * 53 % 97))
                return "\(rooms),\(age),\(5000 * rooms - 100 * age + 20000)"
            }.joined(separator: "\n")
    }

    private func weights(_ command: EntrainCommand, _ run: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: command.path("\(run)/model.safetensors")))
    }

    /// Two columns: a line of the review, a column of the predictions and a row of the scores for each.
    func testSeveralTargets() throws {
        let command = try EntrainCommand()
        try command.write(
            "c.yaml",
            Self.configuration.replacing("csv: {label: price}", with: "csv: {label: [price, age]}"))
        try command.write("t.csv", table())
        let check = try command.succeed(ranks: nil, ["check", "c.yaml", "--data", "."])
        let told = check.standardOutput + check.standardError
        XCTAssertTrue(told.contains("columns: feature rooms; targets price, age"), told)
        XCTAssertTrue(told.contains("target: price: 10") && told.contains("target: age: 0 to 96"), told)

        _ = try command.succeed(ranks: 2, ["train", "c.yaml", "--data", ".", "--output", "run"])
        let predicted = try command.succeed(ranks: 2, ["predict", "run", "t.csv"]).standardOutput.split(separator: "\n")
        XCTAssertEqual(predicted.count, 301)
        XCTAssertEqual(predicted[0], "row,price,age")
        XCTAssertTrue(
            predicted.dropFirst().allSatisfy { $0.split(separator: ",").compactMap { Double($0) }.count == 3 })
        _ = try command.succeed(ranks: 2, ["predict", "run", "t.csv", "--output", "p.npy"])
        let array = try Data(contentsOf: URL(fileURLWithPath: command.path("p.npy")))
        XCTAssertTrue(String(decoding: array.prefix(128), as: UTF8.self).contains("'shape': (300, 2)"))
        let object = try command.succeed(ranks: nil, ["predict", "run", "t.csv", "--json"]).standardOutput
        XCTAssertTrue(object.hasPrefix("{\"row\":0,\"price\":"), String(object.prefix(80)))

        let text = try command.succeed(ranks: 3, ["evaluate", "run", "--data", "."]).standardOutput
        XCTAssertTrue(text.contains(try Regex("(?m)^target +R² +MAE +RMSE +I\\(Y;Ŷ\\)$")), text)
        XCTAssertTrue(text.contains(try Regex("(?m)^age +-?[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+$")), text)
        let json = try command.succeed(ranks: nil, ["evaluate", "run", "--data", ".", "--json"]).standardOutput
        let scores = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let targets = try XCTUnwrap(scores["targets"] as? [[String: Any]])
        XCTAssertEqual(targets.map { $0["name"] as? String }, ["price", "age"])
        XCTAssertNotNil(targets[1]["r2"] as? Double)
        let export = try command.succeed(ranks: nil, ["export", "run", "--onnx", "h.onnx"]).standardOutput
        XCTAssertTrue(export.hasPrefix("h.onnx: [features], the targets price: 10"), export)
        let refused = try command.run(ranks: nil, ["evaluate", "run", "--data", ".", "--confusion", "c.csv"])
        XCTAssertNotEqual(refused.status, 0)
        XCTAssertTrue(
            refused.standardError.contains("expected weights of one target or of classes"), refused.standardError)
    }

    /// Counts of every target are kept in the middle of a cycle: a run that goes on there comes to the bits of one that did not stop.
    func testSeveralTargetsGoOnInACycle() throws {
        let command = try EntrainCommand()
        try command.write("t.csv", table())
        for name in ["regression", "multi-label"] {
            let isOfLabels = name == "multi-label"
            try command.write(
                "c.yaml",
                Self.configuration.replacing("task: regression", with: "task: \(name)")
                    .replacing("t.csv", with: isOfLabels ? "l.csv" : "t.csv")
                    .replacing("csv: {label: price}", with: "csv: {label: [\(isOfLabels ? "a, b" : "price, age")]}"))
            try command.write(
                "l.csv",
                "x,a,b\n"
                    + (0..<300).map { "\($0 * 37 % 101),\($0 * 37 % 101 / 51),\($0 % 3 == 0 ? 1 : 0)" }.joined(
                        separator: "\n"))
            func train(_ run: String, _ more: [String] = []) throws {
                _ = try command.succeed(
                    ranks: 2,
                    ["train", "c.yaml", "--data", ".", "--output", "\(name)-\(run)"]
                        + ["--set", "training.cycle=1.5", "--set", "checkpoint.steps=5"] + more)
            }
            try train("whole")
            try train("parts", ["--set", "training.steps=10"])
            try train("parts", ["--resume", "auto"])
            XCTAssertEqual(try weights(command, "\(name)-parts"), try weights(command, "\(name)-whole"))
            func scores(_ run: String) throws -> [NSDictionary] {
                try String(contentsOfFile: command.path("\(name)-\(run)/metrics.jsonl"), encoding: .utf8)
                    .split(separator: "\n").map { line in
                        let cycle = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                        return try XCTUnwrap(cycle?["train"] as? NSDictionary)
                    }
            }
            XCTAssertEqual(try scores("parts"), try scores("whole"))
        }
    }

    /// Targets that are called like what tells the place of a sample.
    func testTargetsCalledRowAndFile() throws {
        let command = try EntrainCommand()
        try command.write(
            "c.yaml", Self.configuration.replacing("csv: {label: price}", with: "csv: {label: [row, file]}"))
        let names = table().replacing("rooms,age,price", with: "rooms,file,row")
        try command.write("t.csv", names)
        try command.write("u.csv", names)
        try command.succeed(ranks: nil, ["train", "c.yaml", "--data", ".", "--output", "run"])
        let lines = try command.succeed(ranks: nil, ["predict", "run", "t.csv", "u.csv", "--json"]).standardOutput
        let first = try XCTUnwrap(lines.split(separator: "\n").first)
        XCTAssertTrue(first.hasPrefix("{\"file_\":\"t.csv\",\"row_\":0,\"row\":"), String(first))
        XCTAssertTrue(first.contains(",\"file\":"), String(first))
        let table = try command.succeed(ranks: nil, ["predict", "run", "t.csv"]).standardOutput
        XCTAssertTrue(table.hasPrefix("row_,row,file\n"), String(table.prefix(40)))
    }

    /// Tables and targets that look otherwise than those of the training.
    func testOtherTables() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", Self.configuration)
        try command.write("t.csv", table())
        _ = try command.succeed(ranks: nil, ["train", "c.yaml", "--data", ".", "--output", "run"])
        let expected = try command.succeed(ranks: nil, ["predict", "run", "t.csv"]).standardOutput

        try command.write("other.csv", table().replacing(",", with: ";"))
        let other = ["predict", "run", "other.csv", "--set", "data.csv.separator=;"]
        XCTAssertEqual(try command.succeed(ranks: 2, other).standardOutput, expected)
        try command.assertRefused(
            ["predict", "run", "t.csv", "--set", "training.batch=3"],
            "--set training.batch=3: expected a key of data.csv, the look of a table, such as data.csv.separator=tab; the weights "
                + "decide all else")
        try command.assertRefused(
            ["predict", "run", "t.csv", "--top", "1"],
            "--top: expected weights that predict classes, found those of a regression; leave it out")
        try command.write("far.csv", "rooms,age\n3,1e37\n2,5\n")
        let far = try command.run(ranks: nil, ["predict", "run", "far.csv"])
        XCTAssertTrue(far.standardOutput.contains("inf") || far.standardOutput.contains("nan"), far.standardOutput)
        XCTAssertTrue(
            far.standardError.contains("warning: the values of 1 of 2 samples are not finite"), far.standardError)

        try command.write("test.csv", "rooms,age,price\n3,5,1e30\n2,5,30000\n")
        let evaluated = try command.run(ranks: 2, ["evaluate", "run", "--test", "test.csv"])
        XCTAssertEqual(evaluated.status, 0)
        XCTAssertTrue(
            evaluated.standardError.contains(
                "warning: test set: the target of 1 of 2 samples is too far from those of the training to be scored"),
            evaluated.standardError)
        XCTAssertFalse(evaluated.standardError.contains("overflow"), evaluated.standardError)

        let pipe = command.path("pipe")
        XCTAssertEqual(mkfifo(pipe, 0o600), 0)
        try command.assertRefused(
            ["evaluate", "pipe"], "pipe: expected a regular file, found a pipe or a device; save it as a file")

        let report = ["report", "run", "--without-data"]
        XCTAssertEqual(try command.succeed(ranks: nil, report).standardOutput, "report: report.html\n")
        XCTAssertEqual(
            try command.succeed(ranks: nil, report).standardOutput,
            "report: report.html, in the place of an earlier file\n")
    }

    func testCheckTrainGoOnAndEvaluate() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", Self.configuration)
        try command.write("t.csv", table())
        let check = try command.succeed(ranks: nil, ["check", "c.yaml", "--data", "."])
        let told = check.standardOutput + check.standardError
        XCTAssertTrue(told.contains("columns: features rooms, age; target price"), told)
        XCTAssertTrue(told.contains("target: price: 10"), told)
        XCTAssertTrue(told.contains("7 bins of 34 to 35 training samples"), told)

        func train(_ run: String, _ epochs: Int, _ more: [String] = []) throws -> String {
            try command.succeed(
                ranks: 2,
                ["train", "c.yaml", "--data", ".", "--output", run, "--set", "training.epochs=\(epochs)"] + more
            ).standardOutput
        }
        let table = try train("whole", 4)
        XCTAssertTrue(table.contains("train R²"), table)
        _ = try train("parts", 2)
        _ = try train("parts", 4, ["--resume", "auto"])
        XCTAssertEqual(try weights(command, "parts"), try weights(command, "whole"))

        let predicted = try command.succeed(ranks: 2, ["predict", "whole", "t.csv"]).standardOutput
        let lines = predicted.split(separator: "\n")
        XCTAssertEqual(lines.count, 301)
        XCTAssertEqual(lines[0], "row,value")
        let errors = try lines.dropFirst().enumerated().map { row, line in
            let value = try XCTUnwrap(Double(line.split(separator: ",")[1]))
            return value - (5000 * Double(row * 37 % 101) / 20 - 100 * Double(row * 53 % 97) + 20000)
        }
        // A tenth of the variance of the prices.
        XCTAssertLessThan(errors.reduce(0) { $0 + $1 * $1 } / 300, 6e6)

        let export = try command.succeed(ranks: nil, ["export", "whole", "--onnx", "h.onnx"]).standardOutput
        XCTAssertTrue(export.hasPrefix("h.onnx: [features], a target, price: 10"), export)

        let text = try command.succeed(ranks: 3, ["evaluate", "whole", "--data", "."]).standardOutput
        for name in ["R²", "MAE", "RMSE"] {
            XCTAssertTrue(text.contains(try Regex("(?m)^\(name) +[0-9.]+$")), text)
        }
        XCTAssertFalse(text.contains("ECE"), text)
        let json = try command.succeed(ranks: nil, ["evaluate", "whole", "--data", ".", "--json"]).standardOutput
        let scores = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        XCTAssertGreaterThan(try XCTUnwrap(scores["r2"] as? Double), 0.9)
        XCTAssertNil(scores["calibrationError"])
    }
}
