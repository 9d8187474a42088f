import DataFilesTestSupport
import Foundation
import LearningRate
import MPITestSupport
import Runs
import XCTest

/// `entrain predict` tells of files without labels what `evaluate` counts of files with them.
final class PredictCommandTests: XCTestCase {
    /// Rows that cannot all be told apart, in columns of any order.
    private static func table(_ rows: Range<Int>, _ columns: [String] = ["h", "w", "fruit"]) -> String {
        let lines = rows.map { index in
            let values = [
                "h": "\(Double(index % 3) + Double(index * 37 % 101) / 60)",
                "w": "\(Double(index % 2) + Double(index * 53 % 103) / 60)", "id": "row \(index)",
                "fruit": ["apple", "fig, dried", "\"kiwi\""][index % 3],
            ]
            return csv(columns.map { values[$0]! })
        }
        return csv(columns) + lines.joined()
    }

    private static func csv(_ fields: [String]) -> String {
        fields.map { "\"\($0.replacingOccurrences(of: "\"", with: "\"\""))\"" }.joined(separator: ",") + "\n"
    }

    /// A command whose folder has a `run`, trained on a table with columns h and w.
    private func trained() throws -> EntrainCommand {
        let command = try EntrainCommand()
        try command.write(
            "c.yaml",
            """
            data: {format: csv, train: {file: train.csv}}
            model: {preset: mlp, hidden: [8]}
            training: {batch: 16, epochs: 4}
            learningRate: {schedule: constant, rate: 0.1}
            averaging: {form: polynomial}
            output: {plot: false}

            """)
        try command.write("train.csv", Self.table(0..<200))
        try command.succeed(ranks: 2, ["train", "c.yaml", "--data", ".", "--output", "run"])
        return command
    }

    private struct Line: Decodable {
        let row: Int
        let `class`: String
        let probabilities: [String: Double?]
        let file: String?
    }

    private func lines(_ text: String) throws -> [Line] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    private func accuracy(_ command: EntrainCommand, _ arguments: [String]) throws -> Double {
        let text = try command.succeed(ranks: nil, ["evaluate"] + arguments + ["--json"]).standardOutput
        return try JSONDecoder().decode(PredictionMetrics.self, from: Data(text.utf8)).accuracy
    }

    func testClassesAreThoseThatEvaluationCounts() throws {
        let command = try trained()
        // Shuffled columns, one more, and rows for three ranks of several batches.
        try command.write("new.csv", Self.table(200..<1000, ["w", "id", "fruit", "h"]))
        let names = ["\"kiwi\"", "apple", "fig, dried"]
        let labels = (200..<1000).map { ["apple", "fig, dried", "\"kiwi\""][$0 % 3] }
        let outcome = try command.succeed(ranks: nil, ["predict", "run", "new.csv", "--json"])
        XCTAssertEqual(
            outcome.standardError,
            "new.csv: columns unknown to the weights are ignored: id; check that none of them is a feature under another name\n"
        )
        let predicted = try lines(outcome.standardOutput)
        XCTAssertEqual(predicted.map(\.row), Array(0..<800))
        let right = zip(predicted, labels).count { $0.class == $1 }
        XCTAssertTrue((420..<790).contains(right), "\(right)")
        XCTAssertEqual(Double(right) / 800, try accuracy(command, ["run", "--test", "new.csv"]))
        for line in predicted {
            XCTAssertEqual(line.probabilities.keys.sorted(), names)
            let probabilities = line.probabilities.values.compactMap { $0 }
            XCTAssertEqual(probabilities.reduce(0, +), 1, accuracy: 1e-6)
            XCTAssertEqual(line.probabilities[line.class]!, probabilities.max())
        }

        // The same bytes on any number of ranks, and without the columns that are not used.
        try command.write("bare.csv", Self.table(200..<1000, ["h", "w"]))
        let table = try command.succeed(ranks: nil, ["predict", "run/model.safetensors", "bare.csv"]).standardOutput
        for ranks in [2, 3] {
            for (input, output) in [("new.csv", "t\(ranks).csv"), ("bare.csv", "a\(ranks).npy")] {
                try command.succeed(ranks: ranks, ["predict", "run", input, "--output", output])
            }
            XCTAssertEqual(try String(contentsOfFile: command.path("t\(ranks).csv"), encoding: .utf8), table)
        }
        try command.succeed(ranks: nil, ["predict", "run", "new.csv", "--output", "a1.npy"])
        let rows = table.split(separator: "\n").map(String.init)
        XCTAssertEqual(rows[0], "row,class,\"p_\"\"kiwi\"\"\",p_apple,\"p_fig, dried\"")
        let first = predicted[0]
        XCTAssertEqual(
            rows[1],
            Self.csv(["0", first.class]).replacingOccurrences(of: "\"0\"", with: "0").trimmingCharacters(in: .newlines)
                .replacingOccurrences(of: "\"apple\"", with: "apple") + ","
                + names.map { "\(Float(first.probabilities[$0]!!))" }.joined(separator: ","))

        // The array has the same numbers, to the bit.
        let numbers = names.map { name in predicted.map { Float($0.probabilities[name]!!).bitPattern } }
        let elements = (0..<800).flatMap { row in numbers.map { $0[row] } }
        var expected = npy("<f4", [800, 3], littleEndian(elements))
        expected.replaceSubrange(0..<128, with: npy("<f4", [800, 3], []).prefix(128))
        for ranks in [1, 2, 3] {
            XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: command.path("a\(ranks).npy"))), Data(expected))
        }
        XCTAssertEqual(command.files().filter { $0.contains("partial") }, [])
    }

    func testTheLikeliestClassesAndSeveralFiles() throws {
        let command = try trained()
        try command.write("one.csv", Self.table(200..<203, ["h", "w"]))
        try command.write("two.csv.gz", gzip(Array(Self.table(203..<205, ["w", "h"]).utf8)))
        let whole = try lines(command.succeed(ranks: nil, ["predict", "run", "one.csv", "--json"]).standardOutput)
        let outcome = try command.succeed(
            ranks: 2, ["predict", "run", "one.csv", "two.csv.gz", "--json", "--top", "2"])
        let top = try lines(outcome.standardOutput)
        XCTAssertEqual(top.map(\.row), [0, 1, 2, 0, 1])
        XCTAssertEqual(top.map(\.file), ["one.csv", "one.csv", "one.csv", "two.csv.gz", "two.csv.gz"])
        for (line, all) in zip(top, whole) {
            let order = all.probabilities.sorted { $0.value! > $1.value! }
            XCTAssertEqual(Set(line.probabilities.keys), Set(order.prefix(2).map(\.key)))
            XCTAssertEqual(line.class, order[0].key)
        }
        let table = try command.succeed(ranks: nil, ["predict", "run", "one.csv", "two.csv.gz", "--top", "2"])
            .standardOutput
        let rows = table.split(separator: "\n").map(String.init)
        XCTAssertEqual(rows[0], "file,row,class_1,p_1,class_2,p_2")
        XCTAssertEqual(rows.count, 6)
        XCTAssertTrue(rows[5].hasPrefix("two.csv.gz,1,"), rows[5])
    }

    /// Arrays for weights of images, and the weights of a checkpoint as the training evaluated them: averaged, with batch
    /// normalization's statistics made for them.
    func testArraysAndCheckpoints() throws {
        let command = try EntrainCommand()
        try command.write(
            "c.yaml",
            """
            data: {format: digits}
            model:
              layers: [{convolution: {channels: 4, kernel: 3}}, batchNormalization, relu, flatten, {dense: {units: 10}}]
            training: {batch: 128, epochs: 2}
            learningRate: {schedule: constant, rate: 0.05}
            averaging: {form: polynomial}
            checkpoint: {cycle: true, keep: 2}
            output: {plot: false}

            """)
        // In two parts: at its end a run waits for its checkpoints, before it a new one may take the place of one that waits.
        let train = ["train", "c.yaml", "--output", "run"]
        try command.succeed(ranks: 1, train + ["--set", "training.epochs=1"])
        try command.succeed(ranks: 1, train + ["--resume", "auto"])
        let raw = try Configuration.load(
            path: command.path("c.yaml"), overrides: ["data.standardize=false"]
        ).loadData(root: nil).test
        var (features, labels) = ([Float](repeating: 0, count: 360 * 64), [Int32](repeating: 0, count: 360))
        var featureSpan = features.mutableSpan
        var labelSpan = labels.mutableSpan
        raw.copyBatch(Array(0..<360).span, into: &featureSpan, labels: &labelSpan)
        let bytes = features.map { UInt8(($0 * 16).rounded()) }
        try command.write("x.npy.xz", xz(npy("|u1", [360, 8, 8], bytes)))
        var tables: [String] = []
        for weights in [[], ["--checkpoint", "last"], ["--checkpoint", "12"]] {
            let table = try command.succeed(ranks: 1, ["predict", "run", "x.npy.xz"] + weights).standardOutput
            let classes = table.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
            let right = zip(classes, labels).count { $0 == "\($1)" }
            XCTAssertEqual(Double(right) / 360, try accuracy(command, ["run"] + weights), "\(weights)")
            tables.append(table)
        }
        XCTAssertEqual(tables[0], tables[1])
        XCTAssertNotEqual(tables[0], tables[2])
    }

    /// The synthetic signals that it was trained on have no layout that a file could be read by.
    func testSignalsOfAnArray() throws {
        let command = try EntrainCommand()
        try command.write(
            "c.yaml",
            """
            data: {format: synthetic, synthetic: {shape: [2, 12], samples: 64, testSamples: 8, classes: 3}}
            model: {layers: [{convolution: {channels: 4, kernel: 3}}, globalAveragePooling, flatten, {dense: {units: 3}}]}
            training: {batch: 32, epochs: 1}
            learningRate: {schedule: constant, rate: 0.05}
            output: {plot: false}

            """)
        try command.succeed(ranks: 1, ["train", "c.yaml", "--output", "run"])
        let bytes = (0..<5 * 24).map { UInt8($0 * 37 % 256) }
        let floats = bytes.map { Float($0) / 255 }.flatMap { withUnsafeBytes(of: $0) { Array($0) } }
        try command.write("f.npy", npy("<f4", [5, 2, 12], floats))
        let table = try command.succeed(ranks: 1, ["predict", "run", "f.npy"]).standardOutput
        XCTAssertEqual(table.split(separator: "\n").count, 6, table)
        try command.write("transposed.npy", npy("|u1", [5, 12, 2], bytes))
        let outcome = try command.run(ranks: 1, ["predict", "run", "transposed.npy"])
        XCTAssertNotEqual(outcome.status, 0)
        XCTAssertTrue(
            outcome.standardError.contains("expected samples [2, 12] as [C, L], which the weights were trained on"),
            outcome.standardError)
    }

    func testWhatCannotBePredictedIsRefused() throws {
        let command = try trained()
        try command.write("fewer.csv", "h,colour\n1,2\n")
        try command.assertRefused(
            ["predict", "run", "fewer.csv", "--output", "p.csv"],
            "fewer.csv:1: expected the feature column w of the weights, found the columns h, colour; give data with the columns that "
                + "the weights were trained on")
        // Behind a whole batch, when the file of the predictions has begun.
        try command.write("late.csv", Self.table(0..<300, ["h", "w"]) + "1,inf\n")
        try command.assertRefused(
            ["predict", "run", "late.csv", "--output", "p.npy"],
            "late.csv:302:2: expected a finite 32-bit number, found \"inf\"; correct the field, or leave the row out")
        try command.write("wide.csv", "1,2,3,4\n")
        try command.assertRefused(
            ["predict", "run", "wide.csv"], alone: false,
            "wide.csv:1: expected the 2 feature columns of the weights, h, w, found 4 columns without names; give a header, or these "
                + "columns alone")
        try command.write("empty.csv", "")
        try command.assertRefused(
            ["predict", "run", "empty.csv"], ranks: 3, alone: false,
            "empty.csv: expected at least one row of data, found none; check the file")
        try command.assertRefused(
            ["predict", "none", "wide.csv"], alone: false, "none: cannot read: No such file or directory")
        try command.assertRefused(
            ["predict", "run", "train.csv", "--top", "4"], alone: false,
            "--top: expected 1 to 3, the classes of the weights, found 4")
        try command.assertRefused(
            ["predict", "run", "train.csv", "--output", "none/p.csv"], alone: false,
            "none/p.csv: cannot create: No such file or directory")
        for arguments in [
            ["--output", "p.txt"], ["--output", "p.npy", "--top", "2"], ["--json", "--output", "p.csv"],
        ] {
            let outcome = try command.run(ranks: nil, ["predict", "run", "train.csv"] + arguments)
            XCTAssertEqual(outcome.status, 64, outcome.standardError)
        }
    }
}
