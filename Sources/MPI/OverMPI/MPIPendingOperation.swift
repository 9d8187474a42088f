internal import CMPI

/// The library's requests behind one ``Request``: usually one, several for a reduction beyond 2³¹−1 elements.
struct MPIPendingOperation {
    enum Kind {
        case send, reduction
        case receive(ScalarKind)
    }

    let communicator: MPICommunicator
    let kind: Kind
    let first: CMPIRequest
    /// The further chunks'; empty, and so without an allocation, in the usual case.
    let rest: [CMPIRequest]

    var isComplete: Bool {
        get throws(MPIError) {
            var flag: Int32 = 0
            try MPIError.check(cmpi_request_is_complete(first, &flag), "MPI_Request_get_status")
            for request in rest where flag != 0 {
                try MPIError.check(cmpi_request_is_complete(request, &flag), "MPI_Request_get_status")
            }
            return flag != 0
        }
    }

    /// Waits for all of the requests, even if one fails, since the buffer is given back afterwards.
    func wait() throws(MPIError) -> ReceivedMessage? {
        var request = first
        var source: Int32 = 0
        var tag: Int32 = 0
        var count: Int64 = 0
        var status: Int32
        switch kind {
        case .receive(let scalar):
            status = cmpi_wait_received(&request, scalar.rawValue, &source, &tag, &count)
        case .send, .reduction:
            status = waiting(in: "MPI_Wait") { cmpi_wait(&request) }
        }
        for var request in rest {
            let next = waiting(in: "MPI_Wait") { cmpi_wait(&request) }
            if status == cmpi_success() { status = next }
        }
        switch kind {
        case .receive:
            try communicator.check(status, "MPI_Irecv")
            return ReceivedMessage(source: Int(source), tag: Int(tag), count: Int(count))
        case .send:
            try communicator.check(status, "MPI_Isend")
        case .reduction:
            try communicator.check(status, "MPI_Iallreduce")
        }
        return nil
    }
}
