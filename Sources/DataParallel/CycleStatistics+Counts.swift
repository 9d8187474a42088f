import InformationTheory
import MPI
import NeuralNetwork

extension CycleStatistics {
    /// The counts by themselves, of all ranks.
    public struct Counts: Codable, Sendable, Equatable {
        var confusion: Cells
        var soft: Cells?
        var lossSum: Int64
        /// The digits of a sum that is too large for one number, in place of `lossSum`.
        var lossDigits: [Int64]?
        var nonFiniteCount: Int64
        var samplesWithoutLoss: Int64
        var targets: TargetSums?
        /// Counts of the other targets where there are several.
        var others: [Cells]?
        var otherTargets: [TargetSums]?
    }

    /// The cells of a table that are not 0.
    struct Cells: Codable, Equatable {
        var cells: [UInt64]
        var counts: [Int64]

        init(_ table: ContingencyTable) {
            (cells, counts) = table.cells
        }
    }

    /// Collective. The counts of all ranks; those of this rank go on.
    public func counts(over communicator: any Communicator) throws(MPIError) -> Counts {
        var all = self
        try all.reduce(over: communicator)
        let sum = all.loss.fixedPointSum
        return Counts(
            confusion: Cells(all.confusion.table), soft: all.soft.map(Cells.init), lossSum: sum ?? 0,
            lossDigits: sum == nil ? all.loss.terms.dropLast() : nil, nonFiniteCount: all.loss.nonFiniteCount,
            samplesWithoutLoss: all.samplesWithoutLoss, targets: all.targets.first,
            others: all.others.isEmpty ? nil : all.others.map { Cells($0.table) },
            otherTargets: all.others.isEmpty ? nil : Array(all.targets.dropFirst()))
    }

    /// Adds counts that were kept; to be called on one rank.
    ///
    /// - Throws: `CountsMismatch` where they are not counts of such a table.
    public mutating func take(up counts: Counts) throws {
        precondition(!isGlobal, "counts were added to statistics of all ranks")
        var (table, soft) = (confusion.table, self.soft)
        try table.take(up: counts.confusion)
        if let kept = counts.soft { try soft?.take(up: kept) }
        let (keptOthers, keptTargets) = (
            counts.others ?? [], (counts.targets.map { [$0] } ?? []) + (counts.otherTargets ?? [])
        )
        guard keptOthers.count == others.count, keptTargets.count == targets.count else { throw CountsMismatch() }
        var otherTables = others.map(\.table)
        for index in otherTables.indices { try otherTables[index].take(up: keptOthers[index]) }
        let digits = counts.lossDigits ?? [counts.lossSum, 0, 0, 0, 0, 0, 0, 0]
        guard digits.count == SIMD8<Int64>.scalarCount, digits.allSatisfy({ $0 >= 0 }),
            (counts.soft == nil) == (soft == nil), counts.nonFiniteCount >= 0, counts.samplesWithoutLoss >= 0
        else {
            throw CountsMismatch()
        }
        confusion.withTable { $0 = table }
        self.soft = soft
        loss += BatchLoss(digits: SIMD8(digits), nonFiniteCount: counts.nonFiniteCount)
        samplesWithoutLoss += counts.samplesWithoutLoss
        for index in otherTables.indices { others[index].withTable { $0 = otherTables[index] } }
        for index in targets.indices { targets[index] += keptTargets[index] }
    }
}

/// Counts that do not fit the table they are added to.
public struct CountsMismatch: Error, CustomStringConvertible {
    public var description: String { "counts of predictions that do not fit the classes" }
}

extension ContingencyTable {
    fileprivate mutating func take(up kept: CycleStatistics.Cells) throws {
        let end = UInt64(rowCount * columnCount)
        guard kept.cells.count == kept.counts.count, kept.cells.allSatisfy({ $0 < end }),
            kept.counts.allSatisfy({ $0 >= 0 })
        else { throw CountsMismatch() }
        merge(cells: kept.cells, counts: kept.counts)
    }
}
