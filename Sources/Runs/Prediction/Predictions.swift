/// Predictions of a network for some samples.
public struct Predictions: Sendable {
    /// The likeliest class of each sample, [N].
    public var classes: [Int32]
    /// Probabilities of each class, [N, C], row by row; of labels too, [N, T]; of real targets the predicted numbers, [N, T],
    /// in their units. NaN for a sample whose outputs are not finite.
    public var probabilities: [Float]
    /// Names of the samples, [N], where each is a file of its own.
    var sampleNames: [String]?
    /// Names of the classes, [C]: their numbers where nothing names them.
    public let classNames: [String]

    init(classes: [Int32] = [], probabilities: [Float] = [], classNames: [String]) {
        self.classes = classes
        self.probabilities = probabilities
        self.classNames = classNames
    }

    /// Number of samples.
    public var count: Int { classes.count }

    /// Name of the likeliest class of a sample.
    public func className(of sample: Int) -> String { classNames[Int(classes[sample])] }

    /// The probabilities of a sample, [C].
    public func probabilities(of sample: Int) -> ArraySlice<Float> {
        probabilities[sample * classNames.count..<(sample + 1) * classNames.count]
    }

    /// The `count` likeliest classes of a sample, the likeliest first: as ``classes`` tells it, and of classes of one probability
    /// the first.
    public func likeliest(_ count: Int, of sample: Int) -> [Int] {
        let (row, best) = (Array(probabilities(of: sample)), Int(classes[sample]))
        let others = row.indices.filter { $0 != best }.sorted { (row[$1], $0) < (row[$0], $1) }
        return Array(([best] + others).prefix(count))
    }

    /// Samples without probabilities, or with a value that single precision cannot hold.
    var nonFiniteCount: Int { (0..<count).count { probabilities(of: $0).contains { !$0.isFinite } } }

    mutating func append(_ others: Predictions) {
        classes += others.classes
        probabilities += others.probabilities
    }
}
