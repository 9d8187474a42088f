import InformationTheory
import XCTest

final class ConfusionMatrixTests: XCTestCase {
    func testRowIsTheLabelAndColumnThePrediction() {
        var matrix = ConfusionMatrix(classCount: 3)
        matrix.add(label: 1, prediction: 2)
        matrix.add(label: 1, prediction: 2)
        matrix.add(label: 0, prediction: 0)
        XCTAssertEqual(matrix.counts, [1, 0, 0, 0, 0, 2, 0, 0, 0])
        XCTAssertEqual(matrix[label: 1, prediction: 2], 2)
        XCTAssertEqual(matrix.rowSums, [1, 2, 0])
        XCTAssertEqual(matrix.columnSums, [1, 0, 2])
        XCTAssertEqual(matrix.total, 3)
        XCTAssertEqual(matrix.correct, 1)
        XCTAssertEqual(matrix.accuracy, 1.0 / 3)
    }

    func testABatchCountsAsItsSamplesDo() {
        var random = SeededGenerator(seed: 1)
        let labels = (0..<500).map { _ in UInt8.random(in: 0..<7, using: &random) }
        let predictions = (0..<500).map { _ in Int32.random(in: 0..<7, using: &random) }
        var batched = ConfusionMatrix(classCount: 7)
        batched.add(labels: labels.span, predictions: predictions.span)
        var fromArrays = ConfusionMatrix(classCount: 7)
        fromArrays.add(labels: labels, predictions: predictions)
        var single = ConfusionMatrix(classCount: 7)
        for (label, prediction) in zip(labels, predictions) {
            single.add(label: Int(label), prediction: Int(prediction))
        }
        XCTAssertEqual(batched, single)
        XCTAssertEqual(fromArrays, single)
        XCTAssertEqual(single.total, 500)
    }

    func testAnEmptyBatchChangesNothing() {
        var matrix = ConfusionMatrix(classCount: 2, counts: [1, 2, 3, 4])
        matrix.add(labels: [Int](), predictions: [Int]())
        XCTAssertEqual(matrix.counts, [1, 2, 3, 4])
    }

    /// The law that makes the reduction exact: any partition, in any order, sums to the whole.
    func testTablesOfAnyPartitionMergeToTheWhole() {
        var random = SeededGenerator(seed: 2)
        let samples = (0..<301).map { _ in
            (Int.random(in: 0..<5, using: &random), Int.random(in: 0..<5, using: &random))
        }
        var whole = ConfusionMatrix(classCount: 5)
        for (label, prediction) in samples { whole.add(label: label, prediction: prediction) }
        for ranks in [1, 2, 3, 4, 7] {
            var parts = [ConfusionMatrix](repeating: ConfusionMatrix(classCount: 5), count: ranks)
            for (label, prediction) in samples {
                parts[Int.random(in: 0..<ranks, using: &random)].add(label: label, prediction: prediction)
            }
            var merged = ConfusionMatrix(classCount: 5)
            for part in parts.shuffled(using: &random) { merged.merge(part) }
            XCTAssertEqual(merged, whole)
            XCTAssertEqual(merged.information(), whole.information())
        }
    }

    func testCountsChangeInPlaceAndTheResultIsReturned() {
        var matrix = ConfusionMatrix(classCount: 2, counts: [1, 2, 3, 4])
        let seen = matrix.withMutableCounts { cells in
            for cell in 0..<cells.count { cells[cell] *= 10 }
            return cells.count
        }
        XCTAssertEqual(seen, 4)
        XCTAssertEqual(matrix.counts, [10, 20, 30, 40])
    }

    func testAnErrorPassesThroughTheClosure() {
        struct Broken: Error {}
        var matrix = ConfusionMatrix(classCount: 2)
        XCTAssertThrowsError(try matrix.withMutableCounts { (_) throws(Broken) in throw Broken() }) {
            XCTAssertTrue($0 is Broken)
        }
    }

    func testValuesAreIndependentAndResetEmpties() {
        var matrix = ConfusionMatrix(classCount: 2, counts: [1, 2, 3, 4])
        let copy = matrix
        matrix.reset()
        XCTAssertEqual(matrix, ConfusionMatrix(classCount: 2))
        XCTAssertEqual(copy.counts, [1, 2, 3, 4])
    }

    func testZeroDivisionIsScikitLearnsUnlessToldOtherwise() {
        // Class 1 has samples but no prediction, class 2 neither, class 3 predictions but no sample.
        let matrix = ConfusionMatrix(classCount: 4, counts: [5, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        let scores = matrix.classScores
        XCTAssertEqual(scores[1].precision(), 0)
        XCTAssertEqual(scores[1].precision(zeroDivision: 1), 1)
        XCTAssertEqual(scores[3].recall(), 0)
        XCTAssertEqual(scores[3].recall(zeroDivision: 1), 1)
        XCTAssertEqual(scores[2].f1(), 0)
        XCTAssertEqual(scores[2].f1(zeroDivision: 1), 1)
        XCTAssertEqual(scores[1].f1(zeroDivision: 1), 0)
        XCTAssertEqual(ConfusionMatrix(classCount: 2).accuracy, 0)
    }
}
