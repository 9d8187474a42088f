import LearningRate
import Runs
import Training
import XCTest

final class ProgressTests: XCTestCase {
    /// A clock set by hand, and what was written.
    private final class Stage {
        var time = 0.0
        var columns: Int?
        var text = ""

        func reporter(
            source: PredictionSource = .train, hasValidation: Bool = false
        ) -> ProgressReporter {
            ProgressReporter(
                totalSamples: 10_000, samplesPerEpoch: 1000, source: source, hasValidation: hasValidation,
                terminal: { self.columns.map(Terminal.init(columns:)) }, now: { self.time },
                write: { self.text += $0 })
        }

        func take() -> String {
            defer { text = "" }
            return text
        }
    }

    private func metrics(epoch: Double) -> CycleMetrics {
        let seen = PredictionMetrics(
            loss: 0.45213, accuracy: 0.8632, labelEntropy: 2.3, mutualInformation: 1.63212, standardError: 0.00341,
            residual: 0.3)
        var test = seen
        test.accuracy = 0.89125
        return CycleMetrics(
            step: 8, epoch: epoch, seconds: 1, samplesPerSecond: 45_123.4, rate: 0.0512345, train: seen, test: test)
    }

    func testBarOnATerminal() {
        let stage = Stage()
        stage.columns = 80
        let reporter = stage.reporter()
        stage.time = 0.05
        reporter.advance(samples: 100)
        XCTAssertEqual(stage.take(), "", "not more than ten times a second")
        stage.time = 0.1
        reporter.advance(samples: 400, loss: 0.31249)
        XCTAssertEqual(
            stage.take(),
            "\r" + "epoch 1/10  ━────────────────────  5 %  0:02 left  5,000 samples/s  loss 0.3125" + "\u{1B}[K")
        stage.columns = 40
        stage.time = 0.2
        reporter.advance(samples: 500)
        XCTAssertEqual(stage.take(), "\r" + "epoch 2/10  ━─────────  10 %  0:02 left" + "\u{1B}[K")
        reporter.line("note")
        XCTAssertEqual(stage.take(), "\r\u{1B}[K" + "note\n")
        reporter.finish()
        XCTAssertEqual(stage.take(), "", "there is no bar to take away")
    }

    /// Whatever the width, the bar stays on its line.
    func testBarIsNeverTooLong() {
        for columns in 1...120 {
            let stage = Stage()
            stage.columns = columns
            let reporter = stage.reporter()
            stage.time = 1
            reporter.advance(samples: 9_999, loss: 123.4)
            let line = stage.take().replacing("\r", with: "").replacing("\u{1B}[K", with: "")
            XCTAssertLessThan(line.count, max(columns, 1), line)
        }
    }

    func testLinesElsewhere() {
        let stage = Stage()
        let reporter = stage.reporter()
        stage.time = 29.9
        reporter.advance(samples: 1499)
        XCTAssertEqual(stage.take(), "", "not before half a minute")
        stage.time = 30
        reporter.advance(samples: 1)
        XCTAssertEqual(stage.take(), "epoch 2/10  15 %  2:50 left  50 samples/s\n")
        stage.time = 40
        reporter.finishCycle(metrics(epoch: 2))
        _ = stage.take()
        stage.time = 69
        reporter.advance(samples: 1)
        XCTAssertEqual(stage.take(), "", "the row of the cycle was a sign of life")
        reporter.finish()
        XCTAssertEqual(stage.take(), "")
    }

    func testTableOfCycles() {
        let stage = Stage()
        let reporter = stage.reporter()
        reporter.finishCycle(metrics(epoch: 1))
        reporter.finishCycle(metrics(epoch: 1.5))
        XCTAssertEqual(
            stage.take(),
            """
               epoch    loss train acc.  test acc.         I(Y;Ŷ) train       rate    samples/s
                   1  0.4521    86.32 %    89.12 %      1.6321 ± 0.0034    0.05123       45,123
                1.50  0.4521    86.32 %    89.12 %      1.6321 ± 0.0034    0.05123       45,123

            """)
        let other = Stage()
        other.reporter(source: .validation).finishCycle(
            CycleMetrics(step: 1, epoch: 1, seconds: 1, samplesPerSecond: .nan, rate: 1e-5))
        XCTAssertEqual(
            other.take(),
            """
               epoch    loss train acc.  test acc.    I(Y;Ŷ) validation       rate    samples/s
                   1       –          –          –                    –       1e-5            –

            """)
    }

    /// With a validation set its accuracy has a column; a loss that is huge stays within its own.
    func testTableWithAValidationSet() {
        let stage = Stage()
        var row = metrics(epoch: 1)
        row.validation = row.test
        row.validation?.accuracy = 0.5
        row.validation?.mutualInformation = 0.25
        row.train?.loss = 2e30
        stage.reporter(source: .validation, hasValidation: true).finishCycle(row)
        XCTAssertEqual(
            stage.take(),
            """
               epoch    loss train acc.  val. acc.  test acc.    I(Y;Ŷ) validation       rate    samples/s
                   1    2e30    86.32 %    50.00 %    89.12 %      0.2500 ± 0.0034    0.05123       45,123

            """)
    }

    func testTheRowGoesAboveTheBar() {
        let stage = Stage()
        stage.columns = 80
        let reporter = stage.reporter()
        stage.time = 1
        reporter.advance(samples: 10)
        _ = stage.take()
        reporter.finishCycle(metrics(epoch: 1))
        XCTAssertTrue(stage.take().hasPrefix("\r\u{1B}[K" + "   epoch "))
        stage.time = 2
        reporter.advance(samples: 10)
        reporter.finish()
        XCTAssertTrue(stage.take().hasSuffix("\u{1B}[K\r\u{1B}[K"))
    }

    /// Time spent evaluating is not counted as training.
    func testRateLeavesOutTheEvaluation() {
        let stage = Stage()
        stage.columns = 80
        let reporter = stage.reporter()
        stage.time = 1
        reporter.advance(samples: 100)
        stage.time = 1000
        reporter.finishCycle(metrics(epoch: 1))
        _ = stage.take()
        stage.time = 1001
        reporter.advance(samples: 100)
        XCTAssertTrue(stage.take().contains("  100 samples/s"))
    }

    func testNumbers() {
        let rates: [(Double, String)] = [
            (0, "0"), (1, "1"), (0.1, "0.1"), (0.0512345, "0.0512"), (0.001, "0.001"), (0.000999, "9.99e-4"),
            (0.0009999, "0.001"), (1e-5, "1e-5"), (123.4, "123"), (99_999, "1e5"), (1234, "1234"), (.nan, "–"),
            (-0.5, "-0.5"),
        ]
        for (value, text) in rates { XCTAssertEqual(NumberText.significant(value, digits: 3), text) }
        let grouped: [(Double, String)] = [
            (0, "0"), (999.6, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"), (.infinity, "–"), (-0.1, "0"),
        ]
        for (value, text) in grouped { XCTAssertEqual(NumberText.grouped(value), text) }
        let durations: [(Double, String)] = [
            (0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (725, "12:05"), (12_345, "3:25:45"), (.infinity, "–"),
            (-1, "–"),
        ]
        for (value, text) in durations { XCTAssertEqual(NumberText.duration(value), text) }
    }
}
