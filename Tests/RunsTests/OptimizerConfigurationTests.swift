import LearningRate
import Optimizers
import Runs
import SettingsTestSupport
import XCTest

/// Section `optimizer`: names, keys and defaults of the update rules.
final class OptimizerConfigurationTests: XCTestCase {
    private func configuration(_ optimizer: String) throws -> Configuration {
        try Configuration(
            yaml: "data: {format: digits}\nmodel: {preset: mlp}\noptimizer: {\(optimizer)}\n", name: "x.yaml")
    }

    func testEachPropertyHasASettingWithADefaultInItsLimits() {
        assertTableLaws(SGD.self)
        assertTableLaws(Adam.self, state: ["isDecoupled"])
        assertTableLaws(AdamW.self)
        assertTableLaws(RMSprop.self)
        assertTableLaws(AdaGrad.self)
        assertTableLaws(LARS.self)
        assertTableLaws(LAMB.self)
        assertTableLaws(ScheduleFreeSGD.self)
        assertTableLaws(ScheduleFreeAdamW.self)
        assertTableLaws(MoMo.self)
        assertTableLaws(DoG.self)
        assertTableLaws(Prodigy.self)
        assertTableLaws(Configuration.Optimizer.self)
    }

    /// Those of PyTorch and, for LARS and LAMB, of their papers.
    func testDefaults() throws {
        let rules: [(String, any Optimizer)] = [
            ("sgd", SGD(momentum: 0.9)), ("adam", Adam()), ("adamw", AdamW()),
            ("rmsprop", RMSprop()), ("adagrad", AdaGrad()), ("lars", LARS()), ("lamb", LAMB()),
            ("schedule-free-sgd", ScheduleFreeSGD(momentum: 0.9)),
            ("schedule-free-adamw", ScheduleFreeAdamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)),
            ("momo", MoMo(momentum: 0.9, lowerBound: 0)), ("dog", DoG(firstDistance: 1e-6)),
            ("prodigy", Prodigy(firstDistance: 1e-6, distanceFactor: 1)),
        ]
        for (name, rule) in rules {
            XCTAssertEqual("\(try configuration("name: \(name)").optimizer.rule)", "\(rule)", name)
        }
    }

    func testEverySettingIsReadAndWritten() throws {
        let moments = AdamMoments(beta1: 0.8, beta2: 0.9, epsilon: 1e-3)
        let rules: [(String, any Optimizer)] = [
            (
                "name: adam, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1",
                Adam(moments: moments, weightDecay: 0.1)
            ),
            (
                "name: adamw, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0",
                AdamW(moments: moments, weightDecay: 0)
            ),
            (
                "name: lamb, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1",
                LAMB(moments: moments, weightDecay: 0.1)
            ),
            (
                "name: rmsprop, alpha: 0.5, epsilon: 1e-3, momentum: 0.6, centered: true, weightDecay: 0.1",
                RMSprop(alpha: 0.5, epsilon: 1e-3, momentum: 0.6, centered: true, weightDecay: 0.1)
            ),
            (
                "name: adagrad, rateDecay: 0.5, initialSum: 0.25, epsilon: 1e-3, weightDecay: 0.1",
                AdaGrad(rateDecay: 0.5, initialSum: 0.25, epsilon: 1e-3, weightDecay: 0.1)
            ),
            (
                "name: lars, momentum: 0.5, trust: 0.02, weightDecay: 0.1",
                LARS(momentum: 0.5, trust: 0.02, weightDecay: 0.1)
            ),
            (
                "name: schedule-free-sgd, momentum: 0.5, power: 2, weightDecay: 0.1",
                ScheduleFreeSGD(momentum: 0.5, power: 2, weightDecay: 0.1)
            ),
            (
                "name: schedule-free-adamw, beta1: 0.5, beta2: 0.9, epsilon: 1e-3, power: 2, weightDecay: 0.1",
                ScheduleFreeAdamW(beta1: 0.5, beta2: 0.9, epsilon: 1e-3, power: 2, weightDecay: 0.1)
            ),
            (
                "name: momo, momentum: 0.5, lowerBound: -0.5, weightDecay: 0.1",
                MoMo(momentum: 0.5, lowerBound: -0.5, weightDecay: 0.1)
            ),
            ("name: dog, firstDistance: 1e-4, weightDecay: 0.1", DoG(firstDistance: 1e-4, weightDecay: 0.1)),
            (
                "name: prodigy, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, beta3: 0.7, firstDistance: 1e-4, distanceFactor: 2",
                Prodigy(moments: moments, beta3: 0.7, firstDistance: 1e-4, distanceFactor: 2)
            ),
        ]
        for (text, rule) in rules {
            let configuration = try configuration(text)
            XCTAssertEqual("\(configuration.optimizer.rule)", "\(rule)", text)
            XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "again"), configuration, text)
        }
    }

    /// With an optimizer whose paper gives a rate nothing is searched for and nothing is watched.
    func testPublishedRates() throws {
        func configuration(_ name: String, _ more: String = "") throws -> Configuration {
            try Configuration(
                yaml: "data: {format: digits}\nmodel: {preset: mlp}\noptimizer: {name: \(name)}\n\(more)",
                name: "x.yaml")
        }
        func constant(_ rate: Double) -> any Schedule { Constant(rate: .fixed(rate)) }
        func cosine(_ rate: Double) -> any Schedule {
            var cosine = CosineDecay()
            cosine.rate = .fixed(rate)
            return cosine
        }
        for (name, rate, average) in [
            ("schedule-free-sgd", 1, nil), ("schedule-free-adamw", 0.0025, nil), ("momo", 1, nil),
            ("dog", 1, .polynomial), ("prodigy", 1, nil),
        ] as [(String, Double, WeightAveraging?)] {
            for (more, schedule) in [
                ("", constant(rate)), ("learningRate: {warmup: 1}", constant(rate)),
                ("learningRate: {rate: auto}", constant(rate)),
                ("learningRate: {rate: 0.5}", constant(0.5)),
                ("learningRate: {schedule: cosine}", cosine(rate)),
                (
                    "learningRate: {schedule: joined, parts: [{epochs: 1}, {schedule: cosine}]}",
                    Joined([
                        .init(constant(rate), epochs: 1),
                        .init(cosine(rate)),
                    ])
                ),
            ] {
                let configuration = try configuration(name, more)
                XCTAssertEqual(
                    CodedSchedule(configuration.learningRate.schedule), CodedSchedule(schedule), "\(name), \(more)")
                XCTAssertFalse(configuration.searchesBounds)
                XCTAssertFalse(configuration.watchesInformation)
                XCTAssertEqual(configuration.weightAveraging, average)
                XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "again"), configuration)
            }
        }
        XCTAssertNil(
            try configuration(
                "schedule-free-sgd", "learningRate: {schedule: mutual-information, bounds: {min: 0.1, max: 1}}"
            ).weightAveraging)
        for (name, more, problem) in [
            (
                "prodigy", "learningRate: {schedule: mutual-information}",
                "4:15: learningRate.bounds: expected {min: …, max: …} with optimizer prodigy, whose rate is 1.0 and not searched for, found auto"
            ),
            (
                "momo", "learningRate: {form: gain}",
                "4:16: learningRate.form: belongs to schedule: mutual-information, but the schedule is constant"
            ),
            (
                "dog",
                "learningRate: {schedule: mutual-information, bounds: {min: 0.1, max: 1}, layers: {measure: winner}}",
                "4:82: learningRate.layers: expected null with optimizer dog, found rates of layers"
            ),
            (
                "schedule-free-sgd", "averaging: {form: polynomial}",
                "4:19: averaging.form: expected none with optimizer schedule-free-sgd, which averages by itself, found polynomial"
            ),
        ] {
            XCTAssertThrowsError(try configuration(name, more), more) {
                XCTAssertEqual("\($0)", "x.yaml:\(problem)")
            }
        }
        var inCode = try configuration("prodigy")
        inCode.learningRate.schedule = Constant()
        XCTAssertThrowsError(try inCode.validate()) {
            XCTAssertTrue("\($0)".contains("learningRate.rate: expected a number with optimizer prodigy"), "\($0)")
        }
    }

    func testKeysOfOthersAndValuesOutOfRange() {
        for (text, problem) in [
            (
                "name: adan",
                "3:19: optimizer.name: expected one of sgd, adam, adamw, rmsprop, adagrad, lars, lamb, schedule-free-sgd, schedule-free-adamw, momo, dog, prodigy, found \"adan\"; did you mean adam?"
            ),
            (
                "name: adam, momentum: 0.9",
                "3:25: optimizer.momentum: belongs to optimizer sgd, but the optimizer is adam"
            ),
            ("beta1: 0.9", "3:13: optimizer.beta1: belongs to optimizer adam, but the optimizer is sgd"),
            (
                "name: lars, centered: true",
                "3:25: optimizer.centered: belongs to optimizer rmsprop, but the optimizer is lars"
            ),
            ("name: adam, beta2: 1", "3:32: optimizer.beta2: expected a number in [0.0, 1.0), found 1"),
            ("name: rmsprop, epsilon: 0", "3:37: optimizer.epsilon: expected a number above 0.0, found 0"),
            (
                "name: dog, power: 2",
                "3:24: optimizer.power: belongs to optimizer schedule-free-sgd, but the optimizer is dog"
            ),
            (
                "name: schedule-free-sgd, momentum: 0",
                "3:48: optimizer.momentum: expected a number in (0.0, 1.0), found 0"
            ),
            ("name: lars, trust: 0", "3:32: optimizer.trust: expected a number above 0.0, found 0"),
        ] {
            XCTAssertThrowsError(try configuration(text), text) { XCTAssertEqual("\($0)", "x.yaml:\(problem)") }
        }
    }
}
