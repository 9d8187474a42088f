import Runs
import XCTest

/// Numbers at the limits of what can be computed with: taken, or refused in one line.
final class LimitTests: XCTestCase {
    private func message(_ settings: String...) -> String? {
        do {
            _ = try Configuration(
                yaml: "data: {format: digits}\nmodel: {preset: mlp}\n", name: "x.yaml", overrides: settings)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// What single precision makes 0, infinite or the number that is just not allowed.
    func testWhatIsComputedInSinglePrecisionStaysWithinItsLimits() {
        for settings in [
            ["learningRate.schedule=constant", "learningRate.rate=1e-320"],
            ["learningRate.schedule=constant", "learningRate.rate=1e-39"],
            ["learningRate.schedule=constant", "learningRate.rate=1e39"],
            ["learningRate.bounds={max: 0.1, min: 5e-324}"], ["learningRate.bounds={min: 0.1, max: 1e300}"],
            ["learningRate.rangeTest.from=1e-310"], ["learningRate.rangeTest.to=1e200"],
            ["learningRate.schedule=joined", "learningRate.parts=[{schedule: step, rate: 1e-40}]"],
            ["optimizer.momentum=0.99999999999"], ["optimizer.weightDecay=1e-320"], ["optimizer.weightDecay=1e300"],
            ["optimizer.clipNorm=1e-300"], ["optimizer.name=adam", "optimizer.epsilon=1e-46"],
            ["optimizer.name=adam", "optimizer.beta2=0.999999999999"],
            ["optimizer.name=lars", "optimizer.trust=1e-310"],
            ["optimizer.name=adagrad", "optimizer.initialSum=1e39"],
            ["training.labelSmoothing=0.99999999999"], ["model.dropout=0.99999999999"],
        ] {
            let text = settings.count == 1 ? message(settings[0]) : message(settings[0], settings[1])
            let key = settings.last!.split(separator: "=")[0].replacing(
                "learningRate.parts", with: "learningRate.parts[0]")
            XCTAssertTrue(text?.hasPrefix("--set \(settings.last!): \(key)") == true, "\(settings): \(text ?? "taken")")
            XCTAssertTrue(
                text?.contains("stays one in single precision (0, and 1.18e-38 to 3.40e38), found ") == true,
                "\(settings): \(text ?? "taken")")
        }
        XCTAssertEqual(
            message("learningRate.schedule=constant", "learningRate.rate=1e-320"),
            "--set learningRate.rate=1e-320: learningRate.rate: expected a number above 0.0, or auto, that stays one in "
                + "single precision (0, and 1.18e-38 to 3.40e38), found 1e-320")
        XCTAssertNil(message("learningRate.schedule=constant", "learningRate.rate=1.2e-38"))
        XCTAssertNil(message("optimizer.weightDecay=0"))
    }

    /// What is flushed to 0 while a training runs.
    func testSubnormalNumbersAreRefused() {
        for setting in ["learningRate.target=5e-324", "learningRate.factor=1e-310", "training.cycle=1e-320"] {
            let text = message("learningRate.form=gain", setting)
            XCTAssertTrue(
                text?.contains(", of at least 2.2250738585072014e-308 if it is not 0, found ") == true,
                "\(setting): \(text ?? "taken")")
        }
    }

    func testOtherLimits() {
        for (setting, problem) in [
            ("learningRate.rangeTest.steps=1", "expected an integer of at least 10, found 1"),
            ("optimizer.momentum=1", "expected a number in [0.0, 1.0), found 1"),
            ("optimizer.clipNorm=0", "expected a number above 0.0, found 0"),
            ("optimizer.clipNorm=inf", "expected a number above 0.0, found inf"),
            ("seed=-1", "expected an integer from 0 to 18446744073709551615, found -1"),
            (
                "seed=18446744073709551616",
                "expected an integer from 0 to 18446744073709551615, found 18446744073709551616"
            ),
            ("training.epochs=9223372036854775807", "expected an integer from 1 to 1000000, found 9223372036854775807"),
            ("training.steps=9223372036854775808", "expected an integer of at least 1, found 9223372036854775808"),
        ] {
            let key = setting.split(separator: "=")[0]
            XCTAssertEqual(message(setting), "--set \(setting): \(key): \(problem)")
        }
    }
}
