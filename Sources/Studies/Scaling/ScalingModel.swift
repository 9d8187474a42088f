import Foundation
import Runs

/// What a step takes on numbers of ranks that are not here. Made of the steps of one rank, and of what the sum of gradients
/// costs alone: what other numbers of ranks take is no part of it, so that it can be held against them.
///
/// A step is arithmetic, uneven as it is on one rank, the sum of gradients within the node and between nodes, and the update,
/// which the ranks of a node share out. Left out: that ranks slow each other down where they share caches, memory or cores,
/// and what processors spend on messages and on compression.
public struct ScalingModel: Sendable {
    /// Seconds of arithmetic and data of a rank's step: a + b · samples.
    public let arithmetic: (constant: Double, perSample: Double)
    /// The share of the arithmetic that is the backward pass.
    public let backwardShare: Double
    /// Seconds a step of what ends a cycle: counts reduced, mutual information.
    public let fixed: Double
    /// Seconds a step and sample of a rank of what the layers know, measured at the end of a cycle on a share of the samples.
    public let layersPerSample: Double
    /// Seconds of the update of all parameters by one rank.
    public let update: Double
    /// Bytes of a gradient.
    public let gradientBytes: Double
    /// Times of steps on one rank, divided by the mean of their middle half, in rising order.
    public var noise: [Double]
    public let network: NetworkModel
    public let node: NodeModel
    /// Ranks that share a node's memory.
    public let ranksPerNode: Int
    /// How nodes exchange gradients.
    public var exchange: Exchange

    /// How nodes exchange gradients.
    public struct Exchange: Sendable, Equatable {
        public var overlap = Configuration.Reduction.Overlap.auto
        /// What is reduced at once while the backward pass goes on.
        public var bucketBytes = 1 << 18
        /// Whether gradients travel as half as many bytes, by direct exchange and after the backward pass.
        public var compresses = false
        /// Whether the order of the sum is fixed: by direct exchange and after the backward pass.
        public var isOrdered = false

        public init() {}

        public init(_ configuration: Configuration) {
            overlap = configuration.reduction.overlap
            bucketBytes = configuration.reduction.bucket
            compresses = configuration.reduction.compression == .bf16
            isOrdered = configuration.reproducible.shards != nil
        }

        /// Whether gradients are exchanged by the direct sum rather than all-reduces.
        public var isDirect: Bool { compresses || isOrdered }
    }

    /// - Parameters:
    ///   - measurements: those of one rank among them, of which alone the model is made.
    ///   - node: what gradients cost within a node.
    public init(
        _ measurements: [ScalingMeasurement], gradientBytes: Int, network: NetworkModel, node: NodeModel = NodeModel(),
        ranksPerNode: Int, exchange: Exchange = Exchange()
    ) {
        let alone = measurements.filter { $0.ranks == 1 }
        precondition(!alone.isEmpty, "a model without the steps of one rank")
        let line = WeightedLine(alone.map { (Double($0.batch), $0.arithmeticSeconds) })!
        arithmetic = (line.constant, line.slope)
        let count = Double(alone.count)
        func mean(_ value: (ScalingMeasurement) -> Double) -> Double { alone.reduce(0) { $0 + value($1) } / count }
        backwardShare = mean { $0.compute + $0.data > 0 ? $0.backward / ($0.compute + $0.data) : 0 }
        update = mean { $0.optimizer + $0.reduction }
        fixed = mean(\.mutualInformation)
        layersPerSample = mean(\.layers) / mean { Double($0.batch) }
        noise = alone.flatMap { one in
            let middle = one.seconds
            return one.stepSeconds.map { $0 / middle }
        }.sorted()
        self.gradientBytes = Double(gradientBytes)
        self.network = network
        self.node = node
        self.ranksPerNode = ranksPerNode
        self.exchange = exchange
    }

    /// The expected largest of as many draws as there are ranks, in usual steps: the step ends with the last rank.
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
        /// Beyond the arithmetic of a usual rank.
        public let stragglers: Double
        /// Between nodes, beyond the arithmetic.
        public let reduction: Double
        /// Between nodes, while the backward pass goes on.
        public let hidden: Double
        /// Within a node.
        public let node: Double
        public let update: Double
        public let fixed: Double
        /// Measuring the mutual information of layers.
        public let layers: Double

        public var seconds: Double { arithmetic + stragglers + reduction + node + update + fixed + layers }
    }

    /// Usual seconds of the arithmetic of a rank with its share of `batch` samples.
    package func arithmeticSeconds(ranks: Int, batch: Int) -> Double {
        arithmetic.constant + arithmetic.perSample * samples(ofRank: ranks, batch)
    }

    private func samples(ofRank ranks: Int, _ batch: Int) -> Double { (Double(batch) / Double(ranks)).rounded(.up) }

    package func nodes(of ranks: Int) -> Int { (ranks + ranksPerNode - 1) / ranksPerNode }

    /// - Parameter batch: samples over all ranks.
    public func step(ranks: Int, batch: Int) -> Step {
        let arithmetic = arithmeticSeconds(ranks: ranks, batch: batch)
        let stragglers = arithmetic * (straggling(ranks: ranks) - 1)
        let local = min(ranks, ranksPerNode)
        let reduction = reduction(nodes: nodes(of: ranks), backward: (arithmetic + stragglers) * backwardShare)
        return Step(
            arithmetic: arithmetic, stragglers: stragglers, reduction: reduction.exposed, hidden: reduction.hidden,
            // Before the sum and after the update the ranks of a node wait for each other.
            node: local > 1 ? gradientBytes * node.secondsPerByte + 2 * node.synchronization : 0,
            update: update / Double(local), fixed: fixed, layers: layersPerSample * samples(ofRank: ranks, batch))
    }

    /// What a training does: with `overlap: auto` the faster way.
    ///
    /// - Parameter backward: seconds of the backward pass on the slowest rank.
    private func reduction(nodes: Int, backward: Double) -> (exposed: Double, hidden: Double) {
        guard nodes > 1 else { return (0, 0) }
        // The owners of a node's slices exchange them at once.
        let slice = gradientBytes / Double(ranksPerNode)
        if exchange.isDirect {
            let cost = network.directSum(bytes: exchange.compresses ? slice / 2 : slice, ranks: nodes)
            return (cost.seconds(ofConcurrent: ranksPerNode), 0)
        }
        let whole = network.fastestAllReduce(bytes: slice, ranks: nodes).cost.seconds(ofConcurrent: ranksPerNode)
        let overlapped = overlapped(nodes: nodes, backward: backward)
        switch exchange.overlap {
        case .off: return (whole, 0)
        case .on: return overlapped
        case .auto: return overlapped.exposed < whole ? overlapped : (whole, 0)
        }
    }

    /// Buckets become ready evenly over the backward pass, share the node's line, and wait together for their messages: bucket
    /// j of K is ready when a share (j + 1)/K of the backward pass is done, and those from it on take the line K − j times. What
    /// is behind the backward pass is longest for the first or for the last of them.
    private func overlapped(nodes: Int, backward: Double) -> (exposed: Double, hidden: Double) {
        let buckets = bucketCount
        let cost = network.fastestAllReduce(bytes: gradientBytes / buckets, ranks: nodes).cost
        let exposed = max(cost.seconds, cost.waiting + buckets * cost.line - backward * (buckets - 1) / buckets)
        return (exposed, max(0, cost.waiting + buckets * cost.line - exposed))
    }

    /// Buckets of all slices of a node, which are cut alike.
    var bucketCount: Double {
        let slice = gradientBytes / Double(ranksPerNode)
        return Double(ranksPerNode) * max(1, (slice / Double(max(64, exchange.bucketBytes))).rounded(.up))
    }

    /// How much of the ranks is used: the speed-up divided by the ranks.
    ///
    /// - Parameter batch: of all ranks where `kind` is strong, of each where it is weak.
    public func efficiency(_ kind: ScalingMeasurement.Kind, ranks: Int, batch: Int) -> Double {
        let one = step(ranks: 1, batch: batch).seconds
        switch kind {
        case .strong: return one / step(ranks: ranks, batch: batch).seconds / Double(ranks)
        case .weak: return one / step(ranks: ranks, batch: batch * ranks).seconds
        }
    }

    /// The seconds that a step is predicted to take on as many ranks as were measured, divided by those it took; what ends a
    /// cycle is in neither.
    public func ratio(to measurement: ScalingMeasurement) -> Double {
        let step = step(ranks: measurement.ranks, batch: measurement.batch)
        return (step.seconds - step.fixed - step.layers) / measurement.seconds
    }

    /// By how much, as a share, the prediction is off where it is furthest off; of the measurements on more than one rank, none
    /// of which the model is made of. Nil without any.
    public func largestError(against measurements: [ScalingMeasurement]) -> Double? {
        measurements.filter { $0.ranks > 1 }.map { abs(ratio(to: $0) - 1) }.max()
    }

    /// The same on one rank, of whose steps it is made.
    public func largestErrorOnOneRank(against measurements: [ScalingMeasurement]) -> Double? {
        measurements.filter { $0.ranks == 1 }.map { abs(ratio(to: $0) - 1) }.max()
    }
}

extension ScalingMeasurement {
    /// A step without the update: arithmetic, data, and what no part is measured of.
    fileprivate var arithmeticSeconds: Double { max(seconds - optimizer - reduction - waiting, 1e-9) }
}
