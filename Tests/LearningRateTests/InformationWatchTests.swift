import InformationTheory
import LearningRate
import XCTest

final class InformationWatchTests: XCTestCase {
    /// A window of `count` samples in four classes, of which the share `right` is predicted correctly, the others are said to be
    /// of the next class.
    private func window(right: Double, count: Int = 400) -> ConfusionMatrix {
        var confusion = ConfusionMatrix(classCount: 4)
        for sample in 0..<count {
            let label = sample % 4
            let isRight = Double(sample / 4) < right * Double(count / 4)
            confusion.add(label: label, prediction: isRight ? label : (label + 1 + sample / 4 % 3) % 4)
        }
        return confusion
    }

    private var constant: ConfusionMatrix {
        var confusion = ConfusionMatrix(classCount: 4)
        for sample in 0..<400 { confusion.add(label: sample % 4, prediction: 1) }
        return confusion
    }

    func testARiseIsTheBestAndChanceIsNoFall() {
        var watch = InformationWatch()
        for (right, finding) in [(0.5, InformationWatch.Finding.best), (0.7, .best), (0.68, .held), (0.72, .best)] {
            XCTAssertEqual(watch.observe(window(right: right), loss: 1), finding, "\(right)")
        }
        guard case .fell(let from, let to) = watch.observe(window(right: 0.4), loss: 1) else { return XCTFail() }
        XCTAssertEqual(from, watch.best)
        let error =
            (from.standardError * from.standardError + to.standardError * to.standardError).squareRoot()
        XCTAssertLessThan(to.mutualInformation, from.mutualInformation - InformationWatch.errors * error)
        // The same loss of information among fewer samples is chance.
        var few = InformationWatch()
        XCTAssertEqual(few.observe(window(right: 0.75, count: 24), loss: 1), .best)
        XCTAssertEqual(few.observe(window(right: 0.5, count: 24), loss: 1), .held)
    }

    /// A network that has collapsed predicts one class, with a loss that is lower at a lower rate.
    func testNothingIsLearnt() {
        var watch = InformationWatch()
        for time in 1...4 {
            let loss = 1.3 - 0.1 * Double(time)
            for _ in 0..<3 { XCTAssertEqual(watch.observe(constant, loss: loss), .held) }
            XCTAssertEqual(
                watch.observe(constant, loss: loss), time <= 3 ? .knowsNothing(windows: 4, isOfRate: true) : .held)
            watch = InformationWatch().afterGoingBack(from: watch)
        }
        XCTAssertNil(watch.best)
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 1), .best)
        // What was known and is lost is a fall.
        guard case .fell = watch.observe(constant, loss: 1) else { return XCTFail() }
    }

    /// Where half of the rate has no lower loss, the rate was not why nothing was known, and it is not lowered for that again.
    func testASlowStartIsNotOfTheRate() {
        for lossAtHalf in [1.2, 1.21] {
            var watch = InformationWatch()
            for _ in 0..<3 { XCTAssertEqual(watch.observe(constant, loss: 1.2), .held) }
            XCTAssertEqual(watch.observe(constant, loss: 1.2), .knowsNothing(windows: 4, isOfRate: true))
            watch = InformationWatch().afterGoingBack(from: watch)
            for _ in 0..<3 { XCTAssertEqual(watch.observe(constant, loss: lossAtHalf), .held) }
            XCTAssertEqual(watch.observe(constant, loss: lossAtHalf), .knowsNothing(windows: 4, isOfRate: false))
            watch = InformationWatch().afterGoingBack(from: watch)
            for _ in 0..<28 { XCTAssertEqual(watch.observe(constant, loss: 1.2), .held) }
            XCTAssertEqual(watch.observe(window(right: 0.7), loss: 1), .best)
        }
    }

    /// Information that chance does not give counts, though it is within four of the standard errors that predictions with knowledge have.
    func testAFewMoreThanChanceAreSomething() {
        let counts: [Int64] = [138, 104, 104, 104, 104, 138, 104, 104, 104, 104, 138, 104, 104, 104, 104, 138]
        let confusion = ConfusionMatrix(classCount: 4, counts: counts)
        let measured = InformationWatch.Measurement(confusion.information(.plugIn), samples: confusion.total)
        XCTAssertLessThan(measured.mutualInformation, InformationWatch.errors * measured.standardError)
        var watch = InformationWatch()
        XCTAssertEqual(watch.observe(confusion, loss: 1.35), .best)
        // A quarter of the samples with the same shares may be chance.
        watch = InformationWatch()
        XCTAssertEqual(
            watch.observe(ConfusionMatrix(classCount: 4, counts: counts.map { $0 / 4 }), loss: 1.35), .held)
        XCTAssertNil(watch.best)
    }

    /// As long as it is told to wait for a network that knows nothing; a loss above that of knowing nothing is found at once.
    func testPatience() {
        var watch = InformationWatch()
        for window in 1...9 {
            XCTAssertEqual(
                watch.observe(constant, loss: 1, patience: 9),
                window < 9 ? .held : .knowsNothing(windows: 9, isOfRate: true))
        }
        watch = InformationWatch()
        watch.initialLoss = 1
        for _ in 1...3 { XCTAssertEqual(watch.observe(constant, loss: 2, patience: 9), .held) }
        XCTAssertEqual(watch.observe(constant, loss: 2, patience: 9), .worseThanNothing(loss: 2, isOfRate: true))
    }

    func testATrainingGoesBackSoManyTimes() {
        var watch = InformationWatch()
        XCTAssertEqual(watch.observe(window(right: 0.9), loss: 1), .best)
        for time in [Int](repeating: 0, count: 10) {
            guard case .fell = watch.observe(constant, loss: 1) else { return XCTFail() }
            watch = (time == 0 ? watch : InformationWatch()).afterGoingBack(from: watch)
        }
        XCTAssertEqual(watch.observe(constant, loss: 1), .held)
    }

    /// From the fourth window on; a network may begin with a loss above that of knowing nothing.
    func testALossAboveThatOfKnowingNothing() {
        var watch = InformationWatch()
        watch.initialLoss = 1.2
        for _ in 0..<3 { _ = watch.observe(window(right: 0.7), loss: 5) }
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 1.38), .held)
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 1.39), .worseThanNothing(loss: 1.39, isOfRate: true))
        watch.initialLoss = 6
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 5), .held)
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 7), .worseThanNothing(loss: 7, isOfRate: true))
    }

    /// A loss that is no lower at half of the rate is that of a network without training; twice of it is still found.
    func testAHighLossThatIsNotOfTheRate() {
        var watch = InformationWatch()
        watch.initialLoss = 3
        for loss in [3.1, 3.2] {
            XCTAssertEqual(watch.observe(window(right: 0.7), loss: 3), .best)
            for _ in 0..<2 { XCTAssertEqual(watch.observe(window(right: 0.7), loss: 3), .held) }
            XCTAssertEqual(
                watch.observe(window(right: 0.7), loss: loss), .worseThanNothing(loss: loss, isOfRate: loss == 3.1))
            watch = InformationWatch().afterGoingBack(from: watch)
            watch.initialLoss = 3
        }
        for _ in 0..<3 { _ = watch.observe(window(right: 0.7), loss: 3) }
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 6.4), .held)
        XCTAssertEqual(watch.observe(window(right: 0.7), loss: 6.5), .worseThanNothing(loss: 6.5, isOfRate: true))
    }

    func testWindows() {
        XCTAssertEqual([1, 31, 32, 320, 15_640].map(InformationWatch.windowSteps), [1, 1, 1, 10, 488])
        XCTAssertEqual(
            [90, 91].map { InformationWatch.goesBackToBeginning(after: $0, of: 360) }, [true, false])
        // Windows are single steps below 64.
        XCTAssertTrue(InformationWatch.goesBackToBeginning(after: 62, of: 63))
        XCTAssertFalse(InformationWatch.goesBackToBeginning(after: 62, of: 64))
    }
}
