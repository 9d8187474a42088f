import Foundation
import LearningRate
import Logging
import MPI
import Runs
import Studies
import Training
import XCTest

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The page about runs: what it says is what their files say, and text of users is text.
final class RunReportTests: XCTestCase {
    private var folder = ""

    override func setUpWithError() throws {
        folder = NSTemporaryDirectory() + "run-report-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(atPath: folder)
    }

    private func train(_ yaml: String, to name: String) throws {
        let configuration = try Configuration(yaml: yaml, name: "test")
        let (folder, output) = (folder, "\(folder)/\(name)")
        try InProcessCommunicator.run(ranks: 1) { communicator in
            _ = try TrainingRun(
                configuration, file: "test.yaml", dataRoot: folder, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator
            ).run(showsProgress: false)
        }
    }

    private func report(_ names: [String], ranks: Int = 1, evaluates: Bool = true) throws -> (
        page: String, notes: [String]
    ) {
        let folder = folder
        return try InProcessCommunicator.run(ranks: ranks) { communicator in
            let report = try RunReport(
                of: names.map { "\(folder)/\($0)" }, evaluates: evaluates, dataRoot: folder, over: communicator)
            return (report.page, report.notes)
        }[0]
    }

    private let digits = """
        data: {format: digits}
        model: {preset: mlp, hidden: [16]}
        training: {batch: 32, epochs: 3}
        output: {plot: false}
        """

    func testThePageSaysWhatTheFilesSay() throws {
        try train(digits + "\nseed: 3", to: "trials")
        try train(digits + "\nlearningRate: {search: range-test, rangeTest: {steps: 60}}", to: "range & <b>test")
        let (text, notes) = try report(["trials", "range & <b>test"], ranks: 2)
        XCTAssertEqual(notes, [])
        let page = try Page(text)
        XCTAssertLessThan(text.utf8.count, 1_000_000)
        XCTAssertFalse(text.contains("http:") || text.contains("https:") || text.contains("@import"))
        for name in ["trials", "range & <b>test"] {
            XCTAssertTrue(page.texts.contains(name), name)
            let cycles = try MetricsLog.read(path: "\(folder)/\(name)/metrics.jsonl")
            let curves = page.elements("g").filter { $0["data-name"] == "\(name), test" }
            XCTAssertEqual(curves.count, 3)
            guard curves.count == 3 else { continue }
            XCTAssertEqual(curves[0]["data-xs"], "1 2 3")
            // Loss, accuracy and information.
            XCTAssertEqual(
                curves.map { $0["data-ys"] },
                [\PredictionMetrics.loss, \.accuracy, \.mutualInformation].enumerated().map { index, path in
                    cycles.map { short($0.test![keyPath: path] * (index == 1 ? 100 : 1)) }.joined(separator: " ")
                })
            XCTAssertEqual(
                curves[2]["data-errors"], cycles.map { short($0.test!.standardError) }.joined(separator: " "))
            for cycle in cycles { XCTAssertTrue(page.texts.contains(cycle.decision!), cycle.decision!) }
        }
        // No sample is lost on the way to the matrix.
        let counts = page.cells(ofTable: "confusion").compactMap(Int.init)
        XCTAssertEqual(counts.reduce(0, +), 2 * 360)
        XCTAssertEqual(page.elements("img").count, 2 * 24)
        XCTAssertTrue(page.elements("img").allSatisfy { $0["src"]!.hasPrefix("data:image/png;base64,") })
        XCTAssertTrue(
            page.texts.contains { $0.hasPrefix("trials of rates: rates ") && $0.contains(" trials of 40 steps") })
        XCTAssertTrue(page.texts.contains { $0.hasPrefix("range test: rates ") })
        for key in ["seed", "learningRate.search", "learningRate.rangeTest.steps"] {
            XCTAssertTrue(page.texts.contains(key), key)
        }
        XCTAssertFalse(page.texts.contains("training.batch"))
    }

    func testTextOfUsersIsText() throws {
        let names = ["<script>alert(1)</script>", "b & \"c\" 'd'", "]]>--><!--"]
        let columns = ["width <cm>", "&amp;", "depth'\""]
        var table =
            (columns.map { "\"\($0.replacing("\"", with: "\"\""))\"" } + ["species"]).joined(separator: ",") + "\n"
        for row in 0..<90 {
            table +=
                "\(row % 3).\(row % 7),\(row % 5),\(row % 11),\"\(names[row % 3].replacing("\"", with: "\"\""))\"\n"
        }
        try Data(table.utf8).write(to: URL(fileURLWithPath: "\(folder)/t.csv"))
        try train(
            """
            data: {format: csv, train: {file: t.csv}, csv: {label: species}}
            model: {preset: mlp, hidden: [4]}
            training: {batch: 16, epochs: 2}
            learningRate: {schedule: constant, rate: 0.05}
            output: {plot: false}
            """, to: "run")
        let page = try Page(report(["run"]).page)
        for text in names + columns { XCTAssertTrue(page.texts.contains(text), text) }
        XCTAssertEqual(page.elements("script").count, 1)
        XCTAssertEqual(page.elements("alert").count, 0)
        // What a browser takes for the end of an element, or for a comment, stands nowhere else.
        let text = try report(["run"]).page
        XCTAssertEqual(text.components(separatedBy: "</script>").count, 2)
        XCTAssertFalse(text.contains("<!--"))

        // Without its data all else is shown.
        try FileManager.default.removeItem(atPath: "\(folder)/t.csv")
        let (without, notes) = try report(["run"], ranks: 2)
        XCTAssertEqual(notes.count, 1)
        XCTAssertTrue(notes.first?.hasPrefix("run: not evaluated: ") == true, "\(notes)")
        XCTAssertTrue(notes.first?.contains("t.csv") == true, "\(notes)")
        XCTAssertEqual(try Page(without).elements("svg").count, try Page(text).elements("svg").count)
        XCTAssertEqual(try report(["run"], evaluates: false).notes, [])
    }

    /// The same samples on any number of ranks.
    func testTheWorstPredictionsHaveTheLargestLosses() throws {
        try train(digits + "\nlearningRate: {schedule: constant, rate: 0.05}", to: "run")
        let folder = folder
        func worst(_ count: Int, ranks: Int) throws -> [WorstPrediction] {
            try InProcessCommunicator.run(ranks: ranks) { communicator in
                try EvaluationRun(
                    of: "\(folder)/run", on: .test, dataRoot: nil, worst: count, over: communicator
                ).worst
            }[ranks - 1]
        }
        let all = try worst(360, ranks: 1)
        XCTAssertEqual(Set(all.map(\.index)), Set(0..<360))
        XCTAssertEqual(all.map(\.loss), all.map(\.loss).sorted(by: >))
        for sample in all {
            // Gray values of the source, from 0 to 16.
            XCTAssertTrue(
                sample.features.allSatisfy { abs($0 * 16 - ($0 * 16).rounded()) < 1e-3 && $0 > -1e-3 && $0 < 1.001 })
        }
        for ranks in [1, 3] {
            let worst = try worst(7, ranks: ranks)
            XCTAssertEqual(worst.map(\.index), all.prefix(7).map(\.index))
            XCTAssertEqual(worst.map(\.label), all.prefix(7).map(\.label))
            XCTAssertEqual(worst.map(\.features), all.prefix(7).map(\.features))
        }
    }

    func testWhatIsNoRunIsRefused() throws {
        try train(digits + "\nlearningRate: {schedule: constant, rate: 0.05}", to: "run")
        func message(_ names: [String]) -> String {
            do {
                _ = try report(names, ranks: 2)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        XCTAssertEqual(
            message(["run", "other"]), "\(folder)/other: expected a run directory, found no configuration.yaml in it")
        try Data("3\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/run/metrics.jsonl"))
        XCTAssertEqual(
            message(["run"]), "\(folder)/run/metrics.jsonl:1: expected the metrics of a cycle, found another line")
        // A run that has just begun.
        try FileManager.default.removeItem(atPath: "\(folder)/run/metrics.jsonl")
        try FileManager.default.removeItem(atPath: "\(folder)/run/model.safetensors")
        try FileManager.default.removeItem(atPath: "\(folder)/run/checkpoints")
        let (page, notes) = try report(["run"])
        XCTAssertEqual(notes, ["run: not evaluated: the run has no weights yet"])
        XCTAssertTrue(try Page(page).texts.contains("no complete cycle"))
    }

    private func short(_ value: Double) -> String { NumberText.significant(value, digits: 5) }
}

/// A page as an XML parser reads it.
private final class Page: NSObject, XMLParserDelegate {
    /// Text of each element.
    private(set) var texts: Set<String> = []
    private var found: [(name: String, attributes: [String: String])] = []
    private var open: [(text: String, table: String?)] = []
    private var tableCells: [(table: String?, text: String)] = []

    init(_ page: String) throws {
        super.init()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = self
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.formatting) }
    }

    func elements(_ name: String) -> [[String: String]] { found.filter { $0.name == name }.map(\.attributes) }
    func cells(ofTable style: String) -> [String] { tableCells.filter { $0.table == style }.map(\.text) }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        found.append((name, attributes))
        open.append(("", name == "table" ? attributes["class"] : open.last?.table))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if !open.isEmpty { open[open.count - 1].text += text }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        let (text, table) = open.removeLast()
        texts.insert(text)
        if name == "td" { tableCells.append((table, text)) }
    }
}
