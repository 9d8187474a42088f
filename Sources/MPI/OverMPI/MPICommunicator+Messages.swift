internal import CMPI

extension MPICommunicator {
    public func send<Scalar: MPIScalar>(_ values: Span<Scalar>, to destination: Int, tag: Int) throws(MPIError) {
        preconditionRank(destination, "destination of send")
        preconditionTag(tag)
        let code = cmpi_send(
            values.address, Int64(values.count), Int32(countLimit), Scalar.scalarKind.rawValue, Int32(destination),
            Int32(tag), handle)
        try check(code, "MPI_Send")
    }

    @discardableResult
    public func receive<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> ReceivedMessage {
        if let source { preconditionRank(source, "source of receive") }
        if let tag { preconditionTag(tag) }
        var source = Int32(source ?? -1)
        var tag = Int32(tag ?? -1)
        var count: Int64 = 0
        let code = waiting(in: "MPI_Recv") {
            cmpi_recv(
                buffer.address, Int64(buffer.count), Int32(countLimit), Scalar.scalarKind.rawValue, &source, &tag,
                &count,
                handle)
        }
        try check(code, "MPI_Recv")
        return ReceivedMessage(source: Int(source), tag: Int(tag), count: Int(count))
    }

    @_lifetime(copy values)
    public func startSend<Scalar: MPIScalar>(
        _ values: Span<Scalar>, to destination: Int, tag: Int
    ) throws(MPIError) -> Request {
        preconditionRank(destination, "destination of startSend")
        preconditionTag(tag)
        var request = cmpi_no_request()
        let code = cmpi_isend(
            values.address, Int64(values.count), Int32(countLimit), Scalar.scalarKind.rawValue, Int32(destination),
            Int32(tag), handle, &request)
        try check(code, "MPI_Isend")
        let pending = MPIPendingOperation(communicator: self, kind: .send, first: request, rest: [])
        return _overrideLifetime(Request(.library(pending)), copying: values)
    }

    @_lifetime(&buffer)
    public func startReceive<Scalar: MPIScalar>(
        into buffer: inout MutableSpan<Scalar>, from source: Int?, tag: Int?
    ) throws(MPIError) -> Request {
        if let source { preconditionRank(source, "source of startReceive") }
        if let tag { preconditionTag(tag) }
        var request = cmpi_no_request()
        let code = cmpi_irecv(
            buffer.address, Int64(buffer.count), Int32(countLimit), Scalar.scalarKind.rawValue, Int32(source ?? -1),
            Int32(tag ?? -1), handle, &request)
        try check(code, "MPI_Irecv")
        let pending = MPIPendingOperation(
            communicator: self, kind: .receive(Scalar.scalarKind), first: request, rest: [])
        return _overrideLifetime(Request(.library(pending)), mutating: &buffer)
    }

    @_lifetime(&values)
    public func startAllReduce<Scalar: MPIScalar>(
        _ values: inout MutableSpan<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> Request {
        guard values.count > 0 else { return _overrideLifetime(Request(.finished(nil)), mutating: &values) }
        let pending = try startAllReduce(values.address, count: values.count, `operator`)
        return _overrideLifetime(Request(.library(pending)), mutating: &values)
    }

    public func startAllReduce<Scalar: MPIScalar>(
        ofKept values: UnsafeMutableBufferPointer<Scalar>, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> PendingReduction {
        guard let address = values.baseAddress, values.count > 0 else { return PendingReduction() }
        return PendingReduction(
            try startAllReduce(UnsafeMutableRawPointer(address), count: values.count, `operator`))
    }

    private func startAllReduce<Scalar: MPIScalar>(
        _ address: UnsafeMutableRawPointer, count: Int, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> MPIPendingOperation {
        var first = cmpi_no_request()
        var rest: [CMPIRequest] = []
        for offset in stride(from: 0, to: count, by: countLimit) {
            var request = cmpi_no_request()
            let code = cmpi_iallreduce(
                address + offset * Scalar.stride, Int32(min(count - offset, countLimit)),
                Scalar.scalarKind.rawValue, `operator`.kind.rawValue, handle, &request)
            try check(code, "MPI_Iallreduce")
            if offset == 0 { first = request } else { rest.append(request) }
        }
        return MPIPendingOperation(communicator: self, kind: .reduction, first: first, rest: rest)
    }
}
