import DataParallel
import MPI
import RandomNumbers
import XCTest

final class ProbabilityScoresTests: XCTestCase {
    /// Logits, label and prediction of samples, of which many share probabilities.
    private static func samples(_ count: Int, classes: Int) -> [(logits: [Float], label: Int, prediction: Int)] {
        let stream = RandomStream(seed: 7, purpose: .syntheticNoise, stream: UInt64(classes))
        return (0..<count).map { sample in
            func draw(_ index: Int, below bound: Int) -> Int {
                Int(stream.integer(UInt64(sample * (classes + 1) + index), below: UInt64(bound)))
            }
            let label = draw(classes, below: classes)
            var logits = (0..<classes).map { Float(draw($0, below: 9)) / 4 }
            logits[label] += 0.5
            return (logits, label, logits.indices.max { logits[$0] < logits[$1] }!)
        }
    }

    /// The pairs counted one by one.
    func testTheAreaUnderTheCurveIsTheShareOfPairsInOrder() throws {
        let samples = Self.samples(173, classes: 2)
        var scores = ProbabilityScores(classCount: 2)
        for sample in samples { scores.add(logits: sample.logits, label: sample.label, prediction: sample.prediction) }
        func difference(_ logits: [Float]) -> Float { logits[1] - logits[0] }
        var pairs = 0.0
        let (negatives, positives) = (samples.filter { $0.label == 0 }, samples.filter { $0.label == 1 })
        for negative in negatives {
            for positive in positives {
                let (low, high) = (difference(negative.logits), difference(positive.logits))
                pairs += low < high ? 1 : low == high ? 0.5 : 0
            }
        }
        XCTAssertEqual(
            try XCTUnwrap(scores.areaUnderCurve), pairs / Double(negatives.count * positives.count), accuracy: 1e-15)
        XCTAssertNil(scores.topAccuracy)
        XCTAssertNil(ProbabilityScores(classCount: 2).areaUnderCurve)
        XCTAssertNil(ProbabilityScores(classCount: 3).areaUnderCurve)
    }

    /// By hand: two samples of confidence 0.9, one of them wrong, and one of 0.6 that is right.
    func testTheCalibrationErrorIsTheWeightedDistance() {
        var scores = ProbabilityScores(classCount: 2)
        let (sure, doubtful) = ([Float(0), Float(log(9.0))], [Float(log(1.5)), Float(0)])
        scores.add(logits: sure, label: 1, prediction: 1)
        scores.add(logits: sure, label: 0, prediction: 1)
        scores.add(logits: doubtful, label: 0, prediction: 0)
        XCTAssertEqual(scores.calibrationError, (2 * abs(0.5 - 0.9) + abs(1 - 0.6)) / 3, accuracy: 1e-7)
        XCTAssertEqual(scores.bins.map(\.samples).filter { $0 > 0 }, [1, 2])
        XCTAssertEqual(scores.samples, 3)
    }

    func testTheTrueClassIsAmongTheFiveLikeliest() {
        var scores = ProbabilityScores(classCount: 7)
        let logits: [Float] = [7, 6, 5, 4, 3, 2, 1]
        for label in 0..<7 { scores.add(logits: logits, label: label, prediction: 0) }
        XCTAssertEqual(scores.topAccuracy, 5.0 / 7)
        // Classes of one probability: those before count as likelier.
        scores.add(logits: [Float](repeating: 1, count: 7), label: 4, prediction: 0)
        scores.add(logits: [Float](repeating: 1, count: 7), label: 5, prediction: 0)
        XCTAssertEqual(scores.topAccuracy, 6.0 / 9)
    }

    /// The same on any number of ranks, to the bit.
    func testScoresAreThoseOfAllRanks() throws {
        for classes in [2, 9] {
            let samples = Self.samples(200, classes: classes)
            func scores(ranks: Int) throws -> [ProbabilityScores] {
                try InProcessCommunicator.run(ranks: ranks) { communicator in
                    var scores = ProbabilityScores(classCount: classes)
                    for (index, sample) in samples.enumerated() where index % communicator.size == communicator.rank {
                        scores.add(logits: sample.logits, label: sample.label, prediction: sample.prediction)
                    }
                    try scores.reduce(over: communicator)
                    return scores
                }
            }
            let one = try scores(ranks: 1)[0]
            for ranks in 2...4 {
                for other in try scores(ranks: ranks) {
                    XCTAssertEqual(other.bins, one.bins)
                    XCTAssertEqual(other.calibrationError, one.calibrationError)
                    XCTAssertEqual(other.areaUnderCurve, one.areaUnderCurve)
                    XCTAssertEqual(other.topAccuracy, one.topAccuracy)
                }
            }
        }
    }
}
