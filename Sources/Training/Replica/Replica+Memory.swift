import DataParallel

extension Replica {
    /// Collective. Runs `body`, then sets parameters, optimizer state, running statistics and what compressed gradients have
    /// left over back to what they were, also when it throws. There is no other state: random numbers are functions of the
    /// step.
    ///
    /// - Parameter body: given what is restored.
    func restoringParameters<Result>(after body: (Memory) throws -> Result) throws -> Result {
        let memory = try remember()
        let result: Result
        do {
            result = try body(memory)
        } catch {
            put(memory)
            throw error
        }
        put(memory)
        try update.arenas.synchronize()
        return result
    }

    /// What steps change, as it is between two of them.
    struct Memory {
        /// Parameters and optimizer state, on the first rank of a node.
        fileprivate let arenas: [[Float]]
        fileprivate let statistics: [[Float]]
        fileprivate let leftOvers: LeftOvers?
        fileprivate let numbers: [Double]
        fileprivate let selected: SelectedWeights?
    }

    private var changingArenas: [UnsafeMutableBufferPointer<Float>] { [update.arenas.parameters] + update.arenas.state }

    /// Collective. To be called between two steps.
    func remember() throws -> Memory {
        let memory = Memory(
            arenas: isFirstOfNode ? changingArenas.map(Array.init) : [], statistics: runningStatistics.values,
            leftOvers: update.reduction.leftOvers, numbers: update.keptNumbers, selected: selected)
        // Nobody updates before the copy is taken.
        try update.arenas.synchronize()
        return memory
    }

    /// Collective. Makes everything what it was.
    func recall(_ memory: Memory) throws {
        try update.arenas.synchronize()
        put(memory)
        try update.arenas.synchronize()
    }

    private func put(_ memory: Memory) {
        for (arena, copy) in zip(changingArenas, memory.arenas) { _ = arena.update(from: copy) }
        runningStatistics.values = memory.statistics
        update.reduction.takeUp(memory.leftOvers)
        update.keptNumbers = memory.numbers
        selected = memory.selected
        holdsSelected = false
    }
}
