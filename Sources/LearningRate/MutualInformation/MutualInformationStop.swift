/// Ends training when mutual information has no more to gain: the rate is at its minimum and I stays within its error,
/// |I − I′| ≤ √(se² + se′²), for some cycles in a row; I′ and se′ are those of the cycle before.
///
/// A cycle whose samples all have one label (H = 0) measures nothing: it changes neither the count nor what the next cycle
/// is compared with.
public struct MutualInformationStop: Sendable, Hashable {
    /// Cycles in a row that it takes, at least 1.
    public private(set) var cycles: Int

    private var count = 0
    private var previous: Measurement?

    private struct Measurement: Hashable, Codable {
        var information: Double
        var standardError: Double

        func isWithinError(of other: Self) -> Bool {
            abs(information - other.information) <= standardErrorOfDifference(standardError, other.standardError)
        }
    }

    public init(cycles: Int = 3) {
        self.cycles = cycles
        if let problem { preconditionFailure(problem) }
    }

    /// Takes in the metrics of the cycle that ended.
    ///
    /// - Parameter rateIsAtMinimum: whether the cycle's rate was the lowest that there is.
    /// - Returns: whether training is to end.
    public mutating func observe(_ metrics: GlobalMetrics, rateIsAtMinimum: Bool) -> Bool {
        guard metrics.labelEntropy > 0 else { return isMet }
        let now = Measurement(information: metrics.mutualInformation, standardError: metrics.standardError)
        let isSettled = previous.map { rateIsAtMinimum && now.isWithinError(of: $0) } ?? false
        previous = now
        count = isSettled ? count + 1 : 0
        return isMet
    }

    /// Whether as many cycles in a row as it takes have had nothing to gain.
    public var isMet: Bool { count >= cycles }

    /// The same observations, of which another number in a row is taken to end training.
    ///
    /// - Parameter cycles: at least 1.
    public func taking(cycles: Int) -> Self {
        var stop = self
        stop.cycles = cycles
        if let problem = stop.problem { preconditionFailure(problem) }
        return stop
    }

    private var problem: String? {
        cycles >= 1 && count >= 0
            ? nil : "it takes at least 1 cycle to stop, got \(cycles), of which \(count) are counted"
    }
}

extension MutualInformationStop: CustomStringConvertible {
    /// Why it ends training, in one line.
    public var description: String {
        let span = cycles == 1 ? "the last cycle" : "the last \(cycles) cycles"
        return "the rate is at its minimum, and mutual information changed by no more than its error in \(span)"
    }
}

extension MutualInformationStop: Codable {
    /// Throws `DecodingError.dataCorrupted` when a count is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cycles = try container.decode(Int.self, forKey: .cycles)
        count = try container.decode(Int.self, forKey: .count)
        previous = try container.decodeIfPresent(Measurement.self, forKey: .previous)
        try decoder.check(problem)
    }
}
