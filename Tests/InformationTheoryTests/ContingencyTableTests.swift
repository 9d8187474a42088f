import InformationTheory
import XCTest

final class ContingencyTableTests: XCTestCase {
    /// Too many cells for a dense table.
    private let manyClasses = 1100

    /// Labels of `classes` classes, of which a prediction tells the share `known`.
    private func samples(_ count: Int, classes: Int, known: Double, seed: UInt64) -> (labels: [Int], predictions: [Int])
    {
        var random = SeededGenerator(seed: seed)
        var (labels, predictions): ([Int], [Int]) = ([], [])
        for _ in 0..<count {
            let label = Int.random(in: 0..<classes, using: &random)
            labels.append(label)
            predictions.append(
                Double.random(in: 0..<1, using: &random) < known ? label : Int.random(in: 0..<classes, using: &random))
        }
        return (labels, predictions)
    }

    func testATableOfCellsSeenMeasuresWhatADenseOneDoes() {
        let (labels, predictions) = samples(3000, classes: 40, known: 0.6, seed: 1)
        var dense = ConfusionMatrix(classCount: 40)
        var sparse = ConfusionMatrix(classCount: manyClasses)
        dense.add(labels: labels, predictions: predictions)
        sparse.add(labels: labels, predictions: predictions)
        XCTAssertTrue(dense.table.isDense)
        XCTAssertFalse(sparse.table.isDense)
        XCTAssertEqual(sparse.table.cells.counts, dense.table.cells.counts)
        XCTAssertEqual(sparse.correct, dense.correct)
        XCTAssertEqual(Array(sparse.rowSums.prefix(40)), dense.rowSums)
        XCTAssertEqual(sparse[label: 3, prediction: 3], dense[label: 3, prediction: 3])
        XCTAssertEqual(sparse[label: 1000, prediction: 3], 0)
        for estimator in EntropyEstimator.allCases {
            let (found, expected) = (sparse.information(estimator), dense.information(estimator))
            let equal = { (found: Double, expected: Double) in
                XCTAssertEqual(found, expected, accuracy: 1e-14, "\(estimator)")
            }
            equal(found.labelEntropy, expected.labelEntropy)
            equal(found.predictionEntropy, expected.predictionEntropy)
            equal(found.jointEntropy, expected.jointEntropy)
            equal(found.mutualInformation, expected.mutualInformation)
            equal(found.equivocation, expected.equivocation)
            equal(found.standardError, expected.standardError)
        }
    }

    func testPartsOfATableOfCellsSeenSumToTheWholeInAnyOrder() {
        let (labels, predictions) = samples(5000, classes: manyClasses, known: 0.3, seed: 2)
        var whole = ContingencyTable(rowCount: manyClasses, columnCount: manyClasses)
        var parts = Array(repeating: whole, count: 3)
        for (index, pair) in zip(labels, predictions).enumerated() {
            whole.add(row: pair.0, column: pair.1)
            parts[index * index % 7 % 3].add(row: pair.0, column: pair.1)
        }
        var forward = parts[0]
        forward.merge(parts[1])
        forward.merge(parts[2])
        var backward = ContingencyTable(rowCount: manyClasses, columnCount: manyClasses)
        for part in parts.reversed() { backward.merge(cells: part.cells.cells, counts: part.cells.counts) }
        XCTAssertEqual(forward, whole)
        XCTAssertEqual(backward, whole)
        XCTAssertEqual(backward.hashValue, whole.hashValue)
        XCTAssertEqual(whole.total, 5000)
        forward.add(row: 0, column: 0)
        XCTAssertNotEqual(forward, whole)
        let matrix = ConfusionMatrix(
            classCount: manyClasses,
            counts: {
                var counts = [Int64](repeating: 0, count: manyClasses * manyClasses)
                counts[7] = 4
                return counts
            }())
        XCTAssertEqual(matrix.table.cells.cells, [7])
        XCTAssertEqual(matrix[label: 0, prediction: 7], 4)
    }

    /// Independent labels and predictions: all that the plug-in estimate finds is bias, in first order (50 − 1)² / 2 · 5000 = 0.24
    /// nats.
    func testCorrectionsTakeTheBiasAwayWhereNothingIsKnown() {
        for seed in 10..<15 as Range<UInt64> {
            let (labels, predictions) = samples(5000, classes: 50, known: 0, seed: seed)
            var matrix = ConfusionMatrix(classCount: 50)
            matrix.add(labels: labels, predictions: predictions)
            XCTAssertEqual(matrix.information().mutualInformation, 0.27, accuracy: 0.03)
            XCTAssertLessThan(matrix.information(.shuffle).mutualInformation, 0.01)
            for estimator in [EntropyEstimator.millerMadow, .chaoShen] {
                XCTAssertLessThan(matrix.information(estimator).mutualInformation, 0.08, "\(estimator)")
            }
        }
    }

    /// A fifth of the predictions is right, the others know nothing: I is known.
    func testCorrectionsComeNearerToWhatIsKnown() {
        let (classes, known) = (100.0, 0.2)
        let (right, wrong) = (known + (1 - known) / classes, (1 - known) / classes)
        let truth = right * log(right * classes) + (classes - 1) * wrong * log(wrong * classes)
        let (labels, predictions) = samples(20_000, classes: 100, known: known, seed: 20)
        var matrix = ConfusionMatrix(classCount: 100)
        matrix.add(labels: labels, predictions: predictions)
        let plugIn = abs(matrix.information().mutualInformation - truth)
        for estimator in EntropyEstimator.allCases where estimator != .plugIn {
            XCTAssertLessThan(
                abs(matrix.information(estimator).mutualInformation - truth), 0.6 * plugIn, "\(estimator)")
        }
    }

    /// The same table, the same draws.
    func testShuffledTablesAreDrawnFromAFixedSeed() {
        let (labels, predictions) = samples(500, classes: 20, known: 0.5, seed: 30)
        var matrix = ConfusionMatrix(classCount: 20)
        matrix.add(labels: labels, predictions: predictions)
        XCTAssertEqual(matrix.information(.shuffle), matrix.information(.shuffle))
    }

    /// 20,000 classes: a dense table would take 3.2 GB.
    func testTwentyThousandClassesTakeLittleMemory() {
        let classes = 20_000
        let (labels, predictions) = samples(1_000_000, classes: classes, known: 0.9, seed: 40)
        var matrix = ConfusionMatrix(classCount: classes)
        matrix.add(labels: labels, predictions: predictions)
        XCTAssertLessThan(matrix.table.byteCount, 20_000_000)
        XCTAssertEqual(matrix.total, 1_000_000)
        XCTAssertEqual(matrix.accuracy, 0.9, accuracy: 0.002)
        let wrong = 0.1 / Double(classes)
        let right = 0.9 + wrong
        let truth =
            right * log(right * Double(classes)) + Double(classes - 1) * wrong * log(wrong * Double(classes))
        let error = { (estimator: EntropyEstimator) in
            abs(matrix.information(estimator).mutualInformation - truth)
        }
        // Wrong cells are seen once each: what is not corrected finds them to be known.
        XCTAssertGreaterThan(error(.plugIn), 0.3)
        XCTAssertLessThan(error(.shuffle), 0.15)
        XCTAssertLessThan(error(.millerMadow), error(.plugIn))
    }
}
