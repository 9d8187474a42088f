/// What a plan runs when, and from when to when its tensors are needed.
///
/// Moment i is that of operation i of the forward pass; behind them comes the loss, then the backward pass, step by step. With more than
/// one segment what a segment of the forward pass makes and no later one uses is forgotten at its end, and made again in front of
/// the first operation of the backward pass that reads it (Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory
/// Cost", arXiv:1604.06174).
struct PlanSchedule {
    /// The tensors, by number, that each operation uses. An operation makes those that it is the first to use; one that is the first
    /// for none changes those that it uses.
    struct Uses {
        var forward: [[Int]]
        var backward: [[Int]]
        /// Tensors that the plan's user writes or reads: before the forward pass, between the passes, and behind both.
        var before: [Int] = []
        var between: [Int] = []
        var behind: [Int] = []
    }

    enum BackwardStep: Equatable {
        /// An operation of the backward pass.
        case own(Int)
        /// One of the forward pass, once more.
        case again(Int)
    }

    let backward: [BackwardStep]
    /// By tensor, one behind the other: one, two of what is made again, none of what no operation uses.
    let lifetimes: [[ClosedRange<Int>]]

    /// - Parameters:
    ///   - tensorCount: one more than the largest number of a tensor.
    ///   - cuts: operations of the forward pass that begin a segment, ascending.
    init(_ uses: Uses, tensorCount: Int, cuts: [Int] = []) {
        let forward = Span(of: uses.forward, tensorCount)
        var kept = Self.seen(uses, tensorCount)
        var segmentOf = [Int](repeating: 0, count: uses.forward.count)
        for cut in cuts { for operation in cut..<uses.forward.count { segmentOf[operation] += 1 } }
        for case (let tensor, let range?) in forward.ranges.enumerated()
        where segmentOf[range.lowerBound] != segmentOf[range.upperBound] {
            kept[tensor] = true
        }
        // By segment, the operation of the backward pass that first reads what is forgotten, and all such tensors.
        var resumed: [Int: (at: Int, tensors: Set<Int>)] = [:]
        if !cuts.isEmpty {
            for (index, tensors) in uses.backward.enumerated() {
                for tensor in tensors where !kept[tensor] {
                    guard let range = forward.ranges[tensor] else { continue }
                    resumed[segmentOf[range.lowerBound], default: (index, [])].tensors.insert(tensor)
                }
            }
        }
        var again: [Int: [Int]] = [:]
        for (segment, wanted) in resumed.sorted(by: { $0.key < $1.key }) {
            let operations = uses.forward.indices.filter { segmentOf[$0] == segment }
            again[wanted.at, default: []] += Self.makers(of: wanted.tensors, operations, uses.forward, forward, kept)
        }
        let steps = uses.backward.indices.flatMap { (again[$0] ?? []).map(BackwardStep.again) + [.own($0)] }
        backward = steps

        let first = uses.forward.count + 1
        let later = Span(
            of: steps.map {
                switch $0 {
                case .own(let index): uses.backward[index]
                case .again(let index): uses.forward[index]
                }
            }, tensorCount)
        lifetimes = (0..<tensorCount).map { tensor in
            var moments: [ClosedRange<Int>] = []
            if let range = forward.ranges[tensor] { moments.append(range) }
            if uses.before.contains(tensor) { moments.append(0...0) }
            if uses.between.contains(tensor) { moments.append(first - 1...first - 1) }
            if let range = later.ranges[tensor] { moments.append(first + range.lowerBound...first + range.upperBound) }
            if uses.behind.contains(tensor) {
                let end = first + steps.count
                moments.append(end...end)
            }
            guard let start = moments.map(\.lowerBound).min(), let end = moments.map(\.upperBound).max() else {
                return []
            }
            return kept[tensor] || cuts.isEmpty || moments.count == 1 ? [start...end] : moments
        }
    }

    /// From the first to the last list that has it, by tensor.
    private struct Span {
        var ranges: [ClosedRange<Int>?]

        init(of lists: [[Int]], _ tensorCount: Int) {
            ranges = Array(repeating: nil, count: tensorCount)
            for (index, tensors) in lists.enumerated() {
                for tensor in tensors { ranges[tensor] = (ranges[tensor]?.lowerBound ?? index)...index }
            }
        }
    }

    private static func seen(_ uses: Uses, _ tensorCount: Int) -> [Bool] {
        var seen = [Bool](repeating: false, count: tensorCount)
        for tensor in uses.before + uses.between + uses.behind { seen[tensor] = true }
        return seen
    }

    /// Those of `operations`, of one segment, that make the tensors, and what they are made from, out of what is kept.
    private static func makers(
        of tensors: Set<Int>, _ operations: [Int], _ uses: [[Int]], _ span: Span, _ kept: [Bool]
    ) -> [Int] {
        var (needed, chosen) = (tensors, Set<Int>())
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for operation in operations.reversed() where !chosen.contains(operation) {
                let made = uses[operation].filter { span.ranges[$0]?.lowerBound == operation }
                guard !needed.isDisjoint(with: made.isEmpty ? uses[operation] : made) else { continue }
                // Where an operation makes more than is needed, all of it has to become what it was.
                needed.formUnion(made)
                needed.formUnion(uses[operation].filter { !kept[$0] })
                chosen.insert(operation)
                isGrowing = true
            }
        }
        return chosen.sorted()
    }
}

extension PlanSchedule {
    /// Where the forward pass may be cut: not between the operation that makes a tensor and one that changes it.
    static func possibleCuts(_ uses: Uses, tensorCount: Int, among cuts: [Int]) -> [Int] {
        let span = Span(of: uses.forward, tensorCount)
        var isOpen = [Bool](repeating: true, count: uses.forward.count + 1)
        for (operation, tensors) in uses.forward.enumerated() {
            let firsts = tensors.compactMap { span.ranges[$0]?.lowerBound }
            guard !firsts.contains(operation), let first = firsts.min() else { continue }
            for cut in first + 1..<operation + 1 { isOpen[cut] = false }
        }
        return Set(cuts).filter { (1..<uses.forward.count).contains($0) && isOpen[$0] }.sorted()
    }

    /// The cuts behind which segments make about `byteCount` bytes that the backward pass reads.
    static func cuts(_ uses: Uses, among possible: [Int], every byteCount: Int, byteCounts: [Int]) -> [Int] {
        let span = Span(of: uses.forward, byteCounts.count)
        let read = Set(uses.backward.joined())
        var cuts: [Int] = []
        var (sum, next) = (0, possible[...])
        for (operation, tensors) in uses.forward.enumerated() {
            if operation == next.first {
                next = next.dropFirst()
                if sum >= byteCount {
                    cuts.append(operation)
                    sum = 0
                }
            }
            for tensor in tensors where span.ranges[tensor]?.lowerBound == operation && read.contains(tensor) {
                sum += byteCounts[tensor]
            }
        }
        return cuts
    }
}
