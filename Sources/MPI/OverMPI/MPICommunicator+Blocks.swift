internal import CMPI

// Every branch here depends only on arguments that are the same on all ranks, so that all ranks make the same calls:
// one library call while the whole buffer is within an int, messages of their own beyond.

extension MPICommunicator {
    public func allGather<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout
    ) throws(MPIError) {
        preconditionLayout(layout, length: output.count, "output of allGather")
        preconditionCount(input.count, layout.counts[rank], "input of allGather")
        if size == 1 {
            // MPICH 4.0 ignores the displacement when there is one rank.
            for index in 0..<input.count { output[layout.displacements[0] + index] = input[index] }
            return
        }
        let kind = Scalar.scalarKind.rawValue
        guard layout.extent <= countLimit else {
            try exchange(
                messages(of: input.address, Scalar.self, sendingTo: 0..<size) { _ in 0..<input.count },
                messages(of: output.address, Scalar.self, sendingTo: 0..<size) { layout[$0] }, kind)
            return
        }
        if layout.isUniform {
            try check(
                waiting(in: "MPI_Allgather") {
                    cmpi_allgather(input.address, output.address, Int32(input.count), kind, handle)
                }, "MPI_Allgather")
        } else {
            let code = waiting(in: "MPI_Allgatherv") {
                cmpi_allgatherv(
                    input.address, Int32(input.count), output.address, layout.counts.map(Int32.init),
                    layout.displacements.map(Int32.init), kind, handle)
            }
            try check(code, "MPI_Allgatherv")
        }
    }

    public func gather<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout, root: Int
    ) throws(MPIError) {
        preconditionRank(root, "root of gather")
        preconditionLayout(layout, length: rank == root ? output.count : layout.extent, "output of gather")
        preconditionCount(input.count, layout.counts[rank], "input of gather")
        let kind = Scalar.scalarKind.rawValue
        guard layout.extent <= countLimit else {
            try exchange(
                messages(of: input.address, Scalar.self, sendingTo: root..<root + 1) { _ in 0..<input.count },
                messages(of: output.address, Scalar.self, sendingTo: rank == root ? 0..<size : 0..<0) { layout[$0] },
                kind)
            return
        }
        if layout.isUniform {
            let code = waiting(in: "MPI_Gather") {
                cmpi_gather(
                    input.address, output.address, Int32(input.count), kind, Int32(root), handle)
            }
            try check(code, "MPI_Gather")
        } else {
            let code = waiting(in: "MPI_Gatherv") {
                cmpi_gatherv(
                    input.address, Int32(input.count), output.address, layout.counts.map(Int32.init),
                    layout.displacements.map(Int32.init), kind, Int32(root), handle)
            }
            try check(code, "MPI_Gatherv")
        }
    }

    public func scatter<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, layout: BlockLayout, root: Int
    ) throws(MPIError) {
        preconditionRank(root, "root of scatter")
        preconditionLayout(layout, length: rank == root ? input.count : layout.extent, "input of scatter")
        preconditionCount(output.count, layout.counts[rank], "output of scatter")
        let kind = Scalar.scalarKind.rawValue
        guard layout.extent <= countLimit else {
            let length = output.count
            try exchange(
                messages(of: input.address, Scalar.self, sendingTo: rank == root ? 0..<size : 0..<0) { layout[$0] },
                messages(of: output.address, Scalar.self, sendingTo: root..<root + 1) { _ in 0..<length },
                kind)
            return
        }
        if layout.isUniform {
            let code = waiting(in: "MPI_Scatter") {
                cmpi_scatter(
                    input.address, output.address, Int32(output.count), kind, Int32(root), handle)
            }
            try check(code, "MPI_Scatter")
        } else {
            let code = waiting(in: "MPI_Scatterv") {
                cmpi_scatterv(
                    input.address, layout.counts.map(Int32.init), layout.displacements.map(Int32.init), output.address,
                    Int32(output.count), kind, Int32(root), handle)
            }
            try check(code, "MPI_Scatterv")
        }
    }

    public func allToAll<Scalar: MPIScalar>(
        _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>
    ) throws(MPIError) {
        precondition(
            input.count % size == 0, "allToAll of \(input.count) elements, which \(size) ranks cannot share evenly")
        preconditionCount(output.count, input.count, "output of allToAll")
        let kind = Scalar.scalarKind.rawValue
        guard input.count <= countLimit else {
            let layout = BlockLayout(count: input.count / size, ranks: size)
            try exchange(
                messages(of: input.address, Scalar.self, sendingTo: 0..<size) { layout[$0] },
                messages(of: output.address, Scalar.self, sendingTo: 0..<size) { layout[$0] }, kind)
            return
        }
        let code = waiting(in: "MPI_Alltoall") {
            cmpi_alltoall(input.address, output.address, Int32(input.count / size), kind, handle)
        }
        try check(code, "MPI_Alltoall")
    }

    /// Ranks know only their own layouts here, so they first agree, by one reduction, whether all of them fit.
    public func allToAll<Scalar: MPIScalar>(
        _ input: Span<Scalar>, layout inputLayout: BlockLayout,
        into output: inout MutableSpan<Scalar>, layout outputLayout: BlockLayout
    ) throws(MPIError) {
        preconditionLayout(inputLayout, length: input.count, "input of allToAll")
        preconditionLayout(outputLayout, length: output.count, "output of allToAll")
        let kind = Scalar.scalarKind.rawValue
        guard try allReduce(max(inputLayout.extent, outputLayout.extent), .max) <= countLimit else {
            try exchange(
                messages(of: input.address, Scalar.self, sendingTo: 0..<size) { inputLayout[$0] },
                messages(of: output.address, Scalar.self, sendingTo: 0..<size) { outputLayout[$0] }, kind)
            return
        }
        let code = waiting(in: "MPI_Alltoallv") {
            cmpi_alltoallv(
                input.address, inputLayout.counts.map(Int32.init), inputLayout.displacements.map(Int32.init),
                output.address, outputLayout.counts.map(Int32.init), outputLayout.displacements.map(Int32.init), kind,
                handle)
        }
        try check(code, "MPI_Alltoallv")
    }
}
