/// How often each value of one discrete variable met each of another: exact Int64 counts [R, C], the row the label Y, the
/// column what is held against it.
///
/// Counts add without rounding, so the tables of any partition of a data set sum to the table of the whole, in any order.
/// A table of up to 2²⁰ cells holds them all; a larger one holds those that were seen, 16 bytes each and as much again for
/// room. Which of the two, R and C decide alone.
public struct ContingencyTable: Sendable, Hashable {
    /// R, at least 1.
    public let rowCount: Int

    /// C, at least 1.
    public let columnCount: Int

    /// The most cells of a table that holds them all.
    public static let denseLimit = 1 << 20

    /// Whether every cell has a place, in `withMutableCounts`.
    public let isDense: Bool

    /// The counts [R, C] in row order where the table is dense, else empty.
    @usableFromInline
    var dense: [Int64]

    /// The cells seen where it is not.
    @usableFromInline
    var sparse = SparseCounts()

    /// An empty table.
    public init(rowCount: Int, columnCount: Int) {
        precondition(
            rowCount >= 1 && columnCount >= 1 && rowCount <= 1 << 31 && columnCount <= 1 << 31,
            "a table of \(rowCount) rows and \(columnCount) columns, 1 to 2³¹ expected")
        self.rowCount = rowCount
        self.columnCount = columnCount
        isDense = rowCount * columnCount <= Self.denseLimit
        dense = isDense ? Array(repeating: 0, count: rowCount * columnCount) : []
    }

    /// How often `row` met `column`.
    public subscript(row: Int, column: Int) -> Int64 {
        precondition(
            row >= 0 && row < rowCount && column >= 0 && column < columnCount,
            "row \(row) and column \(column) must be in 0..<\(rowCount) and 0..<\(columnCount)")
        let cell = row * columnCount + column
        return isDense ? dense[cell] : sparse[UInt64(cell)]
    }

    /// Counts one sample.
    @inlinable
    public mutating func add(row: Int, column: Int) {
        precondition(
            row >= 0 && row < rowCount && column >= 0 && column < columnCount,
            "row \(row) and column \(column) must be in 0..<\(rowCount) and 0..<\(columnCount)")
        let cell = row * columnCount + column
        if isDense { dense[cell] += 1 } else { sparse.add(1, to: UInt64(cell)) }
    }

    /// Counts a batch: `rows` [B] and `columns` [B]. Allocates nothing where the table is dense.
    @inlinable
    public mutating func add<Row: BinaryInteger, Column: BinaryInteger>(
        rows: Span<Row>, columns: Span<Column>
    ) {
        precondition(rows.count == columns.count, "\(rows.count) rows do not pair with \(columns.count) columns")
        for sample in 0..<rows.count {
            let row = Int(rows[sample])
            let column = Int(columns[sample])
            precondition(
                row >= 0 && row < rowCount && column >= 0 && column < columnCount,
                "sample \(sample): row \(row) and column \(column) must be in 0..<\(rowCount) and 0..<\(columnCount)")
            let cell = row * columnCount + column
            if isDense { dense[cell] += 1 } else { sparse.add(1, to: UInt64(cell)) }
        }
    }

    /// Adds the counts of another part of the data; both tables have the same shape.
    public mutating func merge(_ other: ContingencyTable) {
        precondition(
            rowCount == other.rowCount && columnCount == other.columnCount,
            "a table [\(rowCount), \(columnCount)] cannot take in one of [\(other.rowCount), \(other.columnCount)]")
        if isDense {
            for cell in dense.indices { dense[cell] += other.dense[cell] }
        } else {
            other.sparse.visit { cell, count in sparse.add(count, to: cell) }
        }
    }

    /// Adds counts to cells, `row · columnCount + column` each: a part of the data as ``cells`` of another table gives it.
    public mutating func merge(cells: [UInt64], counts: [Int64]) {
        precondition(cells.count == counts.count, "\(cells.count) cells do not pair with \(counts.count) counts")
        let end = UInt64(rowCount * columnCount)
        for (cell, count) in zip(cells, counts) {
            precondition(cell < end && count >= 0, "cell \(cell) of \(end) with the count \(count)")
            if isDense { dense[Int(cell)] += count } else { sparse.add(count, to: cell) }
        }
    }

    /// The cells that are not 0, in row order: `row · columnCount + column`, with their counts.
    public var cells: (cells: [UInt64], counts: [Int64]) {
        if isDense {
            let seen = dense.indices.filter { dense[$0] != 0 }
            return (seen.map(UInt64.init), seen.map { dense[$0] })
        }
        return sparse.sorted
    }

    /// Empties the table; a dense one keeps its memory.
    public mutating func reset() {
        if isDense {
            for cell in dense.indices { dense[cell] = 0 }
        } else {
            sparse = SparseCounts()
        }
    }

    /// Lends the counts [R, C] of a dense table, row order, to be changed in place: a reduction over ranks sums into them.
    ///
    /// No count may be negative when `body` returns.
    public mutating func withMutableCounts<Result, Failure: Error>(
        _ body: (inout MutableSpan<Int64>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(isDense, "a table [\(rowCount), \(columnCount)] holds only the cells seen")
        var span = dense.mutableSpan
        let result = try body(&span)
        if let cell = dense.firstIndex(where: { $0 < 0 }) {
            preconditionFailure(
                "the count of row \(cell / columnCount), column \(cell % columnCount) is \(dense[cell]), below 0")
        }
        return result
    }

    /// N, the number of samples counted.
    public var total: Int64 {
        var sum: Int64 = 0
        forEachCell { _, _, count in sum += count }
        return sum
    }

    /// The number of samples of each row, [R].
    public var rowSums: [Int64] {
        var sums = [Int64](repeating: 0, count: rowCount)
        forEachCell { row, _, count in sums[row] += count }
        return sums
    }

    /// The number of samples of each column, [C].
    public var columnSums: [Int64] {
        var sums = [Int64](repeating: 0, count: columnCount)
        forEachCell { _, column, count in sums[column] += count }
        return sums
    }

    /// Bytes of memory that the counts take.
    public var byteCount: Int { isDense ? dense.count * 8 : sparse.byteCount }

    /// All cells of a dense table, in row order; those seen of another, in any order.
    private func forEachCell(_ body: (_ row: Int, _ column: Int, _ count: Int64) -> Void) {
        if isDense {
            var cell = 0
            for row in 0..<rowCount {
                for column in 0..<columnCount {
                    body(row, column, dense[cell])
                    cell += 1
                }
            }
        } else {
            let columns = UInt64(columnCount)
            sparse.visit { cell, count in
                let (row, column) = cell.quotientAndRemainder(dividingBy: columns)
                body(Int(row), Int(column), count)
            }
        }
    }
}
