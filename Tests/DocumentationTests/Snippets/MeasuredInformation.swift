import InformationTheory

/// What predictions say about labels, of counts that may come from several places.
func report(labels: [Int32], predictions: [Int32], classCount: Int, others: [Int64]? = nil) -> String {
    var confusion = ConfusionMatrix(classCount: classCount)
    confusion.add(labels: labels, predictions: predictions)
    if let others {
        confusion = ConfusionMatrix(classCount: classCount, counts: zip(confusion.counts, others).map { $0 + $1 })
    }
    let known = confusion.information(.millerMadow)
    return "I = \(known.mutualInformation) of H = \(known.labelEntropy) nats, error \(known.standardError)"
}
