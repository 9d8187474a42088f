internal import CMPI

extension MPICommunicator {
    public func broadcast<Scalar: MPIScalar>(_ values: inout MutableSpan<Scalar>, root: Int) throws(MPIError) {
        preconditionRank(root, "root of broadcast")
        let address = values.address
        try inChunks(of: values.count) { offset, count throws(MPIError) in
            let code = waiting(in: "MPI_Bcast") {
                cmpi_bcast(
                    address + offset * Scalar.stride, count, Scalar.scalarKind.rawValue, Int32(root), handle)
            }
            try check(code, "MPI_Bcast")
        }
    }

    public func reduce<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>, root: Int
    ) throws(MPIError) {
        preconditionRank(root, "root of reduce")
        precondition(
            rank != root || output.count == input.count,
            "reduce of \(input.count) elements into \(output.count) on the root")
        try reduce(input.address, into: output.address, count: input.count, `operator`, root: root)
    }

    public func allReduce<Scalar: MPIScalar>(
        _ values: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        let address = values.address
        try inChunks(of: values.count) { offset, count throws(MPIError) in
            let code = waiting(in: "MPI_Allreduce") {
                cmpi_allreduce(
                    nil, address + offset * Scalar.stride, count, Scalar.scalarKind.rawValue, `operator`.kind.rawValue,
                    handle)
            }
            try check(code, "MPI_Allreduce")
        }
    }

    public func allReduce<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        precondition(
            output.count == input.count, "allReduce of \(input.count) elements into \(output.count)")
        let source = input.address
        let destination = output.address
        try inChunks(of: input.count) { offset, count throws(MPIError) in
            let bytes = offset * Scalar.stride
            let code = waiting(in: "MPI_Allreduce") {
                cmpi_allreduce(
                    source + bytes, destination + bytes, count, Scalar.scalarKind.rawValue, `operator`.kind.rawValue,
                    handle)
            }
            try check(code, "MPI_Allreduce")
        }
    }

    public func reduceScatter<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, counts: [Int],
        _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        let layout = BlockLayout(counts: counts)
        preconditionLayout(layout, length: input.count, exactly: true, "input of reduceScatter")
        preconditionCount(output.count, counts[rank], "output of reduceScatter")
        // Libraries add the counts up in an int, so the sum must fit as well.
        if layout.extent <= countLimit {
            if layout.extent == 0 { return }
            let code = waiting(in: "MPI_Reduce_scatter") {
                cmpi_reduce_scatter(
                    input.address, output.address, counts.map(Int32.init), Scalar.scalarKind.rawValue,
                    `operator`.kind.rawValue, handle)
            }
            return try check(code, "MPI_Reduce_scatter")
        }
        let address = input.address
        for root in 0..<size {
            try reduce(
                address + layout.displacements[root] * Scalar.stride, into: output.address, count: counts[root],
                `operator`, root: root)
        }
    }

    private func reduce<Scalar: MPIScalar>(
        _ input: UnsafeRawPointer, into output: UnsafeMutableRawPointer, count: Int,
        _ operator: ReductionOperator<Scalar>, root: Int
    ) throws(MPIError) {
        try inChunks(of: count) { offset, count throws(MPIError) in
            let bytes = offset * Scalar.stride
            // Off the root the output is not significant and may be shorter than the offset.
            let code = waiting(in: "MPI_Reduce") {
                cmpi_reduce(
                    input + bytes, rank == root ? output + bytes : output, count, Scalar.scalarKind.rawValue,
                    `operator`.kind.rawValue, Int32(root), handle)
            }
            try check(code, "MPI_Reduce")
        }
    }

    /// Calls `body` with the offset and length of each run of at most `countLimit` of `count` elements. No call for
    /// none: a collective on nothing moves no data, and only a barrier promises to wait.
    private func inChunks(
        of count: Int, _ body: (_ offset: Int, _ count: Int32) throws(MPIError) -> Void
    ) throws(MPIError) {
        var offset = 0
        while offset < count {
            let length = min(count - offset, countLimit)
            try body(offset, Int32(length))
            offset += length
        }
    }
}

extension MPIScalar {
    /// Bytes from one element to the next.
    static var stride: Int { MemoryLayout<Self>.stride }
}
