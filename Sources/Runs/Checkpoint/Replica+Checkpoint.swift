import NeuralNetwork
import Settings
import Training

extension Replica {
    /// Reads a checkpoint of this network and optimizer.
    ///
    /// - Parameter additions: components of another package that it may name.
    func checkpoint(at path: String, additions: [any Component.Type]) throws -> Checkpoint {
        try Checkpoint(
            readingFrom: path, stateArenas: stateArenaCount, numbers: numberCount,
            statistics: network.statisticShapes, additions: additions)
    }

    /// Collective. Takes up parameters, optimizer state, running statistics, what compressed gradients have left over and the
    /// weights that were set aside.
    func restore(_ checkpoint: Checkpoint) throws {
        try restore(
            parameters: checkpoint.parameters, state: checkpoint.state, numbers: checkpoint.numbers,
            statistics: checkpoint.statistics, leftOvers: checkpoint.leftOvers, selected: checkpoint.selected)
    }
}
