import DataParallel
import NeuralNetwork

/// Weights that were evaluated and set aside, to be those of the training when it has ended.
package struct SelectedWeights {
    /// As long as an arena; empty but on the first rank of a node.
    package let parameters: [Float]
    /// The running statistics, the same for all shards.
    package let statistics: [Float]

    package init(parameters: [Float], statistics: [Float]) {
        self.parameters = parameters
        self.statistics = statistics
    }
}

extension Replica {
    /// Collective. Sets the parameters and running statistics as they are aside, in the place of those before. To be called where
    /// they are evaluated: see `withEvaluatedParameters`.
    func select() throws {
        selected = SelectedWeights(
            parameters: isFirstOfNode ? Array(update.arenas.parameters) : [],
            statistics: runningStatistics.values.first ?? [])
        // Nobody updates before the copy is taken.
        try update.arenas.synchronize()
    }

    /// Collective. Puts what was set aside in the place of the parameters and running statistics; from then on these are evaluated as
    /// they are.
    func takeUpSelected() throws {
        guard let selected else { return }
        try update.arenas.synchronize()
        if isFirstOfNode { _ = update.arenas.parameters.update(from: selected.parameters) }
        runningStatistics.setAll(to: selected.statistics)
        try update.arenas.synchronize()
        holdsSelected = true
    }
}
