import DataParallel
import MPI
import NeuralNetwork
import Training

/// What a replica has learnt, as it lies in memory: taking it costs a copy.
package struct ReplicaSnapshot: Sendable {
    /// As long as the arenas.
    let parameters: [Float]
    /// The optimizer's, an array an arena.
    let state: [[Float]]
    /// The optimizer's, which hold for all parameters.
    let numbers: [Double]
    /// The running statistics of every shard, by shard.
    let statistics: [[Float]]
    let statisticShapes: [(name: String, count: Int)]
    /// What compressed gradients have left over, by rank; empty where none are compressed.
    let leftOvers: [LeftOvers]
    let selected: SelectedWeights?
    let packing: ParameterPacking
}

extension Replica {
    /// Collective. To be called between two steps. Where gradients are compressed rank 0 gets what they have left over, as
    /// many floats from each node as there are parameters.
    ///
    /// - Returns: nil but on rank 0.
    package func snapshot() throws -> ReplicaSnapshot? {
        let leftOvers = try update.gatherLeftOvers()
        // Nobody updates before this rank has come to the next step's reduction.
        let statistics = try communicator.gather(runningStatistics.values.flatMap { $0 }, root: 0)
        guard let statistics, let leftOvers else { return nil }
        let all = statistics.flatMap { $0 }
        let count = all.count / shards.count
        return ReplicaSnapshot(
            parameters: Array(update.arenas.parameters), state: update.arenas.state.map { Array($0) },
            numbers: update.keptNumbers,
            statistics: (0..<shards.count).map { Array(all[$0 * count..<($0 + 1) * count]) },
            statisticShapes: network.statisticShapes, leftOvers: leftOvers, selected: selected,
            packing: network.packing)
    }

    /// Collective. Takes what tensors in the plain layout hold.
    ///
    /// - Parameters:
    ///   - state: the optimizer's, for each arena.
    ///   - numbers: the optimizer's, which hold for all parameters.
    ///   - statistics: the running statistics of every shard that there was; another number of shards takes their mean.
    ///   - leftOvers: what compressed gradients had left over, by rank; dropped where ranks have other slices now.
    ///   - selected: parameters and running statistics that were set aside; nil for none.
    /// - Throws: `ParameterMismatch` where they are not those of such a replica.
    package func restore(
        parameters: [Tensor], state: [[Tensor]], numbers: [Double] = [], statistics: [[Float]],
        leftOvers: [LeftOvers] = [], selected: (parameters: [Tensor], statistics: [Float])? = nil
    ) throws {
        if isFirstOfNode {
            try network.packing.put(parameters, into: update.arenas.parameters)
            for (tensors, arena) in zip(state, update.arenas.state) { try network.packing.put(tensors, into: arena) }
        }
        if statistics.count == shards.count {
            runningStatistics.values = Array(statistics[shards.own])
        } else {
            runningStatistics.setAll(to: ShardStatistics.mean(of: statistics))
        }
        update.keptNumbers = numbers
        self.selected = try selected.map(selection)
        holdsSelected = false
        try update.takeUp(leftOvers)
        try update.arenas.synchronize()
    }

    private func selection(_ parameters: [Tensor], _ statistics: [Float]) throws -> SelectedWeights {
        var arena = [Float](repeating: 0, count: isFirstOfNode ? update.arenas.count : 0)
        if isFirstOfNode { try arena.withUnsafeMutableBufferPointer { try network.packing.put(parameters, into: $0) } }
        return SelectedWeights(parameters: arena, statistics: statistics)
    }

    /// Numbers of the optimizer that hold for all parameters.
    package var numberCount: Int { update.keptNumbers.count }

    /// Arenas of the optimizer's state.
    package var stateArenaCount: Int { update.arenas.state.count }
}
