import Datasets
import NeuralNetwork

/// The numbers that samples of a network on tokens may consist of, or features that are numbers of levels.
struct TokenNumbers {
    private let indices: RowIndices

    /// Nil where a network takes measured values.
    init?(of network: NetworkSpecification) {
        guard let indices = network.rowIndices else { return nil }
        self.indices = indices
    }

    /// Looks at every number of every set, before any step does.
    ///
    /// - Parameter isFirstRank: the one rank that looks; all have the same data.
    /// - Throws: at the first number that is no token's or level's.
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
        _ features: some RandomAccessCollection<Float>, sampleSize: Int, first: Int, subject: String
    ) throws(DatasetError) {
        switch indices {
        case .tokens(let count):
            guard let place = features.firstPlace(from: 0, by: 1, whereNoneThrough: count - 1) else { return }
            throw DatasetError(
                .invalidNumber, subject, expected: "token numbers from 0 to \(count - 1)",
                found: Self.found(features, place, sampleSize, first),
                remedy: "number the tokens from 0, or give embedding or preset the number of tokens that there are")
        case .levels(let levels, let positions):
            for (position, levels) in zip(positions, levels) {
                guard let place = features.firstPlace(from: position, by: sampleSize, whereNoneThrough: levels) else {
                    continue
                }
                throw DatasetError(
                    .invalidNumber, subject,
                    expected: "numbers of levels from 1 to \(levels), or 0 for none, in feature \(position)",
                    found: Self.found(features, place, sampleSize, first),
                    remedy:
                        "number the levels from 1 and set data.standardize: false, or name the column of a table in "
                        + "data.csv.categorical")
            }
        }
    }

    private static func found(
        _ features: some RandomAccessCollection<Float>, _ place: Int, _ sampleSize: Int, _ first: Int
    ) -> String {
        let number = features[features.index(features.startIndex, offsetBy: place)]
        return "\(number) at position \(place % sampleSize) of sample \(first + place / sampleSize)"
    }
}

extension RandomAccessCollection<Float> {
    /// The place of the first of every `step`-th number that is not one of 0 ... last.
    fileprivate func firstPlace(from start: Int, by step: Int, whereNoneThrough last: Int) -> Int? {
        let bound = Float(last)
        return stride(from: start, to: self.count, by: step).first { place in
            let number = self[index(startIndex, offsetBy: place)]
            // Written so that what is not a number is none.
            return !(number >= 0 && number <= bound && number == number.rounded(.towardZero))
        }
    }
}
