import Runs
import Training

/// A run of a comparison.
struct Trial: Sendable {
    let dataSet: String
    let variation: String
    let purpose: Purpose
    let seed: UInt64
    let configuration: Configuration

    enum Purpose: Sendable, Equatable {
        /// Tries the value with this index in the variation's grid.
        case tuning(value: Int)
        case comparison
    }

    /// Where its result lies, relative to the results of the comparison.
    var path: String {
        let file =
            switch purpose {
            case .tuning(let value): "tuning-\(value)-seed-\(seed)"
            case .comparison: "seed-\(seed)"
            }
        return "\(Self.fileName(for: dataSet))/\(Self.fileName(for: variation))/\(file).json"
    }

    /// For a person.
    var title: String {
        switch purpose {
        case .tuning(let value): "\(dataSet), \(variation), value \(value + 1) of its grid, seed \(seed)"
        case .comparison: "\(dataSet), \(variation), seed \(seed)"
        }
    }

    /// Letters and digits of a name in lower case, a hyphen for anything between.
    static func fileName(for name: String) -> String {
        name.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
    }
}

/// What came of a trial: a file.
struct TrialResult: Sendable, Codable, Equatable {
    /// What was run, as YAML.
    let configuration: String
    let ranks: Int
    /// Seconds of the search for the rate; 0 where there was none.
    let rangeTestSeconds: Double
    /// In each, `seconds` are those of the training steps and of measuring layers so far, without evaluations.
    let cycles: [CycleMetrics]
    /// Why it ended before its time, in one line; nil for a run to the end.
    let failure: String?
    /// The host of its first rank.
    let host: String
    /// The highest rate that the schedule has before it has seen anything; nil where no bounds were found. Nil, as what
    /// follows, in files that are older than the key.
    let highestRate: Double?
    let classCount: Int?
    let provenance: Provenance?
    /// Digests of the data sets, by what they are called; nil for data that the configuration alone tells.
    let sets: [String: String]?

    /// The accuracy of guessing among all classes; 0 where their number is not known.
    var chance: Double { classCount.map { 1 / Double($0) } ?? 0 }
}
