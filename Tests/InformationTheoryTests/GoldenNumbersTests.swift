import InformationTheory
import XCTest

/// Against scikit-learn, scipy and mpmath: `Golden/make_golden.py` writes the numbers.
final class GoldenNumbersTests: XCTestCase {
    private struct Golden: Decodable {
        let cases: [Case]
        let precise: [PreciseCase]
    }

    private struct Case: Decodable {
        let name: String
        let counts: [Int64]
        let classCount: Int
        let accuracy: Double
        let precision, recall, f1: [Double]
        let labelEntropy, predictionEntropy, jointEntropy, mutualInformation, normalised, standardError: Double
        let millerMadow, chaoShen: Corrected
        let simulatedSpread: Double?
    }

    private struct Corrected: Decodable {
        let labelEntropy, predictionEntropy, jointEntropy, mutualInformation: Double
    }

    private struct PreciseCase: Decodable {
        let name: String
        let counts: [Int64]
        let classCount: Int
        let labelEntropy, jointEntropy, mutualInformation, equivocation, standardError: Double
    }

    private func golden() throws -> Golden {
        let url = try XCTUnwrap(Bundle.module.url(forResource: "golden", withExtension: "json"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    func testScoresEqualScikitLearns() throws {
        let cases = try golden().cases
        XCTAssertGreaterThanOrEqual(cases.count, 11)
        for golden in cases {
            let matrix = ConfusionMatrix(classCount: golden.classCount, counts: golden.counts)
            XCTAssertEqual(matrix.accuracy, golden.accuracy, accuracy: 1e-15, golden.name)
            let scores = matrix.classScores
            XCTAssertEqual(scores.map(\.samples), matrix.rowSums)
            for index in 0..<golden.classCount {
                let name = "\(golden.name), class \(index)"
                XCTAssertEqual(scores[index].precision(), golden.precision[index], accuracy: 1e-15, name)
                XCTAssertEqual(scores[index].recall(), golden.recall[index], accuracy: 1e-15, name)
                XCTAssertEqual(scores[index].f1(), golden.f1[index], accuracy: 1e-15, name)
            }
        }
    }

    func testPlugInMeasuresEqualScipysAndScikitLearns() throws {
        for golden in try golden().cases {
            let information = ConfusionMatrix(classCount: golden.classCount, counts: golden.counts).information()
            let equal = { (value: Double, expected: Double, what: String) in
                XCTAssertEqual(value, expected, accuracy: 1e-14, "\(golden.name): \(what)")
            }
            equal(information.labelEntropy, golden.labelEntropy, "H(Y)")
            equal(information.predictionEntropy, golden.predictionEntropy, "H(Ŷ)")
            equal(information.jointEntropy, golden.jointEntropy, "H(Y,Ŷ)")
            equal(information.mutualInformation, golden.mutualInformation, "I")
            equal(information.equivocation, golden.jointEntropy - golden.predictionEntropy, "H(Y|Ŷ)")
            equal(information.normalisedMutualInformation, golden.normalised, "normalised I")
            // A vanishing variance is a difference of equal numbers in the script: its root keeps half the digits.
            XCTAssertEqual(information.standardError, golden.standardError, accuracy: 1e-8, golden.name)
        }
    }

    func testCorrectedMeasuresEqualTheirDefinitions() throws {
        for golden in try golden().cases {
            for (estimator, expected) in [
                (EntropyEstimator.millerMadow, golden.millerMadow), (.chaoShen, golden.chaoShen),
            ] {
                let information = ConfusionMatrix(classCount: golden.classCount, counts: golden.counts)
                    .information(estimator)
                let equal = { (value: Double, expected: Double, what: String) in
                    XCTAssertEqual(value, expected, accuracy: 1e-13, "\(golden.name), \(estimator): \(what)")
                }
                equal(information.labelEntropy, expected.labelEntropy, "H(Y)")
                equal(information.predictionEntropy, expected.predictionEntropy, "H(Ŷ)")
                equal(information.jointEntropy, expected.jointEntropy, "H(Y,Ŷ)")
                equal(information.mutualInformation, expected.mutualInformation, "I")
                XCTAssertEqual(information.standardError, golden.standardError, accuracy: 1e-8, golden.name)
            }
        }
    }

    /// The delta method is of first order, so the spread of drawn tables is close to it but not the same.
    func testStandardErrorIsTheSpreadOfTheEstimateOverDrawnTables() throws {
        let simulated = try golden().cases.filter { $0.simulatedSpread != nil }
        XCTAssertEqual(simulated.count, 5)
        for golden in simulated {
            let information = ConfusionMatrix(classCount: golden.classCount, counts: golden.counts).information()
            let spread = try XCTUnwrap(golden.simulatedSpread)
            XCTAssertEqual(information.standardError, spread, accuracy: 0.05 * spread, golden.name)
        }
    }

    /// The relative error stays small where the textbook sums lose all digits.
    func testSmallMeasuresKeepTheirDigits() throws {
        for golden in try golden().precise {
            let information = ConfusionMatrix(classCount: golden.classCount, counts: golden.counts).information()
            let equal = { (value: Double, expected: Double, what: String) in
                XCTAssertEqual(value / expected, 1, accuracy: 4e-15, "\(golden.name): \(what) \(value)")
            }
            equal(information.labelEntropy, golden.labelEntropy, "H(Y)")
            equal(information.jointEntropy, golden.jointEntropy, "H(Y,Ŷ)")
            equal(information.mutualInformation, golden.mutualInformation, "I")
            equal(information.equivocation, golden.equivocation, "H(Y|Ŷ)")
            XCTAssertEqual(information.standardError / golden.standardError, 1, accuracy: 1e-12, golden.name)
        }
    }
}
