import Foundation
import MPITestSupport
import Runs
import XCTest

/// A table with words, categories and gaps, from its file to the scores of others: as `check`, `train` and `evaluate` take it.
final class TablesCommandTests: XCTestCase {
    private static let configuration = """
        data:
          format: csv
          train: {file: wine.csv}
          csv: {label: cultivar, ignore: [id], categorical: [grade], missing: median, missingIndicator: true}
        model: {preset: mlp, hidden: [16]}
        training: {batch: 16, epochs: 20}
        learningRate: {schedule: constant, rate: 0.05}
        output: {plot: false}

        """

    private static let cultivars = ["Barolo", "Grignolino", "Barbera"]

    /// Rows of a table whose cultivars differ in their numbers and, mostly, in color and grade.
    private static func rows(_ range: Range<Int>) -> [[String: String]] {
        range.map { index in
            let kind = index % 3
            let color = index % 11 == 0 ? "" : ["deep, red", "ruby", "pale"][index % 5 == 0 ? (kind + 1) % 3 : kind]
            let alcohol =
                index % 13 == 4 ? ["NA", "?"][index % 2] : "\(12 + Double(kind) + Double(index * 37 % 101) / 150)"
            return [
                "id": "\(index)", "alcohol": alcohol, "acid": "\(Double(index * 53 % 103) / 50)", "color": color,
                "grade": "\([3, 1, 2][kind] + (index % 7 == 0 ? 1 : 0))", "cultivar": cultivars[kind],
            ]
        }
    }

    private static func table(
        _ rows: [[String: String]], _ columns: [String] = ["id", "alcohol", "acid", "color", "grade", "cultivar"]
    ) -> String {
        func line(_ fields: [String]) -> String {
            fields.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",") + "\n"
        }
        return line(columns) + rows.map { row in line(columns.map { row[$0]! }) }.joined()
    }

    func testFromATableToScores() throws {
        let command = try EntrainCommand()
        let rows = Self.rows(0..<180)
        try command.write("c.yaml", Self.configuration)
        try command.write("wine.csv", Self.table(rows))
        let check = try command.succeed(ranks: 2, ["check", "c.yaml", "--data", "."])
        XCTAssertEqual(
            Array(check.standardOutput.split(separator: "\n").map(String.init)[1...2]),
            [
                "columns: numbers alcohol, acid; categories color (3 levels: \"deep, red\", pale, ruby), grade (4 levels: 1, 2, 3, 4); "
                    + "label cultivar; ignored id",
                "missing values: alcohol 14 (\(try median(of: rows, check)) in their place and a feature of their own), color 17 (a "
                    + "feature of their own)",
            ])
        XCTAssertFalse(check.standardError.contains("warning"), check.standardError)
        try command.succeed(ranks: 2, ["train", "c.yaml", "--data", ".", "--output", "run"])
        let held = try command.succeed(ranks: nil, ["evaluate", "run", "--data", "."])
        XCTAssertTrue(held.standardOutput.hasPrefix("samples       36\n"), held.standardOutput)
        XCTAssertEqual(
            held.standardError, "./wine.csv: 36 of 180 rows are evaluated, those held out of training\n")

        // The same rows whose levels and columns come in another order.
        let others = Self.rows(200..<290)
        let columns = ["cultivar", "grade", "acid", "color", "alcohol"]
        try command.write("others.csv", Self.table(others))
        try command.write("reversed.csv", Self.table(others.reversed(), columns))
        let scores = try command.succeed(ranks: nil, ["evaluate", "run", "--test", "others.csv"])
        XCTAssertEqual(scores.standardError, "")
        let accuracy = try XCTUnwrap(
            scores.standardOutput.split(separator: "\n").first { $0.hasPrefix("accuracy") }?.split(separator: " ")[1])
        XCTAssertGreaterThan(try XCTUnwrap(Double(accuracy)), 90)
        let reversed = try command.succeed(ranks: 2, ["evaluate", "run/model.safetensors", "--test", "reversed.csv"])
        XCTAssertEqual(reversed.standardError, "")
        // Sums over rows in another order are rounded in another way.
        func withoutLoss(_ text: String) -> [Substring] { text.split(separator: "\n").filter { !$0.hasPrefix("loss") } }
        XCTAssertEqual(withoutLoss(reversed.standardOutput), withoutLoss(scores.standardOutput))

        // Fewer levels than the weights know, and some that they do not.
        var strange = Array(others[..<30])
        for index in strange.indices { strange[index]["color"] = index < 4 ? "violet" : "ruby" }
        try command.write("strange.csv", Self.table(strange))
        let warned = try command.succeed(ranks: 2, ["evaluate", "run", "--test", "strange.csv"])
        XCTAssertEqual(
            warned.standardError,
            "warning: \(command.path("strange.csv")): violet in 4 rows in the column color, which the training samples do not have: all "
                + "features of the column are 0; correct the field, or train on samples that have it\n")
    }

    /// The median that the command prints, which is one of the values.
    private func median(of rows: [[String: String]], _ check: Launcher.Outcome) throws -> Double {
        let text = try XCTUnwrap(
            check.standardOutput.split(separator: "alcohol 14 (").last?.split(separator: " ").first)
        let median = try XCTUnwrap(Double(text))
        let values = rows.compactMap { Double($0["alcohol"]!) }
        XCTAssertLessThan(abs(values.count { $0 < median } - values.count { $0 > median }), 12)
        return median
    }

    func testWhatWeightsKeepOfTheEncoding() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", Self.configuration)
        try command.write("wine.csv", Self.table(Self.rows(0..<60)))
        try command.succeed(
            ranks: nil, ["train", "c.yaml", "--data", ".", "--output", "run", "--set", "training.epochs=1"])
        let model = try TrainedModel(readingFrom: command.path("run/model.safetensors"))
        XCTAssertEqual(model.meaning.columns?.features, ["alcohol", "acid", "color", "grade"])
        XCTAssertEqual(model.meaning.encoding?.featureCount, model.meaning.sampleShape[0])
        var file = try SafetensorsFile(path: command.path("run/model.safetensors"))
        file.metadata["entrain.encoding"] = file.metadata["entrain.encoding"]?.replacingOccurrences(
            of: "ruby", with: "pale")
        try file.write(to: command.path("weights"))
        let outcome = try command.run(ranks: nil, ["evaluate", "weights", "--data", "."])
        XCTAssertEqual(outcome.status, 1)
        XCTAssertTrue(
            outcome.standardError.contains("expected entrain.classCount, .classNames, .columns, .encoding and"))
    }
}
