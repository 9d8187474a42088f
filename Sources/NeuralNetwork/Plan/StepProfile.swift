/// How long the steps of plans took, added up over batches.
public final class StepProfile {
    public struct Entry: Sendable {
        public let label: StepLabel
        public internal(set) var seconds = 0.0
        public internal(set) var count = 0
        /// Multiplications with an addition, added up over batches, which may differ in size.
        public internal(set) var multiplyAdds = 0.0
    }

    /// In the order in which the steps ran first.
    public private(set) var entries: [Entry] = []
    private var places: [Key: Int] = [:]

    /// Steps of plans of different batch sizes are one entry; its label is that of the first.
    private struct Key: Hashable {
        let layer, implementation: String
        let pass: StepLabel.Pass
    }

    public init() {}

    func measure(_ label: StepLabel, _ body: () throws -> Void) rethrows {
        let start = ContinuousClock.now
        try body()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let key = Key(layer: label.layer, implementation: label.implementation, pass: label.pass)
        let place = places[key] ?? entries.count
        if place == entries.count {
            places[key] = place
            entries.append(Entry(label: label))
        }
        entries[place].seconds += seconds
        entries[place].count += 1
        entries[place].multiplyAdds += Double(label.multiplyAdds)
    }
}
