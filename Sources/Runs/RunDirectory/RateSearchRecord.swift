import Foundation
import LearningRate
import Training

/// The choice of a search for the bounds of the rate, and why: the file `rate-search.json`.
public struct RateSearchRecord: Codable, Equatable, Sendable {
    /// Nil where none were found.
    public let minimum, maximum: Double?
    /// In words.
    public let reason: String

    init(_ search: BoundsSearch) {
        let bounds = try? search.result.get()
        (minimum, maximum, reason) = (bounds?.minimum, bounds?.maximum, "\(search)")
    }
}

/// A row of `rate-trials.csv`.
public struct RateTrialRow: Equatable, Sendable {
    public let rate: Double
    /// On samples held out; nil where a number of the trial was not finite.
    public let loss, mutualInformation: Double?
}

extension RunDirectory {
    /// The steps of the range test; empty where there was none.
    public func readRangeTest() throws(FileError) -> [RangeTestPoint] {
        try rows(of: rangeTest, columns: 4).compactMap { row in
            guard let rate = row[1], let loss = row[2], let smoothed = row[3] else { return nil }
            return RangeTestPoint(rate: rate, loss: loss, smoothedLoss: smoothed)
        }
    }

    /// The trials of rates, from the lowest rate on; empty where there were none.
    public func readRateTrials() throws(FileError) -> [RateTrialRow] {
        try rows(of: rateTrials, columns: 3).compactMap { row in
            row[0].map { RateTrialRow(rate: $0, loss: row[1], mutualInformation: row[2]) }
        }
    }

    /// The choice of the search; nil where there was none, or an earlier version of the program made the run.
    public func readRateSearch() throws(FileError) -> RateSearchRecord? {
        guard FileManager.default.fileExists(atPath: rateSearch) else { return nil }
        do {
            return try JSONDecoder().decode(RateSearchRecord.self, from: Data(contents(ofFile: rateSearch)))
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(path: rateSearch, problem: "expected what a search for rates chose, found other contents")
        }
    }

    /// The numbers of a table below its header, nil for what is empty; none where there is no such file.
    private func rows(of path: String, columns: Int) throws(FileError) -> [[Double?]] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let lines = String(decoding: try contents(ofFile: path), as: UTF8.self).split(separator: "\n").dropFirst()
        var rows: [[Double?]] = []
        for (index, line) in lines.enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == columns, fields.allSatisfy({ $0.isEmpty || Double($0) != nil }) else {
                throw FileError(path: "\(path):\(index + 2)", problem: "expected \(columns) numbers, found \"\(line)\"")
            }
            rows.append(fields.map { Double($0) })
        }
        return rows
    }
}
