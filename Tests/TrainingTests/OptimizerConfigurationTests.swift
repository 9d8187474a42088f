import Optimizers
import Training
import XCTest

/// Section `optimizer`: names, keys and defaults of the update rules.
final class OptimizerConfigurationTests: XCTestCase {
    private func configuration(_ optimizer: String) throws -> Configuration {
        try Configuration(
            yaml: "data: {format: digits}\nmodel: {preset: mlp}\noptimizer: {\(optimizer)}\n", name: "x.yaml")
    }

    /// Those of PyTorch and, for LARS and LAMB, of their papers.
    func testDefaults() throws {
        let rules: [(String, any Optimizer)] = [
            ("sgd", SGD(momentum: 0.9)), ("adam", Adam()), ("adamw", Adam(weightDecay: 0.01, isDecoupled: true)),
            ("rmsprop", RMSprop()), ("adagrad", AdaGrad()), ("lars", LARS()), ("lamb", LAMB()),
        ]
        for (name, rule) in rules {
            XCTAssertEqual("\(try configuration("name: \(name)").updateRule)", "\(rule)", name)
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
                Adam(moments: moments, isDecoupled: true)
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
        ]
        for (text, rule) in rules {
            let configuration = try configuration(text)
            XCTAssertEqual("\(configuration.updateRule)", "\(rule)", text)
            XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "again"), configuration, text)
        }
    }

    func testKeysOfOthersAndValuesOutOfRange() {
        for (text, problem) in [
            (
                "name: adan",
                "3:19: optimizer.name: expected one of sgd, adam, adamw, rmsprop, adagrad, lars, lamb, found \"adan\"; did you mean adam?"
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
            ("name: lars, trust: 0", "3:32: optimizer.trust: expected a number above 0.0, found 0"),
        ] {
            XCTAssertThrowsError(try configuration(text), text) { XCTAssertEqual("\($0)", "x.yaml:\(problem)") }
        }
    }
}
