import Foundation

/// What a message costs, α + β · bytes (Hockney, Parallel Computing 20:389, 1994), and what an all-reduce makes of it.
public struct NetworkModel: Sendable, Equatable {
    public let name: String
    /// Seconds a message.
    public let latency: Double
    /// Seconds a byte on the line of a node.
    public let secondsPerByte: Double

    public init(name: String, latency: Double, secondsPerByte: Double) {
        self.name = name
        self.latency = latency
        self.secondsPerByte = secondsPerByte
    }

    /// Networks by name: latency of MPI messages and the rate of the line, both as their makers and common benchmarks give
    /// them, not measured here.
    public static let presets: [NetworkModel] = [
        NetworkModel(name: "shared-memory", latency: 0.5e-6, secondsPerByte: 1 / 10e9),
        NetworkModel(name: "10gbe", latency: 20e-6, secondsPerByte: 8 / 10e9),
        NetworkModel(name: "25gbe", latency: 12e-6, secondsPerByte: 8 / 25e9),
        NetworkModel(name: "100gbe", latency: 5e-6, secondsPerByte: 8 / 100e9),
        NetworkModel(name: "hdr-infiniband", latency: 1.2e-6, secondsPerByte: 8 / 200e9),
        NetworkModel(name: "slingshot", latency: 2e-6, secondsPerByte: 8 / 200e9),
    ]

    public enum Algorithm: String, CaseIterable, Sendable {
        case ring
        case recursiveDoubling = "recursive doubling"
        /// Recursive halving, then doubling (Rabenseifner, ICCS 2004).
        case halvingDoubling = "halving and doubling"
    }

    /// What an exchange costs: rounds in which each rank sends a message and waits for another.
    public struct Cost: Sendable {
        /// How many rounds there are of a kind, and the seconds in which a message of it occupies the line.
        fileprivate(set) var rounds: [(count: Double, line: Double)]
        /// Seconds until a message is there, beside those.
        let latency: Double

        /// Seconds in which messages are waited for.
        public var waiting: Double { rounds.reduce(0) { $0 + $1.count * latency } }
        /// Seconds in which they occupy the line.
        public var line: Double { rounds.reduce(0) { $0 + $1.count * $1.line } }
        public var seconds: Double { waiting + line }

        /// Seconds of as many exchanges that begin at once and share the line: while one waits for a message the line carries
        /// those of the others.
        public func seconds(ofConcurrent exchanges: Int) -> Double {
            rounds.reduce(0) { $0 + $1.count * max(Double(exchanges) * $1.line, $1.line + latency) }
        }
    }

    private func cost(_ rounds: [(count: Double, bytes: Double)]) -> Cost {
        Cost(rounds: rounds.map { ($0.count, $0.bytes * secondsPerByte) }, latency: latency)
    }

    /// Cost of an all-reduce (Thakur, Rabenseifner, Gropp, IJHPCA 19:49, 2005).
    public func allReduce(bytes: Double, ranks: Int, _ algorithm: Algorithm) -> Cost {
        guard ranks > 1 else { return cost([]) }
        let count = Double(ranks)
        let doublings = Int(log2(count).rounded(.up))
        switch algorithm {
        case .ring: return cost([(2 * (count - 1), bytes / count)])
        case .recursiveDoubling: return cost([(Double(doublings), bytes)])
        case .halvingDoubling:
            // Half of the bytes, a quarter and so on: together all but a rank's own part.
            let halves = (1...doublings).map { 1 / Double(1 << $0) }
            let scale = (count - 1) / count * bytes / halves.reduce(0, +)
            return cost(halves.map { (2, $0 * scale) })
        }
    }

    /// The fastest of them, which is what MPI libraries try to take.
    public func fastestAllReduce(bytes: Double, ranks: Int) -> (algorithm: Algorithm, cost: Cost) {
        Algorithm.allCases.map { ($0, allReduce(bytes: bytes, ranks: ranks, $0)) }
            .min { $0.1.seconds < $1.1.seconds }!
    }

    /// Cost of a sum by direct exchange, as `TreeReduction` makes it: every rank sends each other one its part of the values
    /// and then the part's sum.
    public func directSum(bytes: Double, ranks: Int) -> Cost {
        guard ranks > 1 else { return cost([]) }
        return cost([(2 * Double(ranks - 1), bytes / Double(ranks))])
    }
}
