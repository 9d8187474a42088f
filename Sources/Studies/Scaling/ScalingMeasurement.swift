import Runs

/// What training steps take on some of a job's ranks, while the others sleep.
public struct ScalingMeasurement: Sendable, Codable, Equatable {
    /// What stays the same when there are more ranks.
    public enum Kind: String, CaseIterable, Codable, Sendable {
        /// The global batch.
        case strong
        /// The batch of a rank.
        case weak
    }

    public var kind: Kind
    public var ranks: Int
    /// Samples of a step over all ranks.
    public var batch: Int
    /// Seconds of each step of all repetitions, from its begin on the first rank to its end.
    public var stepSeconds: [Double] = []
    /// The parts of a step on the first rank, in seconds, each the mean over the same steps as `seconds`: samples chosen and
    /// converted.
    public var data = 0.0
    /// Forward pass, loss and backward pass.
    public var compute = 0.0
    /// The backward pass, of these.
    public var backward = 0.0
    /// Gradients summed: what the step is longer by, in the backward pass and after it.
    public var reduction = 0.0
    /// Gradients on their way between nodes while the backward pass was computed.
    public var hidden = 0.0
    /// Until the other ranks had come as far.
    public var waiting = 0.0
    /// Parameters and optimizer state.
    public var optimizer = 0.0
    /// Counts reduced, mutual information and the schedule's decision, spread over the steps of a cycle.
    public var mutualInformation = 0.0
    /// Measuring the mutual information of layers, spread over the steps of a cycle; 0 where no rate asks for it.
    public var layers = 0.0
    /// Whether gradients were exchanged while the backward pass went on.
    public var overlaps = false
    /// What the first rank and its node keep in memory.
    public var memory = MemoryUse()

    init(kind: Kind, ranks: Int, batch: Int) {
        self.kind = kind
        self.ranks = ranks
        self.batch = batch
    }

    /// The mean over the middle half of the steps: without those that others on the machine made long, and still the sum of the
    /// means of its parts.
    public var seconds: Double { stepSeconds.isEmpty ? .nan : middleSteps.mean { stepSeconds[$0] } }

    /// The steps between the quartiles of their time; all of fewer than four.
    var middleSteps: [Int] {
        let order = stepSeconds.indices.sorted { stepSeconds[$0] < stepSeconds[$1] }
        let cut = order.count / 4
        return Array(order[cut..<order.count - cut])
    }

    /// The sum of the measured parts, as a share of the step.
    public var shareOfParts: Double { (data + compute + reduction + waiting + optimizer) / seconds }
    public var samplesPerSecond: Double { Double(batch) / seconds }

    /// The time that a share of the steps does not exceed.
    public func quantile(_ share: Double) -> Double {
        let sorted = stepSeconds.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}

extension [Int] {
    func mean(_ value: (Int) -> Double) -> Double { reduce(0) { $0 + value($1) } / Double(count) }
}
