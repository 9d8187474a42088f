import Runs

extension ComparisonReport {
    /// A row a run.
    var runsCSV: String {
        var text = csvRow([
            "dataSet", "variation", "seed", "finalAccuracy", "bestAccuracy", "area", "epochsToTarget",
            "secondsToTarget", "seconds", "rangeTestSeconds", "ranks", "failure", "finalValidationAccuracy",
            "highestRate", "host", "program", "date",
        ])
        for dataSet in dataSets {
            for variation in dataSet.variations {
                for (index, (trial, result)) in zip(variation.trials, variation.results).enumerated() {
                    let curve = variation.curves[index]
                    let reached = curve.reaching(dataSet.targetAccuracy)
                    text += csvRow([
                        trial.dataSet, trial.variation, "\(trial.seed)", Self.number(curve.finalAccuracy),
                        Self.number(curve.bestAccuracy), Self.number(curve.area), Self.number(reached?.epoch),
                        Self.number(reached?.seconds), Self.number(curve.points.last?.seconds),
                        Self.number(result.rangeTestSeconds), "\(result.ranks)", result.failure ?? "",
                        Self.number(result.cycles.ofFinalWeights?.validation?.accuracy),
                        Self.number(result.highestRate),
                        result.host, result.provenance?.program ?? "", result.provenance?.date ?? "",
                    ])
                }
            }
        }
        return text
    }

    /// A row a run and cycle.
    var curvesCSV: String {
        var text = csvRow([
            "dataSet", "variation", "seed", "epoch", "seconds", "rate", "trainLoss", "trainAccuracy",
            "trainMutualInformation", "testLoss", "testAccuracy", "testMutualInformation", "validationAccuracy",
            "validationMutualInformation",
        ])
        for variation in dataSets.flatMap(\.variations) {
            for (trial, result) in zip(variation.trials, variation.results) {
                for cycle in result.cycles {
                    text += csvRow(
                        [trial.dataSet, trial.variation, "\(trial.seed)"]
                            + [
                                cycle.epoch, cycle.seconds, cycle.rate, cycle.train?.loss, cycle.train?.accuracy,
                                cycle.train?.mutualInformation, cycle.test?.loss, cycle.test?.accuracy,
                                cycle.test?.mutualInformation, cycle.validation?.accuracy,
                                cycle.validation?.mutualInformation,
                            ].map(Self.number))
                }
            }
        }
        return text
    }

    private static func number(_ value: Double?) -> String {
        value.flatMap { $0.isFinite ? "\($0)" : nil } ?? ""
    }
}
