/// When the operations of a plan run and where its tensors lie.
struct PlannedMemory {
    let schedule: PlanSchedule
    let memory: MemoryPlan
    /// What every tensor would take by itself.
    let separateByteCount: Int
}

extension PlanBuilder {
    /// The plan of all that has been added.
    ///
    /// - Parameter recomputing: whether what the forward pass makes is forgotten and made again where that takes less memory.
    func planned(recomputing: Bool) -> PlannedMemory {
        let uses = PlanSchedule.Uses(
            forward: forward.map(\.uses), backward: backward.map(\.uses), before: seen.before.map(\.number),
            between: seen.between.map(\.number), behind: seen.behind.map(\.number))
        var best = planned(uses, cuts: [])
        guard recomputing, !backward.isEmpty else { return best }
        let possible = PlanSchedule.possibleCuts(uses, tensorCount: byteCounts.count, among: layerEnds)
        var tried: Set<[Int]> = [[]]
        // Few segments forget much at a time, many keep much between them: the best number is that of the network.
        for segments in [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] {
            let cuts = PlanSchedule.cuts(
                uses, among: possible, every: best.separateByteCount / 2 / segments, byteCounts: byteCounts)
            guard tried.insert(cuts).inserted else { continue }
            let found = planned(uses, cuts: cuts)
            if found.memory.byteCount < best.memory.byteCount { best = found }
        }
        return best
    }

    private func planned(_ uses: PlanSchedule.Uses, cuts: [Int]) -> PlannedMemory {
        let schedule = PlanSchedule(uses, tensorCount: byteCounts.count, cuts: cuts)
        let needs = zip(byteCounts, schedule.lifetimes).map { byteCount, lifetimes in
            lifetimes.isEmpty ? nil : MemoryPlan.Need(byteCount: byteCount, lifetimes: lifetimes)
        }
        return PlannedMemory(
            schedule: schedule, memory: MemoryPlan(needs),
            separateByteCount: needs.reduce(0) { $0 + MemoryPlan.wholeLines($1?.byteCount ?? 0) })
    }

    /// Makes the steps, with planned tensors from `address` on.
    func makeSteps(
        _ planned: PlannedMemory, memory address: UnsafeMutableRawPointer
    ) throws -> (forward: [any PlanStep], backward: [any PlanStep]) {
        let addresses = addresses(planned.memory, memory: address)
        let first = try forward.map { try $0.make(addresses) }
        let second = try planned.schedule.backward.map { step -> any PlanStep in
            switch step {
            case .own(let index): try backward[index].make(addresses)
            case .again(let index): RepeatedStep(first[index])
            }
        }
        return (first, second)
    }

    /// What the steps of the backward pass are.
    func backwardLabels(_ schedule: PlanSchedule) -> [StepLabel] {
        schedule.backward.map { step in
            switch step {
            case .own(let index): return backward[index].label
            case .again(let index):
                let label = forward[index].label
                return StepLabel(
                    layer: label.layer, pass: .recomputation, implementation: label.implementation,
                    multiplyAdds: label.multiplyAdds)
            }
        }
    }
}

/// A step of the forward pass, once more.
private final class RepeatedStep: PlanStep {
    private let step: any PlanStep

    init(_ step: any PlanStep) {
        self.step = step
    }

    func run(_ position: BatchPosition) throws {
        try step.runAgain(position)
    }
}
