import Datasets

/// How predictions are written down.
public enum PredictionForm: Sendable, Equatable {
    /// A table: place in the file, likeliest class, probability of every class; or the `top` likeliest classes, each with its
    /// probability.
    case csv(top: Int?)
    /// An object of JSON a line, with the probabilities by class, of all or of the `top` likeliest.
    case jsonLines(top: Int?)
    /// An NPY file of the probabilities, [N, C] of float32.
    case npy

    /// - Throws: where more classes are asked for than there are, or some of them by weights that predict none.
    func check(_ meaning: DataMeaning) throws(PredictionError) {
        let classCount = meaning.classCount
        switch self {
        case .csv(let top?), .jsonLines(let top?):
            guard meaning.targetScales == nil else {
                throw PredictionError(
                    "--top: expected weights that predict classes, found those of "
                        + (meaning.hasLabels ? "labels" : "a regression") + "; leave it out")
            }
            guard (1...classCount).contains(top) else {
                throw PredictionError(
                    "--top: expected 1 to \(classCount), the classes of the weights, found \(top)")
            }
        default: break
        }
    }
}

/// A prediction that cannot be made as it is asked for.
struct PredictionError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
