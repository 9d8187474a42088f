import InformationTheory
import XCTest

/// The exact values of special tables and the laws that hold for every table.
final class InformationMeasuresTests: XCTestCase {
    func testAnEmptyTableHasNoEntropy() {
        for estimator in EntropyEstimator.allCases {
            let information = ConfusionMatrix(classCount: 3).information(estimator)
            XCTAssertEqual(
                [
                    information.labelEntropy, information.predictionEntropy, information.jointEntropy,
                    information.mutualInformation, information.equivocation, information.standardError,
                    information.residual,
                ], [Double](repeating: 0, count: 7))
            XCTAssertEqual(information.normalisedMutualInformation, 1)
        }
    }

    func testOneLabelLeavesNothingToKnow() {
        for estimator in EntropyEstimator.allCases {
            let spread = ConfusionMatrix(classCount: 3, counts: [0, 0, 0, 4, 5, 6, 0, 0, 0]).information(estimator)
            XCTAssertEqual(spread.labelEntropy, 0)
            XCTAssertEqual(spread.mutualInformation, 0)
            XCTAssertEqual(spread.equivocation, 0)
            XCTAssertEqual(spread.residual, 0)
            XCTAssertEqual(spread.normalisedMutualInformation, 0)
            XCTAssertGreaterThan(spread.predictionEntropy, 1)
            let single = ConfusionMatrix(classCount: 1, counts: [9]).information(estimator)
            XCTAssertEqual(single.jointEntropy, 0)
            XCTAssertEqual(single.normalisedMutualInformation, 1)
        }
    }

    func testOnePredictionSaysNothing() {
        for estimator in EntropyEstimator.allCases {
            let information = ConfusionMatrix(classCount: 3, counts: [4, 0, 0, 5, 0, 0, 6, 0, 0])
                .information(estimator)
            XCTAssertEqual(information.predictionEntropy, 0)
            XCTAssertEqual(information.mutualInformation, 0)
            XCTAssertEqual(information.equivocation, information.labelEntropy)
            XCTAssertEqual(information.residual, 1)
            XCTAssertEqual(information.standardError, 0)
        }
    }

    func testUniformClassesHaveTheLogarithmOfTheirNumber() {
        for classCount in [2, 3, 10, 100] {
            var matrix = ConfusionMatrix(classCount: classCount)
            for label in 0..<classCount { matrix.add(label: label, prediction: label) }
            XCTAssertEqual(matrix.information().labelEntropy, log(Double(classCount)), accuracy: 1e-14)
        }
    }

    func testPerfectPredictionsLeaveExactlyNothing() {
        var random = SeededGenerator(seed: 4)
        for classCount in 2...20 {
            var matrix = ConfusionMatrix(classCount: classCount)
            for label in 0..<classCount {
                for _ in 0..<Int.random(in: 1...50, using: &random) { matrix.add(label: label, prediction: label) }
            }
            for estimator in EntropyEstimator.allCases {
                let information = matrix.information(estimator)
                XCTAssertEqual(information.residual, 0)
                XCTAssertEqual(information.equivocation, 0)
                XCTAssertEqual(information.mutualInformation, information.labelEntropy)
                XCTAssertEqual(information.normalisedMutualInformation, 1)
            }
        }
    }

    func testIndependentCountsShareExactlyNothing() {
        var random = SeededGenerator(seed: 5)
        for classCount in 2...20 {
            let rows = (0..<classCount).map { _ in Int64.random(in: 1...1000, using: &random) }
            let columns = (0..<classCount).map { _ in Int64.random(in: 0...1000, using: &random) }
            let counts = rows.flatMap { row in columns.map { row * $0 } }
            guard counts.contains(where: { $0 > 0 }) else { continue }
            let information = ConfusionMatrix(classCount: classCount, counts: counts).information()
            XCTAssertEqual(information.mutualInformation, 0)
            XCTAssertEqual(information.equivocation, information.labelEntropy)
            XCTAssertEqual(information.residual, 1)
            XCTAssertEqual(information.standardError, 0)
        }
    }

    func testMeasuresStayInTheirBoundsAndAgree() {
        var random = SeededGenerator(seed: 6)
        for trial in 0..<2000 {
            let matrix = randomMatrix(using: &random)
            // A shuffle draws as many numbers as there are samples.
            for estimator in EntropyEstimator.allCases where estimator != .shuffle || matrix.total < 100_000 {
                let information = matrix.information(estimator)
                let (ofLabels, ofPredictions) = (information.labelEntropy, information.predictionEntropy)
                let name = "trial \(trial), \(estimator), \(matrix.counts)"
                XCTAssertGreaterThanOrEqual(information.mutualInformation, 0, name)
                XCTAssertLessThanOrEqual(information.mutualInformation, min(ofLabels, ofPredictions), name)
                XCTAssertGreaterThanOrEqual(information.equivocation, 0, name)
                XCTAssertLessThanOrEqual(information.equivocation, ofLabels, name)
                XCTAssertTrue((0...1).contains(information.residual), name)
                XCTAssertTrue((0...1).contains(information.normalisedMutualInformation), name)
                XCTAssertEqual(information.equivocation, ofLabels - information.mutualInformation, accuracy: 1e-14)
            }
            let plugIn = matrix.information()
            XCTAssertLessThanOrEqual(plugIn.labelEntropy, log(Double(matrix.classCount)) + 1e-14)
            XCTAssertEqual(
                plugIn.jointEntropy, plugIn.labelEntropy + plugIn.predictionEntropy - plugIn.mutualInformation,
                accuracy: 1e-13)
        }
    }

    func testMutualInformationIsSymmetricAndBlindToNames() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let matrix = randomMatrix(using: &random)
            let classes = matrix.classCount
            let permutation = (0..<classes).shuffled(using: &random)
            var transposed = [Int64](repeating: 0, count: classes * classes)
            var renamed = transposed
            for label in 0..<classes {
                for prediction in 0..<classes {
                    let count = matrix[label: label, prediction: prediction]
                    transposed[prediction * classes + label] = count
                    renamed[label * classes + permutation[prediction]] = count
                }
            }
            let information = matrix.information()
            let ofTransposed = ConfusionMatrix(classCount: classes, counts: transposed).information()
            let ofRenamed = ConfusionMatrix(classCount: classes, counts: renamed).information()
            XCTAssertEqual(ofTransposed.mutualInformation, information.mutualInformation, accuracy: 1e-14)
            XCTAssertEqual(ofTransposed.labelEntropy, information.predictionEntropy)
            XCTAssertEqual(ofTransposed.standardError, information.standardError, accuracy: 1e-13)
            XCTAssertEqual(ofRenamed.mutualInformation, information.mutualInformation, accuracy: 1e-14)
        }
    }

    /// Frequencies decide the plug-in estimate, and the standard error falls with the root of the number of samples.
    func testScalingTheCountsKeepsTheMeasures() {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<300 {
            let matrix = randomMatrix(using: &random)
            let information = matrix.information()
            let scaled = ConfusionMatrix(classCount: matrix.classCount, counts: matrix.counts.map { $0 * 10_000 })
                .information()
            XCTAssertEqual(scaled.mutualInformation, information.mutualInformation, accuracy: 1e-14)
            XCTAssertEqual(scaled.equivocation, information.equivocation, accuracy: 1e-14)
            XCTAssertEqual(scaled.standardError * 100, information.standardError, accuracy: 1e-13)
        }
    }

    /// Drawn from independent labels and predictions, the plug-in estimate is too high by about (K − 1)²/2N; the
    /// correction brings the mean near 0.
    func testMillerMadowRemovesMostOfTheBias() {
        var random = SeededGenerator(seed: 9)
        let classes = 4
        let samples = 200
        var plugInEntropy = 0.0
        var correctedEntropy = 0.0
        var plugIn = 0.0
        let tables = 400
        for _ in 0..<tables {
            var matrix = ConfusionMatrix(classCount: classes)
            for _ in 0..<samples {
                matrix.add(
                    label: Int.random(in: 0..<classes, using: &random),
                    prediction: Int.random(in: 0..<classes, using: &random))
            }
            plugIn += matrix.information().mutualInformation / Double(tables)
            plugInEntropy += matrix.information().jointEntropy / Double(tables)
            correctedEntropy += matrix.information(.millerMadow).jointEntropy / Double(tables)
        }
        XCTAssertEqual(plugIn, 9.0 / 400, accuracy: 0.1 * 9 / 400)
        XCTAssertEqual(log(16.0) - plugInEntropy, 15.0 / 400, accuracy: 0.1 * 15 / 400)
        XCTAssertEqual(correctedEntropy, log(16.0), accuracy: 0.1 * 15 / 400)
    }

    func testCountsNearTheEndOfTheirRangeDoNotOverflow() {
        let large = Int64.max / 4
        let information = ConfusionMatrix(classCount: 2, counts: [large, large / 3, 0, large]).information()
        let small = ConfusionMatrix(classCount: 2, counts: [3_000_000, 1_000_000, 0, 3_000_000]).information()
        XCTAssertEqual(information.mutualInformation, small.mutualInformation, accuracy: 1e-14)
    }

    /// Up to eight classes, some cells and some whole rows empty, counts of very different size.
    private func randomMatrix(using random: inout SeededGenerator) -> ConfusionMatrix {
        let classes = Int.random(in: 1...8, using: &random)
        let emptyRow = Int.random(in: 0..<16, using: &random)
        var counts = (0..<classes * classes).map { cell -> Int64 in
            if cell / classes == emptyRow || Bool.random(using: &random) { return 0 }
            return Int64.random(in: 0...(1 << Int64.random(in: 0...30, using: &random)), using: &random)
        }
        counts[Int.random(in: 0..<counts.count, using: &random)] += 1
        return ConfusionMatrix(classCount: classes, counts: counts)
    }
}
