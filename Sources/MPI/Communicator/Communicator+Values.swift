// The same operations on arrays and single numbers.

extension Communicator {
    /// Collective. Copies `root`'s array into every other rank's; the same count on all ranks.
    public func broadcast<Scalar: MPIScalar>(_ values: inout [Scalar], root: Int) throws(MPIError) {
        var span = values.mutableSpan
        try broadcast(&span, root: root)
    }

    /// Collective. Makes every rank's array `root`'s, whose count the others need not know.
    public func broadcast<Scalar: MPIScalar>(resizing values: inout [Scalar], root: Int) throws(MPIError) {
        let count = try broadcast(values.count, root: root)
        // All of it is overwritten.
        if rank != root { values = [Scalar](unsafeUninitializedCapacity: count) { $1 = count } }
        try broadcast(&values, root: root)
    }

    /// Collective. `root`'s number, on all ranks.
    public func broadcast<Scalar: MPIScalar>(_ value: Scalar, root: Int) throws(MPIError) -> Scalar {
        var values = [value]
        try broadcast(&values, root: root)
        return values[0]
    }

    /// Collective. The combination over all ranks on the root, nil elsewhere.
    public func reduce<Scalar: MPIScalar>(
        _ values: [Scalar], _ operator: ReductionOperator<Scalar>, root: Int
    ) throws(MPIError) -> [Scalar]? {
        var result = rank == root ? [Scalar](repeating: 0, count: values.count) : []
        var span = result.mutableSpan
        try values.withSpan { input throws(MPIError) in try reduce(input, into: &span, `operator`, root: root) }
        return rank == root ? result : nil
    }

    /// Collective, in place. Every rank's array is replaced by the combination over all ranks.
    public func allReduce<Scalar: MPIScalar>(
        _ values: inout [Scalar], _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) {
        var span = values.mutableSpan
        try allReduce(&span, `operator`)
    }

    /// Collective. The combination of one number of each rank.
    public func allReduce<Scalar: MPIScalar>(
        _ value: Scalar, _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> Scalar {
        var value = value
        try withUnsafeMutablePointer(to: &value) { pointer throws(MPIError) in
            var span = MutableSpan(_unsafeStart: pointer, count: 1)
            try allReduce(&span, `operator`)
        }
        return value
    }

    /// Collective. This rank's run of the combination, see ``reduceScatter(_:into:counts:_:)``.
    public func reduceScatter<Scalar: MPIScalar>(
        _ values: [Scalar], counts: [Int], _ operator: ReductionOperator<Scalar>
    ) throws(MPIError) -> [Scalar] {
        preconditionLayout(BlockLayout(counts: counts), length: values.count, exactly: true, "input of reduceScatter")
        var result = [Scalar](repeating: 0, count: counts[rank])
        var span = result.mutableSpan
        try values.withSpan { input throws(MPIError) in
            try reduceScatter(input, into: &span, counts: counts, `operator`)
        }
        return result
    }

    /// Collective. One number of each rank, in rank order.
    public func allGather<Scalar: MPIScalar>(_ value: Scalar) throws(MPIError) -> [Scalar] {
        var result = [Scalar](repeating: 0, count: size)
        var span = result.mutableSpan
        try [value].withSpan { input throws(MPIError) in
            try allGather(input, into: &span, layout: BlockLayout(count: 1, ranks: size))
        }
        return result
    }

    /// Collective. The array of each rank, in rank order; the lengths may differ and are exchanged first.
    public func allGather<Scalar: MPIScalar>(_ values: [Scalar]) throws(MPIError) -> [[Scalar]] {
        let layout = BlockLayout(counts: try allGather(values.count))
        var result = [Scalar](repeating: 0, count: layout.extent)
        var span = result.mutableSpan
        try values.withSpan { input throws(MPIError) in try allGather(input, into: &span, layout: layout) }
        return (0..<size).map { Array(result[layout[$0]]) }
    }

    /// Collective. The array of each rank, in rank order, on the root and nil elsewhere; the lengths may differ and
    /// are exchanged first.
    public func gather<Scalar: MPIScalar>(_ values: [Scalar], root: Int) throws(MPIError) -> [[Scalar]]? {
        let layout = BlockLayout(counts: try allGather(values.count))
        var result = [Scalar](repeating: 0, count: rank == root ? layout.extent : 0)
        var span = result.mutableSpan
        try values.withSpan { input throws(MPIError) in
            try gather(input, into: &span, layout: layout, root: root)
        }
        return rank == root ? (0..<size).map { Array(result[layout[$0]]) } : nil
    }

    /// Collective. This rank's run of `counts[rank]` elements of the root's array, which is ignored elsewhere.
    public func scatter<Scalar: MPIScalar>(_ values: [Scalar], counts: [Int], root: Int) throws(MPIError) -> [Scalar] {
        precondition(counts.count == size, "scatter to \(counts.count) counts, but there are \(size) ranks")
        var result = [Scalar](repeating: 0, count: counts[rank])
        var span = result.mutableSpan
        try values.withSpan { input throws(MPIError) in
            try scatter(input, into: &span, layout: BlockLayout(counts: counts), root: root)
        }
        return result
    }

    /// Collective. Block d of rank s's array becomes block s of rank d's; all blocks equally long.
    public func allToAll<Scalar: MPIScalar>(_ values: [Scalar]) throws(MPIError) -> [Scalar] {
        var result = [Scalar](repeating: 0, count: values.count)
        var span = result.mutableSpan
        try values.withSpan { input throws(MPIError) in try allToAll(input, into: &span) }
        return result
    }

    /// Sends an array as one message.
    public func send<Scalar: MPIScalar>(_ values: [Scalar], to destination: Int, tag: Int = 0) throws(MPIError) {
        try values.withSpan { values throws(MPIError) in try send(values, to: destination, tag: tag) }
    }

    /// Sends one number.
    public func send<Scalar: MPIScalar>(_ value: Scalar, to destination: Int, tag: Int = 0) throws(MPIError) {
        try send([value], to: destination, tag: tag)
    }

    /// Receives one message of at most `count` elements.
    public func receive<Scalar: MPIScalar>(
        _ type: Scalar.Type, count: Int, from source: Int?, tag: Int? = 0
    ) throws(MPIError) -> [Scalar] {
        var buffer = [Scalar](repeating: 0, count: count)
        var span = buffer.mutableSpan
        let message = try receive(into: &span, from: source, tag: tag)
        return message.count == count ? buffer : Array(buffer.prefix(message.count))
    }

    /// Collective, see ``allocateShared(_:count:alignment:)``; segments start on a cache line of 64 bytes.
    public func allocateShared<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type, count: Int
    ) throws(MPIError) -> SharedWindow<Element> {
        try allocateShared(type, count: count, alignment: 64)
    }
}

extension Array where Element: BitwiseCopyable {
    /// The elements as a span. Not by the property `span`: Swift 6.3 takes a function that passes on the span of an
    /// array argument for one that does not read the array, and optimizes the stores of an array literal away.
    fileprivate func withSpan<Result, Failure: Error>(
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { buffer throws(Failure) in try body(Span(_unsafeElements: buffer)) }
    }
}
