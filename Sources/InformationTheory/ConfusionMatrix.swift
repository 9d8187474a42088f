/// How often each true label met each prediction: exact Int64 counts in one contiguous array of shape [K, K].
///
/// The row is the true label Y, the column the prediction Ŷ, both in `0..<K`. Counts add without rounding, so the matrices
/// of any partition of a data set sum to the matrix of the whole, in any order: reduce `counts` over the ranks and every
/// rank computes the same bits from it.
public struct ConfusionMatrix: Sendable, Hashable {
    /// K, the number of classes; at least one.
    public let classCount: Int

    /// The counts [K, K] in row order: `counts[label * classCount + prediction]`. None is negative.
    public var counts: [Int64] { storage }

    @usableFromInline
    var storage: [Int64]

    /// An empty table for `classCount` classes.
    public init(classCount: Int) {
        precondition(classCount >= 1, "a confusion matrix needs at least 1 class, got \(classCount)")
        self.classCount = classCount
        self.storage = Array(repeating: 0, count: classCount * classCount)
    }

    /// A table of known counts [K, K] in row order, row = true label.
    public init(classCount: Int, counts: [Int64]) {
        if let problem = Self.problem(classCount: classCount, counts: counts) { preconditionFailure(problem) }
        self.classCount = classCount
        self.storage = counts
    }

    /// How many samples of class `label` were predicted as class `prediction`.
    public subscript(label label: Int, prediction prediction: Int) -> Int64 {
        checkClass(label)
        checkClass(prediction)
        return storage[label * classCount + prediction]
    }

    /// Counts one sample.
    @inlinable
    public mutating func add(label: Int, prediction: Int) {
        precondition(
            label >= 0 && label < classCount && prediction >= 0 && prediction < classCount,
            "label \(label) and prediction \(prediction) must be classes in 0..<\(classCount)")
        storage[label * classCount + prediction] += 1
    }

    /// Counts a batch: `labels` [B] and `predictions` [B]. Allocates nothing.
    @inlinable
    public mutating func add<Label: BinaryInteger, Prediction: BinaryInteger>(
        labels: Span<Label>, predictions: Span<Prediction>
    ) {
        precondition(
            labels.count == predictions.count,
            "\(labels.count) labels do not pair with \(predictions.count) predictions")
        let classes = classCount
        var cells = storage.mutableSpan
        for sample in 0..<labels.count {
            let label = Int(labels[sample])
            let prediction = Int(predictions[sample])
            precondition(
                label >= 0 && label < classes && prediction >= 0 && prediction < classes,
                "sample \(sample): label \(label) and prediction \(prediction) must be classes in 0..<\(classes)")
            cells[label * classes + prediction] += 1
        }
    }

    /// Counts a batch: `labels` [B] and `predictions` [B].
    @inlinable
    public mutating func add<Label: BinaryInteger, Prediction: BinaryInteger>(
        labels: [Label], predictions: [Prediction]
    ) {
        // Not `span` of the arrays: Swift 6.3.1 optimizes that of a parameter wrongly.
        labels.withUnsafeBufferPointer { labels in
            predictions.withUnsafeBufferPointer { predictions in
                add(labels: Span(_unsafeElements: labels), predictions: Span(_unsafeElements: predictions))
            }
        }
    }

    /// Adds the counts of another part of the data; both tables have the same classes.
    public mutating func merge(_ other: ConfusionMatrix) {
        precondition(
            classCount == other.classCount,
            "a table of \(classCount) classes cannot take in one of \(other.classCount) classes")
        for cell in storage.indices { storage[cell] += other.storage[cell] }
    }

    /// Empties the table and keeps its memory.
    public mutating func reset() {
        for cell in storage.indices { storage[cell] = 0 }
    }

    /// Lends the counts [K, K], row order, to be changed in place: a reduction over ranks sums into them.
    ///
    /// No count may be negative when `body` returns.
    public mutating func withMutableCounts<Result, Failure: Error>(
        _ body: (inout MutableSpan<Int64>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var cells = storage.mutableSpan
        let result = try body(&cells)
        if let problem = Self.problem(classCount: classCount, counts: storage) { preconditionFailure(problem) }
        return result
    }

    func checkClass(_ index: Int) {
        precondition(index >= 0 && index < classCount, "class \(index) is not in 0..<\(classCount)")
    }

    /// What keeps the counts from being a table of `classCount` classes, or nil.
    private static func problem(classCount: Int, counts: [Int64]) -> String? {
        if classCount < 1 { return "a confusion matrix needs at least 1 class, got \(classCount)" }
        let (cells, overflow) = classCount.multipliedReportingOverflow(by: classCount)
        if overflow || counts.count != cells {
            return "a confusion matrix of \(classCount) classes needs \(classCount)² counts, got \(counts.count)"
        }
        if let cell = counts.firstIndex(where: { $0 < 0 }) {
            let (label, prediction) = cell.quotientAndRemainder(dividingBy: classCount)
            return "the count of label \(label), prediction \(prediction) is \(counts[cell]), below 0"
        }
        return nil
    }
}

extension ConfusionMatrix: Codable {
    private enum CodingKeys: CodingKey {
        case classCount, counts
    }

    /// Throws `DecodingError.dataCorrupted` when the counts are no [K, K] table or one is negative.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let classCount = try container.decode(Int.self, forKey: .classCount)
        let counts = try container.decode([Int64].self, forKey: .counts)
        if let problem = Self.problem(classCount: classCount, counts: counts) {
            throw DecodingError.dataCorruptedError(forKey: .counts, in: container, debugDescription: problem)
        }
        self.init(classCount: classCount, counts: counts)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(classCount, forKey: .classCount)
        try container.encode(storage, forKey: .counts)
    }
}
