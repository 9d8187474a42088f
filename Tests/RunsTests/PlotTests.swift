import Foundation
import LearningRate
import Runs
import Training
import TrainingTestSupport
import XCTest

final class PlotTests: XCTestCase {
    /// A run as it might be: twelve cycles, a rate that falls over two decades.
    private func metrics(cycles: Int = 12) -> [CycleMetrics] {
        (1...max(cycles, 1)).prefix(cycles).map { cycle in
            let progress = 1 - exp(-Double(cycle) / 4)
            func seen(_ best: Double, error: Double) -> PredictionMetrics {
                PredictionMetrics(
                    loss: 0.7 - (0.7 - 0.15 / best) * progress, accuracy: 0.8 + 0.15 * best * progress,
                    labelEntropy: log(10), mutualInformation: 1.5 + 0.6 * best * progress, standardError: error,
                    residual: 0.2)
            }
            return CycleMetrics(
                step: 469 * cycle, epoch: Double(cycle), seconds: Double(cycle), samplesPerSecond: 5e4,
                rate: 0.12 * pow(0.65, Double(cycle)), train: seen(1, error: 0.004), test: seen(0.85, error: 0.01))
        }
    }

    private var rangeTest: [RangeTestPoint] {
        var random = SplitMix64(state: 3)
        var smoothed = 2.3
        return (0..<200).map { step in
            let rate = 1e-5 * pow(1e6, Double(step) / 199)
            let learned = 1.9 / (1 + pow(0.02 / rate, 1.2))
            let diverged = pow(rate / 1.2, 3)
            let loss = 2.35 - learned + diverged + Double.random(in: -0.12...0.12, using: &random)
            smoothed += 0.1 * (loss - smoothed)
            return RangeTestPoint(rate: rate, loss: step > 195 ? .infinity : loss, smoothedLoss: smoothed)
        }
    }

    /// Where the pictures go: a place of the reader's choice to look at them, else one that is removed.
    private func place(_ directory: TemporaryDirectory) -> String {
        ProcessInfo.processInfo.environment["ENTRAIN_TEST_PLOTS"] ?? directory.path
    }

    private func check(_ outcome: PlotOutcome, path: String) throws {
        try XCTSkipIf(outcome == .notInstalled, "gnuplot is not installed")
        XCTAssertEqual(outcome, .written(path: path))
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        if path.hasSuffix(".png") {
            XCTAssertEqual(Array(bytes.prefix(4)), [0x89, 0x50, 0x4E, 0x47])
        } else {
            XCTAssertTrue(String(decoding: bytes, as: UTF8.self).contains("</svg>"))
        }
        XCTAssertGreaterThan(bytes.count, 5_000, "an empty picture is smaller")
    }

    func testTrainingPlot() throws {
        let directory = try TemporaryDirectory()
        for ending in ["png", "svg"] {
            let path = "\(place(directory))/training.\(ending)"
            try check(TrainingPlot(title: "it's_a \"test\" {of} 100 %", metrics: metrics()).draw(to: path), path: path)
        }
    }

    /// One cycle, hundreds, a rate that stays, a validation set alone, and numbers that are missing.
    func testUnusualRuns() throws {
        let directory = try TemporaryDirectory()
        var constant = metrics()
        for index in constant.indices {
            constant[index].rate = 0.1
            constant[index].validation = constant[index].test
            constant[index].test = nil
            constant[index].train = nil
        }
        constant[3].validation?.loss = .nan
        constant[4].validation?.mutualInformation = .nan
        var zero = metrics(cycles: 2)
        zero[0].train?.loss = 0
        zero[0].rate = 0
        var wide = metrics()
        for index in wide.indices { wide[index].train?.loss *= pow(0.7, Double(index)) }
        // Not measured in the first cycle; more layers than a key has room for.
        func layered(_ count: Int) -> [CycleMetrics] {
            var run = metrics()
            for cycle in run.indices {
                run[cycle].layers = (0..<count).map { layer in
                    let rate = 0.1 * pow(0.8, Double(cycle * (count - layer)) / Double(count))
                    let information = cycle == 0 ? Double.nan : 1 + 0.01 * Double(cycle + layer)
                    return LayerCycleMetrics(
                        layer: "3_{\(layer)}.branch", rate: rate, mutualInformation: information, standardError: 0.01,
                        residual: 0.5)
                }
            }
            return run
        }
        for (name, run) in [
            ("layers", layered(3)), ("layer", layered(1)), ("many-layers", layered(40)),
            ("wide", wide),
            ("one", metrics(cycles: 1)), ("many", metrics(cycles: 400)), ("constant", constant),
            ("zero", zero),
        ] {
            let path = "\(place(directory))/\(name).png"
            try check(TrainingPlot(title: name, metrics: run).draw(to: path), path: path)
        }
    }

    func testRangeTestPlot() throws {
        let directory = try TemporaryDirectory()
        for (name, bounds) in [("found", (min: 0.0008, max: 0.08)), ("none", nil)] as [(String, (Double, Double)?)] {
            let path = "\(place(directory))/range-test-\(name).png"
            let plot = RangeTestPlot(
                title: "range test", points: rangeTest, bounds: bounds.map { (min: $0.0, max: $0.1) })
            try check(plot.draw(to: path), path: path)
        }
    }

    /// The loss of real targets is in no nats.
    func testUnitOfTheLossOfARangeTest() throws {
        let directory = try TemporaryDirectory()
        for isInNats in [true, false] {
            let path = directory.file("\(isInNats).svg")
            let plot = RangeTestPlot(title: "range test", points: rangeTest, bounds: nil, isInNats: isInNats)
            guard case .written = plot.draw(to: path) else { throw XCTSkip("gnuplot is not installed") }
            XCTAssertEqual(try String(contentsOfFile: path, encoding: .utf8).contains("loss (nats)"), isInNats)
        }
    }

    func testFailuresAreReported() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.png")
        let plot = TrainingPlot(title: "x", metrics: metrics())
        XCTAssertEqual(plot.draw(to: path, with: Gnuplot(searchPath: directory.path)), .notInstalled)
        XCTAssertEqual(
            PlotOutcome.notInstalled.message,
            "no plot: gnuplot is not installed; on Debian and Ubuntu: apt-get install gnuplot-nox")
        XCTAssertEqual(
            TrainingPlot(title: "x", metrics: []).draw(to: path),
            .failed(path: path, reason: "the run has no complete cycle"))

        let unmeasured = [CycleMetrics(step: 1, epoch: 1, seconds: 1, samplesPerSecond: 1, rate: 1)]
        XCTAssertEqual(
            TrainingPlot(title: "x", metrics: unmeasured).draw(to: path),
            .failed(path: path, reason: "the run has no measured predictions"))

        // A gnuplot that complains and fails, in place of the real one.
        let program = directory.file("gnuplot")
        try Data("#!/bin/sh\ncat > /dev/null\necho 'line 3: bad command' >&2\nexit 2\n".utf8)
            .write(to: URL(fileURLWithPath: program))
        chmod(program, 0o755)
        let outcome = plot.draw(to: path, with: Gnuplot(searchPath: directory.path))
        XCTAssertEqual(outcome.message, "no plot: cannot make \(path): line 3: bad command")
        XCTAssertEqual(try directory.contents(), ["gnuplot"])

        // One that hangs, and one that crashes.
        for (script, reason) in [
            ("sleep 1000", "gnuplot took longer than 0 s"), ("kill -SEGV $$", "gnuplot was ended by signal 11"),
        ] {
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: program))
            XCTAssertEqual(
                plot.draw(to: path, with: Gnuplot(searchPath: directory.path, secondsAllowed: 0.3)).message,
                "no plot: cannot make \(path): \(reason)")
        }
        XCTAssertEqual(try directory.contents(), ["gnuplot"])

        let nowhere = directory.file("none/x.png")
        guard case .failed(_, let reason) = plot.draw(to: nowhere) else { return }
        XCTAssertFalse(reason.contains("\n"))
    }
}
