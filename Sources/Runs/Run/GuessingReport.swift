import Datasets
import InformationTheory
import Training

extension Guessing {
    /// One line: what the predictions are, and what to look at.
    ///
    /// - Parameters:
    ///   - set: what the predictions are of.
    ///   - samples: of the same data.
    func report(of set: String, like samples: any Dataset) -> String {
        let information =
            "I(Y;Ŷ) \(NumberText.fixed(mutualInformation, digits: 6)) ± \(NumberText.fixed(standardError, digits: 6)) nats"
        if samples.targetScale != nil {
            let prediction =
                onlyPrediction.map {
                    "the network predicts targets in one bin, \(samples.className($0)), for all samples"
                }
                ?? "the predictions say nothing of the targets"
            return "\(set): \(prediction): \(information); check target and features, lower the rate, or train longer"
        }
        func percent(_ share: Double) -> String { NumberText.fixed(100 * share, digits: 2) + " %" }
        let prediction =
            onlyPrediction.map {
                "the network predicts one class, \(NameList([samples.className($0)])), for all samples"
            }
            ?? "the predictions say nothing of the labels"
        return
            "\(set): \(prediction): accuracy \(percent(accuracy)), of the most frequent class \(percent(majority)), "
            + "\(information); check labels and features, lower the rate, or train longer"
    }
}
