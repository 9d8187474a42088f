import InformationTheory
import XCTest

/// Predictions that say nothing of the labels are told from those that say a little.
final class GuessingTests: XCTestCase {
    private func guessing(_ counts: [[Int64]]) -> Guessing? {
        ConfusionMatrix(classCount: counts.count, counts: counts.flatMap(\.self)).guessing
    }

    func testOneClassIsPredicted() throws {
        let guessing = try XCTUnwrap(guessing([[30, 0, 0], [20, 0, 0], [10, 0, 0]]))
        XCTAssertEqual(guessing.onlyPrediction, 0)
        XCTAssertEqual(guessing.majority, 0.5)
        XCTAssertEqual(guessing.accuracy, 0.5)
        XCTAssertEqual(guessing.mutualInformation, 0, accuracy: 1e-15)
        XCTAssertEqual(self.guessing([[0, 0, 30], [0, 0, 20], [0, 0, 10]])?.onlyPrediction, 2)
        // Rounding of logarithms may leave a mutual information that is not 0.
        XCTAssertNotNil(self.guessing([[333_333, 0, 0], [333_334, 0, 0], [333_333, 0, 0]]))
    }

    func testIndependentPredictions() throws {
        let guessing = try XCTUnwrap(guessing([[24, 26], [25, 25]]))
        XCTAssertNil(guessing.onlyPrediction)
        XCTAssertEqual(guessing.accuracy, 0.49, accuracy: 1e-12)
        XCTAssertGreaterThan(guessing.mutualInformation, 0)
    }

    func testPredictionsThatSaySomething() {
        // More often right than the most frequent class.
        XCTAssertNil(guessing([[50, 0], [0, 50]]))
        XCTAssertNil(guessing([[51, 9], [9, 31]]))
        // Always wrong, hence of much information.
        XCTAssertNil(guessing([[0, 50], [50, 0]]))
        // The bound for one degree of freedom is 2 N I = 1 + √8 = 3.8; here it is 2.6 and 4.0.
        XCTAssertNotNil(guessing([[21, 29], [29, 21]]))
        XCTAssertNil(guessing([[20, 30], [30, 20]]))
    }

    func testNothingToSay() {
        XCTAssertNil(guessing([[0, 0], [0, 0]]))
        XCTAssertNil(guessing([[9, 1], [0, 0]]))
        XCTAssertNil(guessing([[0, 10], [0, 0]]))
    }

    /// Six more of a hundred than half are I = 0.0072 and 2 N I = 1.44 of 100 samples, of one degree of freedom.
    func testInformationThatExceedsChance() {
        func exceeds(_ counts: [[Int64]], by deviations: Double) -> Bool {
            ConfusionMatrix(classCount: counts.count, counts: counts.flatMap(\.self))
                .informationExceedsChance(by: deviations)
        }
        let few: [[Int64]] = [[28, 22], [22, 28]]
        XCTAssertTrue(exceeds(few, by: 0))
        XCTAssertFalse(exceeds(few, by: 1))
        let many = few.map { $0.map { 10 * $0 } }
        XCTAssertTrue(exceeds(many, by: 9))
        XCTAssertFalse(exceeds(many, by: 10))
        for nothing: [[Int64]] in [[[0, 0], [0, 0]], [[50, 0], [50, 0]], [[25, 25], [25, 25]]] {
            XCTAssertFalse(exceeds(nothing, by: 0))
        }
    }
}
