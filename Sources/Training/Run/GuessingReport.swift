import Datasets
import InformationTheory

extension Guessing {
    /// One line: what the predictions are, and what to look at.
    ///
    /// - Parameters:
    ///   - set: what the predictions are of.
    ///   - className: what a class is called.
    func report(of set: String, className: (Int) -> String) -> String {
        func percent(_ share: Double) -> String { NumberText.fixed(100 * share, digits: 2) + " %" }
        let prediction =
            onlyPrediction.map { "the network predicts one class, \(NameList([className($0)])), for all samples" }
            ?? "the predictions say nothing of the labels"
        return
            "\(set): \(prediction): accuracy \(percent(accuracy)), of the most frequent class \(percent(majority)), I(Y;Ŷ) "
            + "\(NumberText.fixed(mutualInformation, digits: 6)) ± \(NumberText.fixed(standardError, digits: 6)) nats; check labels "
            + "and features, lower the rate, or train longer"
    }
}
