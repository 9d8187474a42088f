import InformationTheory
import LearningRate
import XCTest

final class GlobalMetricsTests: XCTestCase {
    func testMetricsAreThoseOfTheConfusion() {
        let confusion = ConfusionMatrix(classCount: 3, counts: [50, 3, 2, 4, 60, 6, 1, 7, 30])
        for estimator in EntropyEstimator.allCases {
            let information = confusion.information(estimator)
            let metrics = GlobalMetrics(
                cycle: 2, step: 30, cycleLength: 0.5, confusion: confusion, loss: 0.75, estimator: estimator)
            XCTAssertEqual(metrics.cycle, 2)
            XCTAssertEqual(metrics.step, 30)
            XCTAssertEqual(metrics.cycleLength, 0.5)
            XCTAssertEqual(metrics.loss, 0.75)
            XCTAssertEqual(metrics.sampleCount, 163)
            XCTAssertEqual(metrics.accuracy, 140.0 / 163)
            XCTAssertEqual(metrics.labelEntropy, information.labelEntropy)
            XCTAssertEqual(metrics.mutualInformation, information.mutualInformation)
            XCTAssertEqual(metrics.standardError, information.standardError)
            XCTAssertEqual(metrics.residual, information.residual)
        }
        XCTAssertEqual(
            GlobalMetrics(cycle: 0, step: 1, cycleLength: 1, confusion: confusion, loss: 1).mutualInformation,
            confusion.information(.plugIn).mutualInformation)
    }

    /// The names that a metrics log shows.
    func testEncodedKeys() throws {
        let metrics = Histories.metrics(cycle: 0, information: 1)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(metrics)) as? [String: Any]
        XCTAssertEqual(
            object?.keys.sorted(),
            [
                "accuracy", "cycle", "cycleLength", "labelEntropy", "layers", "loss", "mutualInformation", "residual",
                "sampleCount", "standardError", "step",
            ])
    }
}
