import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Columns of many levels: one feature each, the number of the level.
final class EmbeddedColumnTests: XCTestCase {
    private static let cities = ["Ulm", "Bonn", "Trier", "Kiel", "Jena"]

    private func format(_ change: (inout CSVFormat) -> Void = { _ in }) -> CSVFormat {
        var format = CSVFormat()
        format.embedAbove = 4
        change(&format)
        return format
    }

    private func text(_ rows: [[String]]) -> String {
        ([["size", "city", "color", "kind"]] + rows).map { $0.joined(separator: ",") }.joined(separator: "\n")
    }

    /// Rows that have all five cities and two colors.
    private func rows(_ count: Int, gap: Int? = nil) -> [[String]] {
        (0..<count).map { row in
            ["\(row)", row == gap ? "" : Self.cities[row % 5], ["red", "blue"][row % 2], "\(row / 3 % 2)"]
        }
    }

    private func load(
        _ rows: [[String]], training: Int, _ format: CSVFormat, _ options: LoadOptions = LoadOptions()
    ) throws -> LoadedData {
        let folder = try TemporaryFolder()
        try folder.write("t", text(rows))
        return try CSVFiles(train: "t", test: .after(trainingRows: training), format: format)
            .load(root: folder.path, options: options)
    }

    /// By its name among those of the table, from 1.
    private func column(_ data: LoadedData, test: Bool = false) -> [Float] {
        let set = test ? data.test : data.train
        return (0..<set.count).map { batch(set, [$0]).features[1] }
    }

    func testAColumnOfManyLevelsIsTheirNumber() throws {
        let data = try load(rows(20) + [["3", "Ulm", "red", "0"]], training: 20, format())
        XCTAssertEqual(
            data.encoding?.featureNames(ofColumns: data.columns?.features), ["size", "city", "color=blue", "color=red"])
        // Bonn, Jena, Kiel, Trier, Ulm
        XCTAssertEqual(column(data).prefix(5), [5, 1, 4, 3, 2])
        XCTAssertEqual(column(data, test: true), [5])
        // Numbers of levels are not standardized.
        XCTAssertEqual(data.standardization?.mean, [9.5, 0, 0, 0])
        XCTAssertEqual(data.standardization?.standardDeviation[1], 1)
        XCTAssertEqual(data.encoding?.embeddedFeatures, [EmbeddedFeature(column: 1, position: 1, levels: 5)])
        XCTAssertEqual(
            DataReview(data, labelColumn: "kind").understood[0],
            "columns: numbers size; categories city (5 levels: Bonn, Jena, Kiel, Trier, Ulm; embedded), color (2 levels: blue, red); "
                + "label kind")
        XCTAssertEqual("\(data.encoding!.columns[1])", "5 levels (Bonn, Jena, Kiel, Trier, Ulm), embedded")
        // At the bound, and with features of 0 and 1 in front.
        let oneHot = try load(rows(20), training: 19, format { $0.embedAbove = 5 })
        XCTAssertEqual(oneHot.encoding?.featureCount, 8)
        XCTAssertEqual(oneHot.encoding?.embeddedFeatures, [])
        let both = try load(rows(20), training: 19, format { ($0.embedAbove, $0.categorical) = (1, [.name("size")]) })
        XCTAssertEqual(both.encoding?.embeddedFeatures.map(\.position), [0, 1, 2])
        XCTAssertEqual(both.encoding?.embeddedFeatures.map(\.levels), [19, 5, 2])
    }

    func testMissingAndUnknownLevels() throws {
        let others = [["1", "", "red", "0"], ["2", "Mainz", "red", "1"], ["3", "Kiel", "lime", "1"]]
        // A level of its own where training samples have gaps, else as one that they do not have.
        let data = try load(rows(20, gap: 7) + others, training: 20, format { $0.missing = .mean })
        XCTAssertEqual(column(data, test: true), [6, 0, 3])
        XCTAssertEqual(column(data)[7], 6)
        XCTAssertEqual(data.encoding?.embeddedFeatures.map(\.levels), [6])
        XCTAssertEqual(data.encoding?.featureCount, 4)
        XCTAssertTrue(
            DataReview(data, labelColumn: "kind").understood[1].contains("city 2 (a level of their own)"),
            DataReview(data, labelColumn: "kind").understood[1])
        XCTAssertEqual(
            data.warnings.filter { $0.kind == .unknownLevels }.map(\.found),
            [
                "Mainz in 1 row in the column city, which the training samples do not have: its embedding is 0",
                "lime in 1 row in the column color, which the training samples do not have: all features of the column are 0",
            ])
        let without = try load(rows(20) + others, training: 20, format { $0.missing = .mean })
        XCTAssertEqual(column(without, test: true), [0, 0, 3])
        XCTAssertTrue(
            without.warnings.contains { $0.found.hasPrefix("Mainz, a missing value in 2 rows in the column city") })
        // The most frequent level, with a feature of its own where that is asked for.
        let filled = try load(
            rows(20, gap: 7) + others, training: 20,
            format { ($0.missing, $0.missingIndicator) = (.mostFrequent, true) })
        XCTAssertEqual(
            filled.encoding?.featureNames(ofColumns: filled.columns?.features),
            ["size", "city", "city is missing", "color=blue", "color=red"])
        XCTAssertEqual(Array(batch(filled.test, [0]).features[1...2]), [1, 1])
        XCTAssertEqual(Array(batch(filled.test, [1]).features[1...2]), [0, 0])
        let refusing = format { ($0.missing, $0.unknownLevels) = (.mean, .refuse) }
        XCTAssertEqual(
            datasetError { _ = try self.load(self.rows(20) + others, training: 20, refusing) }?.code, .unknownLevel)
    }

    /// As weights keep it; those written before there were embedded columns are read as they were.
    func testTheEncodingIsKept() throws {
        let trained = try load(rows(20, gap: 3), training: 19, format { $0.missing = .median })
        let json = try JSONEncoder().encode(trained.meaning)
        let meaning = try JSONDecoder().decode(DataMeaning.self, from: json)
        XCTAssertEqual(meaning, trained.meaning)
        XCTAssertTrue(meaning.isConsistent)
        let others = [rows(20)[4], rows(20)[2], ["5", "", "red", "1"]]
        let options = LoadOptions(standardization: .given(trained.standardization!), meaning: meaning)
        let folder = try TemporaryFolder()
        try folder.write("t", text(others))
        let data = try CSVFiles(train: "t", test: .file("t"), format: format { $0.missing = .median })
            .load(root: folder.path, options: options)
        XCTAssertEqual(column(data, test: true), [2, 4, 6])
        XCTAssertEqual(data.meaning.encoding, meaning.encoding)
        // Standing for nothing but their columns, numbers of other levels differ.
        let swapped = String(decoding: json, as: UTF8.self).replacing("\"Kiel\"", with: "\"Calw\"")
        let other = try JSONDecoder().decode(DataMeaning.self, from: Data(swapped.utf8))
        XCTAssertEqual(
            meaning.difference(from: other)?.found,
            "5 levels (Bonn, Jena, Calw, Trier, Ulm), embedded, missing values: a level of their own")
        let text = #"{"columns":[{"content":{"category":{"levels":["a","b"]}},"marksMissing":true}]}"#
        let old = try JSONDecoder().decode(TableEncoding.self, from: Data(text.utf8))
        XCTAssertEqual(old.columns, [.init(.category(levels: ["a", "b"], fill: nil), marksMissing: true)])
        XCTAssertFalse(String(decoding: try JSONEncoder().encode(old), as: UTF8.self).contains("isEmbedded"))
        var damaged = meaning
        damaged.encoding = TableEncoding([.init(.number(fill: 1), marksMissing: false, isEmbedded: true)])
        damaged.sampleShape = [1]
        damaged.columns = nil
        XCTAssertFalse(damaged.isConsistent)
    }
}
