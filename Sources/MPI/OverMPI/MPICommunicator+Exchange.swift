internal import CMPI

extension MPICommunicator {
    /// One block of a collective that is carried out by messages.
    struct BlockMessage {
        let partner: Int
        let address: UnsafeMutableRawPointer
        let count: Int
    }

    /// The blocks of a buffer that go to, or come from, `partners`; empty blocks are no messages.
    func messages<Scalar: MPIScalar>(
        of buffer: UnsafeMutableRawPointer, _ type: Scalar.Type, sendingTo partners: Range<Int>,
        block: (_ partner: Int) -> Range<Int>
    ) -> [BlockMessage] {
        partners.compactMap { partner in
            let elements = block(partner)
            return elements.isEmpty
                ? nil
                : BlockMessage(
                    partner: partner, address: buffer + elements.lowerBound * Scalar.stride, count: elements.count)
        }
    }

    /// The blocks of a buffer that is only read.
    func messages<Scalar: MPIScalar>(
        of buffer: UnsafeRawPointer, _ type: Scalar.Type, sendingTo partners: Range<Int>,
        block: (_ partner: Int) -> Range<Int>
    ) -> [BlockMessage] {
        messages(of: UnsafeMutableRawPointer(mutating: buffer), type, sendingTo: partners, block: block)
    }

    /// Collective. Sends and receives all blocks at once, each as one message of whatever length.
    func exchange(_ sent: [BlockMessage], _ received: [BlockMessage], _ kind: Int32) throws(MPIError) {
        let space = try privateMessageSpace()
        var requests: [CMPIRequest] = []
        requests.reserveCapacity(sent.count + received.count)
        var status = cmpi_success()
        for block in received where status == cmpi_success() {
            var request = cmpi_no_request()
            status = cmpi_irecv(
                block.address, Int64(block.count), Int32(countLimit), kind, Int32(block.partner), 0, space.handle,
                &request)
            requests.append(request)
        }
        for block in sent where status == cmpi_success() {
            var request = cmpi_no_request()
            status = cmpi_isend(
                block.address, Int64(block.count), Int32(countLimit), kind, Int32(block.partner), 0, space.handle,
                &request)
            requests.append(request)
        }
        // After a failed start the others may never be matched: report it rather than wait.
        try check(status, "MPI_Isend")
        for var request in requests {
            let code = waiting(in: "MPI_Wait") { cmpi_wait(&request) }
            if status == cmpi_success() { status = code }
        }
        try check(status, "MPI_Wait")
    }
}
