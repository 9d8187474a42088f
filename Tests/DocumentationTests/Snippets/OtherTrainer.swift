import InformationTheory
import LearningRate

/// A step of your own trainer: it updates by a rate, and says what it predicted for its own samples.
typealias Step = (_ rate: Double) throws -> (loss: Double, labels: [Int32], predictions: [Int32])

/// Trains with a rate that is held as long as mutual information grows, and returns the last rate.
///
/// - Parameters:
///   - sum: adds numbers up over all ranks, for example by `MPI_Allreduce`.
func train(
    epochs: Int, stepsPerEpoch: Int, classCount: Int, bounds: RateBounds, step: Step, sum: ([Int64]) throws -> [Int64]
) rethrows -> Double {
    var schedule = MutualInformation()
    schedule.begin(ScheduleRun(stepsPerEpoch: stepsPerEpoch, horizon: epochs * stepsPerEpoch, bounds: bounds))
    var stepsDone = 0
    for epoch in 0..<epochs {
        var confusion = ConfusionMatrix(classCount: classCount)
        var loss = 0.0
        for _ in 0..<stepsPerEpoch {
            let batch = try step(schedule.rate(at: stepsDone))
            confusion.add(labels: batch.labels, predictions: batch.predictions)
            loss += batch.loss / Double(stepsPerEpoch)
            stepsDone += 1
        }
        let all = ConfusionMatrix(classCount: classCount, counts: try sum(confusion.counts))
        let decision = schedule.observe(
            GlobalMetrics(reducedOverAllRanks: all, loss: loss, cycle: epoch, step: stepsDone))
        print(decision)
    }
    return schedule.rate(at: stepsDone)
}
