import Foundation

/// What a step takes on numbers of ranks that are not here: arithmetic and its noise as measured, the rest from the network's
/// latency and bandwidth.
public struct ScalingModel: Sendable {
    /// Seconds of arithmetic and data of a rank's step: a + b · samples.
    public let arithmetic: (constant: Double, perSample: Double)
    /// Seconds a step that every rank spends whatever the ranks: the parts of the update that are shared out are in `shared`.
    public let fixed: Double
    /// Seconds of sum and update within a node, of all parameters.
    public let update: Double
    /// Bytes of a gradient.
    public let gradientBytes: Double
    /// What steps took on one rank, divided by their median, rising: how uneven they are.
    public let noise: [Double]
    public let network: NetworkModel
    /// Ranks that share a node's memory.
    public let ranksPerNode: Int

    /// - Parameter measurements: of all numbers of ranks, both kinds; those of one rank among them.
    public init(
        _ measurements: [ScalingMeasurement], gradientBytes: Int, network: NetworkModel, ranksPerNode: Int
    ) {
        // Least squares of the relative errors of a + b · samples; of b alone where a would be below 0, or has no second size.
        let points = measurements.map { (x: Double($0.batch) / Double($0.ranks), y: $0.compute + $0.data) }
        func sum(_ term: ((x: Double, y: Double)) -> Double) -> Double { points.reduce(0) { $0 + term($1) } }
        let count = Double(points.count)
        let (s00, s01, s11) = (
            sum { 1 / ($0.y * $0.y) }, sum { $0.x / ($0.y * $0.y) }, sum { $0.x * $0.x / ($0.y * $0.y) }
        )
        let (t0, t1) = (sum { 1 / $0.y }, sum { $0.x / $0.y })
        let determinant = s00 * s11 - s01 * s01
        let isDetermined = determinant > 1e-9 * s00 * s11
        let constant = isDetermined ? max(0, (t0 * s11 - t1 * s01) / determinant) : 0
        arithmetic = (constant, constant > 0 ? (t1 * s00 - t0 * s01) / determinant : t1 / s11)
        func mean(_ value: (ScalingMeasurement) -> Double) -> Double {
            measurements.reduce(0) { $0 + value($1) } / count
        }
        // A node's ranks share the update out among them.
        update = mean { ($0.optimizer + $0.reduction) * Double(min($0.ranks, ranksPerNode)) }
        fixed = mean(\.mutualInformation)
        let alone = measurements.filter { $0.ranks == 1 }.flatMap { one in
            let median = one.seconds
            return one.stepSeconds.map { $0 / median }
        }
        noise = alone.sorted()
        self.gradientBytes = Double(gradientBytes)
        self.network = network
        self.ranksPerNode = ranksPerNode
    }

    /// The expected largest of as many draws as there are ranks, in medians: the step ends with the last rank.
    public func straggling(ranks: Int) -> Double {
        guard ranks > 1, !noise.isEmpty else { return 1 }
        let count = Double(noise.count)
        return noise.indices.reduce(0) { sum, index in
            let (low, high) = (Double(index) / count, Double(index + 1) / count)
            return sum + noise[index] * (pow(high, Double(ranks)) - pow(low, Double(ranks)))
        }
    }

    /// The parts of a step's seconds.
    public struct Step: Sendable {
        public let arithmetic: Double
        /// Beyond the arithmetic of the median rank.
        public let stragglers: Double
        public let reduction: Double
        public let update: Double
        public let fixed: Double

        public var seconds: Double { arithmetic + stragglers + reduction + update + fixed }
    }

    /// - Parameter batch: samples over all ranks.
    public func step(ranks: Int, batch: Int) -> Step {
        let samples = (Double(batch) / Double(ranks)).rounded(.up)
        let arithmetic = self.arithmetic.constant + self.arithmetic.perSample * samples
        let local = min(ranks, ranksPerNode)
        let nodes = (ranks + ranksPerNode - 1) / ranksPerNode
        return Step(
            arithmetic: arithmetic, stragglers: arithmetic * (straggling(ranks: ranks) - 1),
            reduction: network.allReduceSeconds(bytes: gradientBytes, ranks: nodes), update: update / Double(local),
            fixed: fixed)
    }

    /// How much of the ranks is used: the speed-up divided by the ranks.
    public func efficiency(_ kind: ScalingMeasurement.Kind, ranks: Int, batch: Int) -> Double {
        let one = step(ranks: 1, batch: batch).seconds
        switch kind {
        case .strong: return one / step(ranks: ranks, batch: batch).seconds / Double(ranks)
        case .weak: return one / step(ranks: ranks, batch: batch * ranks).seconds
        }
    }

    /// The step at `ranks` ranks rank by rank and message by message: every rank draws its arithmetic, then halves and doubles
    /// with its partners (Rabenseifner) as soon as both have come. What the closed form is held against; a power of two of
    /// nodes, one rank a node.
    ///
    /// - Parameter draw: a number in 0 ..< 1 for a rank.
    /// - Returns: seconds until the last rank has the sum, the update not counted.
    public func simulate(ranks: Int, batch: Int, draw: (Int) -> Double) -> Double {
        precondition(ranks.nonzeroBitCount == 1, "a simulation of \(ranks) ranks, a power of two expected")
        let samples = (Double(batch) / Double(ranks)).rounded(.up)
        let median = arithmetic.constant + arithmetic.perSample * samples
        var clocks = (0..<ranks).map { rank in
            noise.isEmpty ? median : median * noise[min(noise.count - 1, Int(draw(rank) * Double(noise.count)))]
        }
        let rounds = ranks.trailingZeroBitCount
        var bytes = gradientBytes
        var sizes: [Double] = []
        for _ in 0..<rounds {
            bytes /= 2
            sizes.append(bytes)
        }
        for (distance, size) in sizes.enumerated().map({ (1 << (rounds - 1 - $0), $1) })
            + sizes.reversed().enumerated().map({ (1 << $0, $1) })
        {
            let before = clocks
            for rank in 0..<ranks {
                clocks[rank] =
                    max(before[rank], before[rank ^ distance]) + network.latency + size * network.secondsPerByte
            }
        }
        return clocks.max()!
    }

    /// The first number of ranks, doubling, at which the efficiency is under 80 %, and what would move it; nil up to 16,384.
    public func limit(_ kind: ScalingMeasurement.Kind, batch: Int) -> (ranks: Int, advice: String)? {
        var ranks = 2
        while ranks <= 16_384 {
            if efficiency(kind, ranks: ranks, batch: batch) < 0.8 {
                return (ranks, advice(kind, ranks: ranks, batch: batch))
            }
            ranks *= 2
        }
        return nil
    }

    private func advice(_ kind: ScalingMeasurement.Kind, ranks: Int, batch: Int) -> String {
        let step = step(ranks: ranks, batch: kind == .strong ? batch : batch * ranks)
        let nodes = (ranks + ranksPerNode - 1) / ranksPerNode
        let latencies = network.allReduceSeconds(bytes: 0, ranks: nodes)
        let losses: [(Double, String)] = [
            (
                step.reduction - latencies,
                "the bytes of the reduction: reduction.compression bf16 halves them, a larger batch makes steps longer"
            ),
            (latencies, "the latency of the reduction: a larger batch, or fewer ranks"),
            (step.stragglers, "waiting for the slowest rank: quieter machines, a larger batch of a rank"),
            (
                kind == .strong ? arithmetic.constant : 0,
                "work that a smaller batch of a rank does not lessen: a larger batch"
            ),
            (step.fixed, "the end of a cycle: a longer training.cycle"),
        ]
        return losses.max { $0.0 < $1.0 }!.1
    }
}
