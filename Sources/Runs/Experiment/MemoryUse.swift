import Datasets
import Foundation

/// What an experiment keeps in memory, in bytes: what the ranks of a node have one copy of, and what each rank has. Without the
/// program and its libraries, what gradients of other nodes come in, and copies that wait to be written as checkpoints.
public struct MemoryUse: Sendable, Codable, Equatable {
    public var ranksOfNode = 1
    /// One copy a node.
    public var sharedSamples = 0
    /// Samples that are not shared, and those that are decoded ahead, of each rank.
    public var ownSamples = 0
    /// One copy a node.
    public var parameters = 0
    /// One copy a node.
    public var optimizerState = 0
    /// One copy a node: the average of the parameters.
    public var average = 0
    /// One copy a node, of parameters, state and average: what a training that is watched goes back to.
    public var kept = 0
    /// Gradient of each rank, with the sums of shards or pieces of the batch where it goes through the network in several.
    public var gradient = 0
    /// Activations of each rank, their gradients and scratchpads, for the largest batch, or part of one, that goes through the
    /// network at once.
    public var activations = 0

    public init() {}

    /// One copy a node.
    public var ofNode: Int { sharedSamples + parameters + optimizerState + average + kept }
    /// Bytes of each rank beside that.
    public var ofRank: Int { ownSamples + gradient + activations }
    /// A rank's own and its share of its node's.
    public var perRank: Int { ofNode / ranksOfNode + ofRank }
}

extension MemoryUse: CustomStringConvertible {
    fileprivate static func mebibytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1_048_576) }

    public var description: String {
        func part(_ name: String, _ bytes: Int) -> String? {
            bytes > 0 ? "\(name) \(Self.mebibytes(bytes))" : nil
        }
        let node = [
            part("samples", sharedSamples), part("parameters", parameters), part("optimizer state", optimizerState),
            part("average", average), part("kept to go back to", kept),
        ]
        let rank = [part("samples", ownSamples), part("gradient", gradient), part("activations", activations)]
        return "memory in MiB: a node of \(ranksOfNode) \(ranksOfNode == 1 ? "rank" : "ranks"): "
            + node.compactMap(\.self).joined(separator: ", ") + "; each rank: "
            + rank.compactMap(\.self).joined(separator: ", ")
    }
}

extension Experiment {
    /// What this rank and its node keep in memory. Makes the network's largest plan if there is none yet.
    ///
    /// - Throws: where oneDNN has no implementation.
    public func memory() throws -> MemoryUse {
        _ = try replica.network.plan(batch: replica.microBatch, mode: .training)
        var use = MemoryUse()
        let arenaBytes = replica.update.arenas.count * MemoryLayout<Float>.stride
        use.ranksOfNode = replica.update.ranksOfNode
        use.sharedSamples = shared.sharedByteCount
        use.ownSamples =
            (shared.sharedByteCount > 0 ? 0 : data.byteCount) + replica.aheadByteCount(of: data.train)
            + (data.test is Subset ? 0 : replica.aheadByteCount(of: data.test))
        use.parameters = arenaBytes
        use.average = replica.averages ? arenaBytes : 0
        use.optimizerState = arenaBytes * replica.update.arenas.state.count - use.average
        use.kept = configuration.watchesInformation ? use.parameters + use.optimizerState + use.average : 0
        use.gradient = arenaBytes + (replica.accumulator?.byteCount ?? 0)
        use.activations = replica.network.plannedByteCount
        return use
    }

    /// What activations take on each rank without and with `training.recompute`, in a line.
    ///
    /// - Throws: where oneDNN has no implementation.
    public func activationMemory() throws -> String {
        let bytes = try replica.network.plannedByteCounts(batch: replica.microBatch)
        return "activations in MiB, each rank: kept \(MemoryUse.mebibytes(bytes.kept)), with training.recompute "
            + MemoryUse.mebibytes(bytes.recomputed)
    }
}
