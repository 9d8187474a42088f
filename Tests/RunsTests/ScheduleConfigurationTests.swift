import DataParallel
import InformationTheory
import LearningRate
import LearningRateTestSupport
import MPI
import Runs
import Training
import XCTest

/// Section `learningRate`: what each schedule becomes, what is refused, and the stop by mutual information.
final class ScheduleConfigurationTests: XCTestCase {
    /// 1,437 embedded digits in batches of 32: 45 steps an epoch.
    private func configuration(_ learningRate: String, _ more: String = "") throws -> Configuration {
        try Configuration(
            yaml: """
                data: {format: digits, validation: 0.1}
                model: {preset: mlp, hidden: [8]}
                learningRate: \(learningRate)
                \(more)
                """, name: "x.yaml")
    }

    /// 1,293 digits are left for training: 41 steps an epoch of 32.
    private func schedule(_ learningRate: String) throws -> RunningSchedule {
        let configuration = try configuration(learningRate, "training: {batch: 32, epochs: 10}")
        return try InProcessCommunicator.run(ranks: 1) { alone in
            let experiment = try Experiment(configuration, dataRoot: nil, over: alone)
            XCTAssertEqual(experiment.replica.batches.stepsPerEpoch, 41)
            return try experiment.trainer().schedule
        }[0]
    }

    func testEpochsBecomeSteps() throws {
        let bounds = RateBounds(minimum: 0.01, maximum: 0.2)
        let cosine = CosineDecay(rate: 0.2, floor: 0.1, length: 410)
        let plateau = Plateau(
            rate: 0.2, metric: .accuracy, factor: 0.5, patience: 2, threshold: 0.1, cooldown: 1, floor: 0.1)
        let decay = MutualInformationDecay(bounds: bounds, warmUpSteps: 21, form: .level(exponent: 2))
        let expected: [(String, any RateRule)] = [
            ("constant, rate: 0.2", Constant(rate: 0.2)),
            ("step, rate: 0.2, every: 2.5, factor: 0.5", StepDecay(rate: 0.2, factor: 0.5, length: 103)),
            (
                "multi-step, rate: 0.2, at: [1, 2.5], factor: 0.5",
                MultiStepDecay(rate: 0.2, factor: 0.5, falls: [41, 103])
            ),
            (
                "exponential, rate: 0.2, factor: 0.5",
                ExponentialDecay(rate: 0.2, factor: 0.5, length: 41)
            ),
            (
                "inverse-time, rate: 0.2, decay: 3",
                InverseTimeDecay(rate: 0.2, decay: 3, length: 41)
            ),
            (
                "polynomial, rate: 0.2, power: 2, floor: 0.5, horizon: 4",
                PolynomialDecay(rate: 0.2, floor: 0.1, power: 2, length: 164)
            ),
            ("cosine, rate: 0.2, floor: 0.5", cosine),
            (
                "constant-cooldown, rate: 0.2, share: 0.5, floor: 0.5",
                ConstantCooldown(rate: 0.2, floor: 0.1, share: 0.5, length: 410)
            ),
            (
                "constant-cooldown, rate: 0.2, horizon: 5",
                ConstantCooldown(rate: 0.2, share: 0.2, length: 205)
            ),
            (
                "cosine, rate: 0.2, floor: 0.5, warmup: 2",
                RunningSchedule(CosineDecay(rate: 0.2, floor: 0.1, length: 328), warmUpSteps: 82)
            ),
            (
                "cosine-restarts, rate: 0.2, floor: 0.5, period: 2, periodFactor: 3",
                CosineWarmRestarts(rate: 0.2, floor: 0.1, period: 82, periodFactor: 3)
            ),
            (
                "one-cycle, rate: 0.2, rise: 0.4, startDivisor: 10, endDivisor: 100",
                OneCycle(rate: 0.2, rise: 0.4, startDivisor: 10, endDivisor: 100, length: 410)
            ),
            (
                "cyclical, bounds: {min: 0.01, max: 0.2}, halfCycle: 1, mode: exp-range, factor: 0.9",
                CyclicalRate(bounds: bounds, halfCycle: 41, mode: .exponentialRange, factor: 0.9)
            ),
            (
                "plateau, rate: 0.2, metric: accuracy, factor: 0.5, patience: 2, threshold: 0.1, cooldown: 1, floor: 0.5",
                plateau
            ),
            (
                "mutual-information, bounds: {min: 0.01, max: 0.2}, form: level, exponent: 2, warmup: 0.5",
                decay
            ),
            (
                "mutual-information, bounds: {min: 0.01, max: 0.2}, form: level, exponent: 2, warmup: 0.5, layers: {}",
                LayerwiseMutualInformationDecay(
                    layerCount: 2, bounds: bounds, warmUpSteps: 21, form: .level(exponent: 2))
            ),
            (
                "joined, parts: [{epochs: 2, schedule: constant, rate: 0.2}, {schedule: cosine, rate: 0.2, floor: 0.5}]",
                Joined([
                    .init(Constant(rate: .fixed(0.2)), epochs: 82),
                    .init(CosineDecay(rate: 0.2, floor: 0.1, length: 328)),
                ]).begun(horizon: 410)
            ),
        ]
        for (text, expected) in expected {
            let schedule = try schedule("{schedule: \(text)}")
            XCTAssertEqual((0..<500).map(schedule.rate(at:)), (0..<500).map(expected.rate(at:)), text)
            XCTAssertEqual(schedule.rates(at: 7), expected.rates(at: 7), text)
        }
    }

    /// The highest rate and the bounds are those of one range test.
    func testRatesFromTheRangeTest() throws {
        let cyclical = try schedule("{schedule: cyclical, halfCycle: 1}")
        let constant = try schedule("{schedule: constant}")
        let decay = try schedule("{}")
        XCTAssertEqual(cyclical.rate(at: 41), decay.rate(at: 0))
        XCTAssertEqual(constant.rate(at: 0), decay.rate(at: 0))
        XCTAssertEqual(cyclical.rate(at: 0), try schedule("{warmup: 1}").rate(at: 0))
    }

    func testMistakesAreRefused() {
        func error(_ learningRate: String, _ more: String = "") -> String {
            do { return "no error but \(try configuration(learningRate, more).learningRate)" } catch {
                return "\(error)"
            }
        }
        let rate = "x.yaml:3:"
        for (text, expected) in [
            (
                "{schedule: cosine, horizon: 1e7}",
                "29: learningRate.horizon: expected a number in (0.0, 1000000.0], found 1e7"
            ),
            ("{warmup: 1e300}", "25: learningRate.warmup: expected a number from 0.0 to 1000000.0, found 1e300"),
            (
                "{schedule: multi-step, at: [2, 1]}",
                "32: learningRate.at[1]: expected a rising list of epochs, found 1"
            ),
            (
                "{schedule: multi-step, at: [2, 1e7]}",
                "32: learningRate.at[1]: expected a rising list of epochs, found 1e7"
            ),
            (
                "{predictions: soft, estimator: shuffle}",
                "47: learningRate.estimator: expected plug-in with predictions: soft, found shuffle"
            ),
            ("{layers: {share: 0}}", "26: learningRate.layers.share: expected a number in (0.0, 1.0], found 0"),
            (
                "{layers: {measure: winer}}",
                "28: learningRate.layers.measure: expected one of prototype, winner, found \"winer\"; did you mean winner?"
            ),
            (
                "{schedule: cosine, layers: {}}",
                "36: learningRate.layers: belongs to schedule: mutual-information, but the schedule is cosine"
            ),
            ("{schedule: joined, parts: []}", "35: learningRate.parts: expected at least one schedule, found none"),
            (
                "{schedule: joined, parts: [{schedule: constant}, {schedule: cosine}]}",
                "36: learningRate.parts[0].epochs: expected the length of every part but the last, found none"
            ),
            (
                "{schedule: joined, parts: [{epochs: 1, schedule: plateau}, {schedule: plateau, source: validation}]}",
                "96: learningRate.parts[1].source: expected the same in all parts that look at metrics, found two"
            ),
        ] {
            let found = error(text)
            // The column is that of the value.
            XCTAssertEqual(
                found.split(separator: ": ").dropFirst().joined(separator: ": "),
                expected.split(separator: ": ").dropFirst().joined(separator: ": "), text)
            XCTAssertTrue(found.hasPrefix(rate), found)
        }
        XCTAssertTrue(
            error("{schedule: constant}", "training: {stop: mutual-information}").hasSuffix(
                "training.stop: expected null or a metric without schedule: mutual-information, found mutual-information"
            ))
        XCTAssertTrue(
            error("{}", "training: {epochs: 9000000000000000000}").hasSuffix(
                "training.epochs: expected an integer from 1 to 1000000, found 9000000000000000000"))
        // Parts by mutual information measure it in one way.
        for (first, second, key) in [
            ("predictions: soft", "predictions: hard", "predictions"),
            ("estimator: shuffle", "predictions: hard", "estimator"),
            ("layers: {measure: winner}", "layers: {share: 0.5}", "layers"),
        ] {
            let schedule = "schedule: mutual-information"
            let parts = "[{epochs: 1, \(schedule), \(first)}, {\(schedule), \(second)}]"
            let found = error("{schedule: joined, parts: \(parts)}")
            XCTAssertTrue(
                found.hasSuffix(
                    ": learningRate.parts[1].\(key): expected the same in all parts of mutual-information, found two"),
                found)
        }
        let one = "[{epochs: 1, schedule: mutual-information}, {schedule: mutual-information, layers: {}}]"
        XCTAssertTrue(error("{schedule: joined, parts: \(one)}").hasPrefix("no error"))
        // A part that looks at nothing has no say in what is looked at.
        let parts = "[{epochs: 1, schedule: constant}, {schedule: plateau, source: validation}]"
        XCTAssertTrue(error("{schedule: joined, parts: \(parts)}").hasPrefix("no error"))
    }

    /// What `predictions` and `estimator` ask for is what a trainer measures.
    func testMutualInformationIsMeasuredAsAsked() throws {
        let joined =
            "{schedule: joined, parts: [{epochs: 1, schedule: constant, rate: 0.1}, "
            + "{schedule: mutual-information, estimator: shuffle}]}"
        for (keys, estimator) in [
            ("{}", .plugIn), ("{predictions: hard, estimator: miller-madow}", .millerMadow),
            ("{estimator: chao-shen}", .chaoShen), ("{estimator: shuffle}", .shuffle), (joined, .shuffle),
            ("{predictions: soft}", nil),
        ] as [(String, EntropyEstimator?)] {
            let configuration = try configuration(keys, "training: {batch: 32, epochs: 2}")
            try InProcessCommunicator.run(ranks: 1) { alone in
                let experiment = try Experiment(configuration, dataRoot: nil, over: alone)
                var last: CycleRecord?
                try experiment.trainer().train(onCycle: { last = $0 })
                let statistics = try experiment.replica.withEvaluatedParameters {
                    try experiment.replica.evaluate(experiment.data.test)
                }
                XCTAssertEqual(statistics.soft == nil, estimator != nil, keys)
                let expected =
                    try estimator.map { statistics.confusion.information($0) }
                    ?? XCTUnwrap(statistics.soft).information(ofWeightsOf: 360)
                let test = try XCTUnwrap(last?.test)
                XCTAssertEqual(test.mutualInformation, expected.mutualInformation, keys)
                if estimator != .plugIn {
                    XCTAssertNotEqual(
                        test.mutualInformation, statistics.confusion.information().mutualInformation, keys)
                }
            }
        }
    }

    func testSoftPredictionsOfTooManyClassesAreRefused() throws {
        func setUp(classes: Int) throws {
            let configuration = try Configuration(
                yaml: """
                    data: {format: synthetic, synthetic: {classes: \(classes), shape: [3], samples: 1100, testSamples: 9}}
                    model: {preset: mlp, hidden: []}
                    learningRate: {predictions: soft}
                    """, name: "x.yaml")
            try InProcessCommunicator.run(ranks: 1) { _ = try Experiment(configuration, dataRoot: nil, over: $0) }
        }
        try setUp(classes: 1024)
        XCTAssertThrowsError(try setUp(classes: 1025)) {
            XCTAssertEqual(
                "\($0)",
                "configuration: learningRate.predictions: expected hard for more than 1024 classes, found soft for 1025"
            )
        }
    }

    /// The decay falls from its upper bound to the lower one, and then training ends: not before.
    func testTrainingStopsAfterTheDecayHasReachedItsMinimum() throws {
        let configuration = try configuration(
            "{bounds: {min: 0.01, max: 0.04}}",
            "training: {batch: 32, epochs: 200, stop: mutual-information, stopCycles: 2}")
        try InProcessCommunicator.run(ranks: 2) { ranks in
            let trainer = try Experiment(configuration, dataRoot: nil, over: ranks).trainer()
            var rates: [Double] = []
            try trainer.train(onCycle: { rates.append($0.rate) })
            XCTAssertTrue(trainer.hasStopped)
            XCTAssertLessThan(trainer.stepsDone, trainer.totalSteps)
            XCTAssertEqual(rates.first, 0.04)
            XCTAssertEqual(rates, rates.sorted(by: >))
            XCTAssertEqual(Set(rates.filter { $0 > 0.01 && $0 < 0.04 }), [0.02], "\(rates)")
            // Those that it takes to stop were at the minimum.
            XCTAssertEqual(Array(rates.suffix(2)), [0.01, 0.01])
        }
    }

    /// A rate that is as low as it can be, and a network that has learnt what it can.
    func testTrainingStopsWhenThereIsNothingMoreToGain() throws {
        for (layers, stop, epochs) in [
            ("null", "mutual-information", 200), ("{}", "mutual-information", 200), ("null", "null", 8),
        ] {
            let configuration = try configuration(
                "{bounds: {min: 0.02, max: 0.02}, layers: \(layers)}",
                "training: {batch: 32, epochs: \(epochs), stop: \(stop), stopCycles: 2}")
            try InProcessCommunicator.run(ranks: 2) { ranks in
                let trainer = try Experiment(configuration, dataRoot: nil, over: ranks).trainer()
                var information: [(Double, Double)] = []
                try trainer.train(onCycle: {
                    information.append(($0.train.mutualInformation, $0.train.standardError))
                })
                XCTAssertEqual(trainer.hasStopped, stop != "null")
                if stop == "null" { return XCTAssertEqual(trainer.stepsDone, trainer.totalSteps) }
                XCTAssertLessThan(trainer.stepsDone, trainer.totalSteps)
                // The last two gains, and not the one before, or it would have ended then.
                let gains = zip(information, information.dropFirst()).map { before, after in
                    abs(after.0 - before.0) <= (before.1 * before.1 + after.1 * after.1).squareRoot()
                }
                XCTAssertEqual(Array(gains.suffix(2)), [true, true])
                XCTAssertFalse(zip(gains.dropLast(), gains.dropLast().dropFirst()).contains { $0 && $1 })
            }
        }
    }
}
