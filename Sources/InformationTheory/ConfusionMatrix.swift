/// How often each true label met each prediction: exact Int64 counts of shape [K, K].
///
/// The row is the true label Y, the column the prediction Ŷ, both in `0..<K`. Counts add without rounding, so the matrices
/// of any partition of a data set sum to the matrix of the whole, in any order: reduce ``table`` over the ranks and every
/// rank computes the same bits from it.
public struct ConfusionMatrix: Sendable, Hashable {
    /// K, the number of classes; at least one.
    public var classCount: Int { table.rowCount }

    /// The counts as a table [K, K]; above 1,024 classes it holds only the cells seen.
    public internal(set) var table: ContingencyTable

    /// The counts [K, K] in row order: `counts[label * classCount + prediction]`. None is negative.
    public var counts: [Int64] {
        if table.isDense { return table.dense }
        var counts = [Int64](repeating: 0, count: classCount * classCount)
        let (cells, values) = table.cells
        for (cell, value) in zip(cells, values) { counts[Int(cell)] = value }
        return counts
    }

    /// An empty table for `classCount` classes.
    public init(classCount: Int) {
        precondition(classCount >= 1, "a confusion matrix needs at least 1 class, got \(classCount)")
        table = ContingencyTable(rowCount: classCount, columnCount: classCount)
    }

    /// A table of known counts [K, K] in row order, row = true label.
    public init(classCount: Int, counts: [Int64]) {
        if let problem = Self.problem(classCount: classCount, counts: counts) { preconditionFailure(problem) }
        self.init(classCount: classCount)
        if table.isDense {
            table.dense = counts
        } else {
            for (cell, count) in counts.enumerated() where count != 0 { table.sparse.add(count, to: UInt64(cell)) }
        }
    }

    /// How many samples of class `label` were predicted as class `prediction`.
    public subscript(label label: Int, prediction prediction: Int) -> Int64 { table[label, prediction] }

    /// Counts one sample.
    public mutating func add(label: Int, prediction: Int) {
        table.add(row: label, column: prediction)
    }

    /// Counts a batch: `labels` [B] and `predictions` [B]. Allocates nothing up to 1,024 classes.
    @inlinable
    public mutating func add<Label: BinaryInteger, Prediction: BinaryInteger>(
        labels: Span<Label>, predictions: Span<Prediction>
    ) {
        withTable { $0.add(rows: labels, columns: predictions) }
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

    /// Lends the table, to be changed in place: a reduction over ranks sums into it. Its shape stays.
    public mutating func withTable<Result, Failure: Error>(
        _ body: (inout ContingencyTable) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let shape = (table.rowCount, table.columnCount)
        let result = try body(&table)
        precondition((table.rowCount, table.columnCount) == shape, "the shape of a confusion matrix was changed")
        return result
    }

    /// Adds the counts of another part of the data; both tables have the same classes.
    public mutating func merge(_ other: ConfusionMatrix) {
        precondition(
            classCount == other.classCount,
            "a table of \(classCount) classes cannot take in one of \(other.classCount) classes")
        table.merge(other.table)
    }

    /// Empties the table; up to 1,024 classes it keeps its memory.
    public mutating func reset() {
        table.reset()
    }

    /// Lends the counts [K, K], row order, of up to 1,024 classes to be changed in place.
    ///
    /// No count may be negative when `body` returns.
    public mutating func withMutableCounts<Result, Failure: Error>(
        _ body: (inout MutableSpan<Int64>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try table.withMutableCounts(body)
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
