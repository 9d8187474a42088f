import InformationTheory
import MPI

extension ContingencyTable {
    /// Collective. Replaces the table by the sum of those of all ranks, which have the same shape: every rank has the same
    /// counts after it. Of a table that holds only cells seen, the ranks exchange those.
    public mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        if isDense {
            try withMutableCounts { counts throws(MPIError) in try communicator.allReduce(&counts, .sum) }
            return
        }
        guard communicator.size > 1 else { return }
        let own = cells
        let allCells: [[UInt64]] = try communicator.allGather(own.cells)
        let allCounts: [[Int64]] = try communicator.allGather(own.counts)
        for rank in 0..<communicator.size where rank != communicator.rank {
            merge(cells: allCells[rank], counts: allCounts[rank])
        }
    }
}
