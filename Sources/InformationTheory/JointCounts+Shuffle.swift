import Foundation
import RandomNumbers

extension JointCounts {
    private static let mostShuffles: Int64 = 8
    /// Draws of all shuffles together: more shuffles for few samples, whose tables differ more.
    private static let wantedDraws: Int64 = 1 << 22
    private static let mostDrawn: Int64 = 1 << 24

    /// The plug-in information, a mean over drawn tables, of rows and columns that are independent and have these sums.
    func informationByChance() -> Double {
        guard samples <= Self.mostDrawn else {
            let (ofRows, ofColumns) = (rows.count { $0 > 0 }, columns.count { $0 > 0 })
            return Double(ofRows - 1) * Double(ofColumns - 1) / (2 * Double(samples))
        }
        // The column of each sample; the rows take them in turn.
        var drawn: [Int32] = []
        drawn.reserveCapacity(Int(samples))
        for (column, count) in columns.enumerated() {
            drawn.append(contentsOf: repeatElement(Int32(column), count: Int(count)))
        }
        let shuffles = max(1, min(Self.mostShuffles, Self.wantedDraws / samples))
        var sum = 0.0
        for shuffle in 0..<shuffles {
            let stream = RandomStream(seed: 0, purpose: .independentTable, stream: UInt64(shuffle))
            for last in stride(from: drawn.count - 1, to: 0, by: -1) {
                drawn.swapAt(last, Int(stream.integer(UInt64(last), below: UInt64(last + 1))))
            }
            sum += information(ofColumnsInTurn: drawn)
        }
        return sum / Double(shuffles)
    }

    /// Σ (n/N) log(n·N / (r·c)) of the table in which the first row takes the first columns, and so on.
    private func information(ofColumnsInTurn drawn: [Int32]) -> Double {
        let total = Double(samples)
        var counts = [Int32](repeating: 0, count: columns.count)
        var start = 0
        var sum = 0.0
        for row in rows {
            let mine = drawn[start..<start + Int(row)]
            start = mine.endIndex
            for column in mine { counts[Int(column)] += 1 }
            for column in mine where counts[Int(column)] > 0 {
                let count = Double(counts[Int(column)])
                sum += count / total * log(count * total / (Double(row) * Double(columns[Int(column)])))
                counts[Int(column)] = 0
            }
        }
        return sum
    }
}
