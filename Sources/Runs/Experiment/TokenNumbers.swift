import Datasets
import NeuralNetwork

/// The numbers that samples of a network on tokens may consist of.
struct TokenNumbers {
    private let count: Int

    /// Nil where a network takes measured values.
    init?(of network: NetworkSpecification) {
        guard let count = network.tokenCount else { return nil }
        self.count = count
    }

    /// Looks at every number of every set, before any step does.
    ///
    /// - Parameter isFirstRank: the one rank that looks; all have the same data.
    /// - Throws: at the first number that is no token's.
    func check(_ data: LoadedData, isFirstRank: Bool) throws(DatasetError) {
        guard isFirstRank else { return }
        let validation = data.validation.map { [("validation", $0)] } ?? []
        // The test set first: files that are evaluated stand in for the training set too.
        for (name, set) in [("test", data.test)] + validation + [("training", data.train)] {
            let piece = max(1, (1 << 16) / set.featureCount)
            var features = [Float](repeating: 0, count: piece * set.featureCount)
            var labels = [Int32](repeating: 0, count: piece)
            for start in stride(from: 0, to: set.count, by: piece) {
                let indices = Array(start..<min(start + piece, set.count))
                let size = indices.count * set.featureCount
                features.withUnsafeMutableBufferPointer { features in
                    labels.withUnsafeMutableBufferPointer { labels in
                        var spanOfFeatures = UnsafeMutableBufferPointer(rebasing: features[..<size]).mutableSpan
                        var spanOfLabels = UnsafeMutableBufferPointer(rebasing: labels[..<indices.count]).mutableSpan
                        set.copyBatch(indices.span, into: &spanOfFeatures, labels: &spanOfLabels)
                    }
                }
                try check(
                    features[..<size], sampleSize: set.featureCount, first: start, subject: "\(name) samples")
            }
        }
    }

    /// - Parameter first: number of the first sample.
    func check(
        _ features: some Collection<Float>, sampleSize: Int, first: Int, subject: String
    ) throws(DatasetError) {
        let bound = Float(count)
        // Written so that what is not a number is none.
        guard
            let (place, number) = features.enumerated().first(where: { _, number in
                !(number >= 0 && number < bound && number == number.rounded(.towardZero))
            })
        else { return }
        throw DatasetError(
            .invalidNumber, subject, expected: "token numbers from 0 to \(count - 1)",
            found: "\(number) at position \(place % sampleSize) of sample \(first + place / sampleSize)",
            remedy: "number the tokens from 0, or give embedding or preset the number of tokens that there are")
    }
}
