// Each rank contributes a copy of its elements and takes what is its own from everybody's: simple, and right by
// inspection, which is what the laws that MPI is held against need.

extension InProcessCommunicator {
    public func broadcast<Scalar: MPIScalar>(_ values: inout MutableSpan<Scalar>, root: Int) throws(MPIError) {
        preconditionRank(root, "root of broadcast")
        let call = CollectiveCall("MPI_Bcast", "\(Scalar.scalarKind), count: \(values.count), root: \(root)")
        let own = rank == root ? CollectiveContribution(copying: values.span) : CollectiveContribution()
        let all = try meet(call, own)
        if rank != root { values.copy(all[root].elements(), at: 0) }
    }

    public func reduce<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>, root: Int
    ) throws(MPIError) {
        preconditionRank(root, "root of reduce")
        precondition(
            rank != root || output.count == input.count,
            "reduce of \(input.count) elements into \(output.count) on the root")
        let call = CollectiveCall(
            "MPI_Reduce", "\(Scalar.scalarKind), count: \(input.count), \(`operator`.kind), root: \(root)")
        let all = try meet(call, CollectiveContribution(copying: input))
        if rank == root { output.copy(`operator`.combining(all), at: 0) }
    }

    public func allReduce<Scalar: MPIScalar>(
        _ values: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        let all = try meet(.allReduce(values.count, `operator`), CollectiveContribution(copying: values.span))
        values.copy(`operator`.combining(all), at: 0)
    }

    public func allReduce<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        precondition(output.count == input.count, "allReduce of \(input.count) elements into \(output.count)")
        let all = try meet(.allReduce(input.count, `operator`), CollectiveContribution(copying: input))
        output.copy(`operator`.combining(all), at: 0)
    }

    public func reduceScatter<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, counts: [Int],
        _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        let layout = BlockLayout(counts: counts)
        preconditionLayout(layout, length: input.count, exactly: true, "input of reduceScatter")
        preconditionCount(output.count, counts[rank], "output of reduceScatter")
        let call = CollectiveCall("MPI_Reduce_scatter", "\(Scalar.scalarKind), counts: \(counts), \(`operator`.kind)")
        let all = try meet(call, CollectiveContribution(copying: input))
        output.copy(Array(`operator`.combining(all)[layout[rank]]), at: 0)
    }

    public func allGather<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout
    ) throws(MPIError) {
        preconditionLayout(layout, length: output.count, "output of allGather")
        preconditionCount(input.count, layout.counts[rank], "input of allGather")
        let call = CollectiveCall("MPI_Allgatherv", "\(Scalar.scalarKind), \(layout.summary)")
        for (sender, contribution) in try meet(call, CollectiveContribution(copying: input)).enumerated() {
            output.copy(contribution.elements(), at: layout.displacements[sender])
        }
    }

    public func gather<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout, root: Int
    ) throws(MPIError) {
        preconditionRank(root, "root of gather")
        preconditionLayout(layout, length: rank == root ? output.count : layout.extent, "output of gather")
        preconditionCount(input.count, layout.counts[rank], "input of gather")
        let call = CollectiveCall("MPI_Gatherv", "\(Scalar.scalarKind), \(layout.summary), root: \(root)")
        let all = try meet(call, CollectiveContribution(copying: input))
        guard rank == root else { return }
        for (sender, contribution) in all.enumerated() {
            output.copy(contribution.elements(), at: layout.displacements[sender])
        }
    }

    public func scatter<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout, root: Int
    ) throws(MPIError) {
        preconditionRank(root, "root of scatter")
        preconditionLayout(layout, length: rank == root ? input.count : layout.extent, "input of scatter")
        preconditionCount(output.count, layout.counts[rank], "output of scatter")
        let call = CollectiveCall("MPI_Scatterv", "\(Scalar.scalarKind), \(layout.summary), root: \(root)")
        let own = rank == root ? CollectiveContribution(copying: input) : CollectiveContribution()
        let elements: [Scalar] = try meet(call, own)[root].elements()
        output.copy(elements.block(layout.displacements[rank], layout.counts[rank]), at: 0)
    }

    public func allToAll<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>
    ) throws(MPIError) {
        precondition(
            input.count % size == 0, "allToAll of \(input.count) elements, which \(size) ranks cannot share evenly")
        preconditionCount(output.count, input.count, "output of allToAll")
        let call = CollectiveCall("MPI_Alltoall", "\(Scalar.scalarKind), count: \(input.count)")
        let count = input.count / size
        for (sender, contribution) in try meet(call, CollectiveContribution(copying: input)).enumerated() {
            let elements: [Scalar] = contribution.elements()
            output.copy(Array(elements[rank * count..<(rank + 1) * count]), at: sender * count)
        }
    }

    public func allToAll<Scalar: MPIScalar>(
        _ input: Span<Scalar>, layout inputLayout: BlockLayout,
        into output: inout MutableSpan<Scalar>, layout outputLayout: BlockLayout
    ) throws(MPIError) {
        preconditionLayout(inputLayout, length: input.count, "input of allToAll")
        preconditionLayout(outputLayout, length: output.count, "output of allToAll")
        var own = CollectiveContribution(copying: input)
        own.integers = inputLayout.counts + inputLayout.displacements
        let all = try meet(CollectiveCall("MPI_Alltoallv", "\(Scalar.scalarKind)"), own)
        for (sender, contribution) in all.enumerated() {
            let elements: [Scalar] = contribution.elements()
            let count = contribution.integers[rank]
            let start = contribution.integers[size + rank]
            guard count == outputLayout.counts[sender] else {
                throw MPIError(
                    operation: "MPI_Alltoallv", errorClass: .mismatch,
                    text: "rank \(sender) sends \(count) elements to rank \(rank), "
                        + "which expects \(outputLayout.counts[sender])")
            }
            output.copy(elements.block(start, count), at: outputLayout.displacements[sender])
        }
    }
}

extension CollectiveCall {
    static func allReduce<Scalar>(_ count: Int, _ operator: ReductionOperator<Scalar>) -> CollectiveCall {
        CollectiveCall("MPI_Allreduce", "\(Scalar.scalarKind), count: \(count), \(`operator`.kind)")
    }
}

extension CollectiveContribution {
    init<Scalar: MPIScalar>(copying elements: Span<Scalar>) {
        bytes = elements.withUnsafeBytes { Array($0) }
    }

    func elements<Scalar: MPIScalar>() -> [Scalar] {
        let count = bytes.count / MemoryLayout<Scalar>.stride
        // An empty array is one for all threads, into which this would write.
        if count == 0 { return [] }
        return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
            initialized = count
        }
    }
}

extension ReductionOperator {
    /// Combines the contributions element by element, in rank order.
    func combining(_ contributions: [CollectiveContribution]) -> [Scalar] {
        var result: [Scalar] = contributions[0].elements()
        for contribution in contributions.dropFirst() {
            let next: [Scalar] = contribution.elements()
            for index in result.indices { result[index] = Scalar.combine(result[index], next[index], by: kind) }
        }
        return result
    }
}

extension BlockLayout {
    fileprivate var summary: String { "counts: \(counts), displacements: \(displacements)" }
}

extension Array where Element: MPIScalar {
    /// The block at an offset. An empty one may lie anywhere, also beyond the end.
    fileprivate func block(_ offset: Int, _ count: Int) -> [Element] {
        count == 0 ? [] : Array(self[offset..<offset + count])
    }
}

extension MutableSpan where Element: MPIScalar {
    fileprivate mutating func copy(_ elements: [Element], at offset: Int) {
        for index in elements.indices { self[offset + index] = elements[index] }
    }
}
