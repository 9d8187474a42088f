import Datasets
import Foundation
import InformationTheory
import LearningRate
import MPI
import MPITestSupport
import Runs
import Training
import XCTest

/// Code on the pages is code that compiles, and does what the pages say.
final class SnippetTests: XCTestCase {
    /// A block of Swift stands word for word in the file that a comment before it names, a comment of the form
    /// `compiled: PATH`. Only manifests are without, which are no part of a target.
    func testBlocksStandInCompiledFiles() throws {
        var count = 0
        for path in try Repository.documents() {
            for fence in try Document(path).fences where fence.language == "swift" {
                let place = "\(path):\(fence.line)"
                guard let file = fence.compiledIn else {
                    let isManifest = fence.lines.contains("import PackageDescription")
                    XCTAssertTrue(isManifest, "\(place): no comment says what compiles this")
                    continue
                }
                XCTAssertTrue(file.hasPrefix("Sources/") || file.hasPrefix("Tests/"), "\(place): \(file)")
                let lines = try Repository.lines(of: file)
                let starts = lines.indices.dropLast(fence.lines.count - 1)
                XCTAssertTrue(
                    starts.contains { lines[$0..<($0 + fence.lines.count)].elementsEqual(fence.lines) },
                    "\(place): differs from \(file)")
                count += 1
            }
        }
        XCTAssertGreaterThanOrEqual(count, 8)
    }

    // MARK: - What they do

    private func output(of program: String, ranks: Int) throws -> [String] {
        let runtime = try MPITestRuntime.shared()
        try XCTSkipIf(runtime.isLaunched, "runs only outside a launcher, which it starts itself")
        guard let launcher = Launcher(of: runtime) else { throw XCTSkip("no mpirun is installed") }
        let process = launcher.process(ranks: ranks, program, [])
        process.currentDirectoryURL = Repository.root
        let outcome = try Launcher.run(process, limit: 120)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        return outcome.standardOutput.split(separator: "\n").map(String.init)
    }

    func testRanksAddUp() throws {
        XCTAssertEqual(
            Set(try output(of: "DocumentedRanks", ranks: 3)),
            Set((0..<3).map { "rank \($0) of 3: the ranks add up to 3" }))
    }

    func testThreadsAreRanks() throws {
        XCTAssertEqual(try means(of: [[1, 2], [], [6]]), [3, 3, 3])
    }

    /// Perfect predictions of two equal classes tell log 2; those of elsewhere add up with them.
    func testInformationIsMeasured() {
        let perfect = report(labels: [0, 1], predictions: [0, 1], classCount: 2, others: [10, 0, 0, 10])
        XCTAssertTrue(perfect.contains("error 0.0"), perfect)
        let none = report(labels: [0, 0, 1, 1], predictions: [0, 1, 0, 1], classCount: 2)
        XCTAssertTrue(none.hasPrefix("I = 0.0 of H"), none)
    }

    func testTheProgramTrainsAndPrintsACycleALine() throws {
        let lines = try output(of: "DocumentedTraining", ranks: 2)
        XCTAssertEqual(lines.count, 15)
        let last = try XCTUnwrap(lines.last).split(separator: " ").compactMap { Double($0) }
        XCTAssertEqual(last.count, 3)
        XCTAssertEqual(last[0], 15)
        XCTAssertGreaterThan(last[2], 2)
    }

    func testARunHasItsDirectoryAndTheObserversFile() throws {
        let folder = NSTemporaryDirectory() + "entrain-documentation-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = Repository.root.appendingPathComponent("configs/digits.yaml").path
        let cycles = try InProcessCommunicator.run(ranks: 2) { try train(file, into: folder, over: $0) }
        let steps = try XCTUnwrap(cycles[0].last?.step)
        let losses = try String(contentsOfFile: folder + "/losses.csv", encoding: .utf8).split(separator: "\n")
        XCTAssertEqual(losses.count, steps)
        XCTAssertTrue(losses.last?.hasPrefix("\(steps),") ?? false)

        // The weights of the run predict what it told at its end.
        let digits = try Configuration.load(path: file, overrides: ["data.standardize=false"]).loadData(root: nil).test
        let rows = (0..<digits.count).map { pixels(of: digits, $0).map { $0 * 16 } }
        let classes = try InProcessCommunicator.run(ranks: 2) { try classify(rows, by: folder, over: $0) }
        let right = classes[0].indices.count { classes[0][$0].name == "\(digits.label(at: $0))" }
        XCTAssertEqual(Double(right) / Double(digits.count), cycles[0].last?.test?.accuracy)
        XCTAssertTrue(classes[0].allSatisfy { (0.1...1).contains($0.sure) })
    }

    private func pixels(of dataset: any Dataset, _ sample: Int) -> [Float] {
        var features = [Float](repeating: 0, count: dataset.featureCount)
        var label = [Int32(0)]
        var featureSpan = features.mutableSpan
        var labelSpan = label.mutableSpan
        dataset.copyBatch([sample].span, into: &featureSpan, labels: &labelSpan)
        return features
    }

    func testAFormatOfAUsersOwnIsChosenByItsName() throws {
        let folder = NSTemporaryDirectory() + "entrain-documentation-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lines = (0..<80).map { #"{"features": [\#($0 % 2 == 0 ? 1 : -1), \#($0)], "label": \#($0 % 2)}"# }
        try lines.joined(separator: "\n").write(toFile: folder + "/points", atomically: true, encoding: .utf8)
        let text = """
            data: {format: json-lines, trainFile: points, testFile: points}
            model: {preset: mlp, hidden: [4]}
            training: {batch: 8, epochs: 8}
            """
        let accuracies = try InProcessCommunicator.run(ranks: 2) { communicator in
            let configuration = try communicator.agree {
                try Configuration(yaml: text, name: "points", additions: [JSONLines.self])
            }
            let experiment = try Experiment(configuration, dataRoot: folder, over: communicator)
            let last = LastAccuracy()
            try experiment.train(observedBy: [last])
            try experiment.free()
            return last.accuracy
        }
        XCTAssertEqual(accuracies, [1, 1])

        try #"{"features": [1, 2]}"#.write(toFile: folder + "/new", atomically: true, encoding: .utf8)
        let format = JSONLines(trainFile: "points", testFile: "points")
        let meaning = DataMeaning(sampleShape: [2], fullScale: 1, classCount: 2)
        var reader = try format.reader(of: folder + "/new", LoadOptions(standardization: .off, meaning: meaning))
        XCTAssertEqual(try reader.next(5).map { pixels(of: $0, 0) }, [1, 2])
        XCTAssertNil(try reader.next(5))

        try "{}".write(toFile: folder + "/points", atomically: true, encoding: .utf8)
        XCTAssertThrowsError(
            try JSONLines(trainFile: "points", testFile: "points").load(root: folder, options: LoadOptions())
        ) { XCTAssertTrue("\($0)".contains("points:1: expected"), "\($0)") }
    }

    /// Predictions that tell as much as before: the rate is halved after the second cycle of 40 steps.
    func testTheScheduleOfAnotherTrainerHoldsAndHalves() {
        let bounds = RateBounds(minimum: 0.001, maximum: 0.1)
        func last(_ epochs: Int, steps: Int) -> Double {
            train(
                epochs: epochs, stepsPerEpoch: steps, classCount: 2, bounds: bounds,
                step: { _ in (0.5, [0, 1, 0, 1], [0, 1, 1, 1]) }, sum: { $0.map { 3 * $0 } })
        }
        XCTAssertEqual(last(1, steps: 40), 0.1)
        XCTAssertEqual(last(2, steps: 40), 0.05)
        XCTAssertEqual(last(2, steps: 39), 0.1)
    }
}

private final class LastAccuracy: TrainingObserver {
    private(set) var accuracy = 0.0

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) { accuracy = cycle.test?.accuracy ?? 0 }
}
