import Foundation
import LearningRate
import XCTest

final class RateTrialsTests: XCTestCase {
    /// Runs the search on scores by the binary logarithm of the rate; nil where numbers are not finite.
    private func search(
        from first: Double, classes: Int = 10, _ score: (Double) -> (loss: Double, information: Double)?
    ) -> RateTrials {
        var trials = RateTrials(steps: 40, firstRate: first, classCount: classes)
        while let rate = trials.nextRate {
            trials.record(
                score(log2(rate)).map { RateTrials.Score(clippedLoss: $0.loss, mutualInformation: $0.information) })
        }
        return trials
    }

    /// Both measures are best at 2^`best` and worse on both sides; above 2^`cliff` nothing is finite.
    private func valley(_ best: Double, cliff: Double = .infinity) -> (Double) -> (loss: Double, information: Double)? {
        { power in
            guard power <= cliff + 0.1 else { return nil }
            let distance = abs(power - best)
            return (min(log(10), 0.5 + 0.1 * distance), max(0, 2 - 0.1 * distance))
        }
    }

    func testTheBoundIsHalfOfTheBestWhereverTheSearchBegins() throws {
        for first in [1e-5, 1e-3, 0.08, 1, 300] {
            let best = (log2(0.08) - log2(first)).rounded() + log2(first)
            for cliff in [Double.infinity, best, best + 1, best + 5] {
                let trials = search(from: first, valley(best, cliff: cliff))
                guard case .bounds(let bounds, let reason) = trials.outcome else {
                    return XCTFail("\(trials.outcome)")
                }
                XCTAssertEqual(bounds.maximum, exp2(best) / 2, accuracy: 1e-12)
                XCTAssertEqual(bounds.minimum, bounds.maximum / 100, accuracy: 1e-15)
                XCTAssertEqual(reason.lowestLoss, reason.mostInformation)
                XCTAssertEqual(trials.trials.map(\.rate), trials.trials.map(\.rate).sorted())
                // From next to the best five are enough, and each factor of 2 away costs one more.
                XCTAssertLessThanOrEqual(trials.trials.count, 5 + Int(abs(best - log2(first)) + 0.5))
            }
        }
    }

    /// The two rates above the best by either measure, and the two below it, have been seen to be worse.
    func testTheHigherOfBothMeasuresDecides() {
        let trials = search(from: 0.08) { power in
            let (loss, information) = (self.valley(log2(0.32))(power)!, self.valley(log2(0.04))(power)!)
            return (loss.loss, information.information)
        }
        guard case .bounds(let bounds, let reason) = trials.outcome else { return XCTFail("\(trials.outcome)") }
        XCTAssertEqual(bounds.maximum, 0.16, accuracy: 1e-12)
        XCTAssertEqual(reason.lowestLoss, 0.32, accuracy: 1e-12)
        XCTAssertEqual(reason.mostInformation, 0.04, accuracy: 1e-12)
        XCTAssertEqual(trials.trials.first!.rate, 0.01, accuracy: 1e-12)
        XCTAssertEqual(trials.trials.last!.rate, 1.28, accuracy: 1e-12)
        XCTAssertEqual(
            "\(trials.outcome)",
            "rates 0.0016 to 0.16: maximum, half of the higher of the rates of the lowest loss (0.32) and of the most "
                + "information (0.04) on samples held out, in 8 trials of 40 steps; minimum, a hundredth of it")
    }

    /// Rates that tell all labels of few samples are alike by information: then the loss decides.
    func testRatesWithTheSameInformationLeaveTheLossToDecide() {
        let trials = search(from: 0.08) { (self.valley(log2(0.16))($0)!.loss, 2) }
        guard case .bounds(let bounds, _) = trials.outcome else { return XCTFail("\(trials.outcome)") }
        XCTAssertEqual(bounds.maximum, 0.08, accuracy: 1e-12)
    }

    func testWithoutEvidenceThereAreNoBounds() {
        let nothing = search(from: 0.08) { _ in (log(10), 0.01) }
        XCTAssertEqual(
            nothing.outcome, .none(.nothingLearnt(loss: log(10), lossOfGuessing: log(10))), "\(nothing.outcome)")
        let overflow = search(from: 0.08) { _ in nil }
        guard case .none(.neverFinite(let lowest)) = overflow.outcome else { return XCTFail("\(overflow.outcome)") }
        XCTAssertLessThan(lowest, 1e-8)
        // One that rises for ever ends too.
        let endless = search(from: 0.08) { (1 - 0.001 * $0, 1 + 0.001 * $0) }
        XCTAssertLessThan(endless.trials.count, 60)
    }

    /// Trials in which too little is learnt to tell rates apart are done anew with twice the steps, up to the most; those that tell
    /// are not.
    func testTrialsInWhichTooLittleIsLearntBecomeLonger() throws {
        /// At 2^-10 the loss falls with the steps; at 1 there is chance.
        func search(mostSteps: Int?, lossAfter: (Int) -> Double) -> RateTrials {
            var trials = RateTrials(steps: 40, mostSteps: mostSteps, firstRate: 0x1p-7, lossOfGuessing: log(10))
            while let rate = trials.nextRate {
                let distance = min(abs(log2(rate) + 10), abs(log2(rate)) + 2)
                trials.record(
                    RateTrials.Score(
                        clippedLoss: lossAfter(trials.steps) + 0.001 * distance,
                        mutualInformation: 1 - 0.01 * distance))
            }
            return trials
        }
        for (mostSteps, needed, steps) in [
            (160, 40, 40), (160, 80, 80), (160, 160, 160), (160, 320, 160), (159, 160, 80), (nil, 160, 40),
        ] as [(Int?, Int, Int)] {
            let trials = search(mostSteps: mostSteps) { $0 >= needed ? 2.0 : 2.2 }
            XCTAssertEqual(trials.steps, steps)
            guard case .bounds(let bounds, let reason) = trials.outcome else { return XCTFail("\(trials.outcome)") }
            XCTAssertEqual(bounds.maximum, 0x1p-11)
            XCTAssertEqual(reason.shorterTrials, trials.trials.count * (steps == 40 ? 0 : steps == 80 ? 1 : 2))
            XCTAssertEqual(
                "\(trials.outcome)".contains(
                    "steps, after \(reason.shorterTrials) of fewer, in which too little was learnt; "), steps > 40)
        }
    }

    func testSteps() {
        XCTAssertEqual(RateTrials.steps(momentum: 0), 40)
        XCTAssertEqual(RateTrials.steps(momentum: 0.9), 40)
        XCTAssertEqual(RateTrials.steps(momentum: 0.99), 400)
    }
}
