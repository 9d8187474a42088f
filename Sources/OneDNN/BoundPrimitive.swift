import CDNNL

/// A primitive with all its arguments bound to memory: made once, run at every step.
public final class BoundPrimitive {
    private let primitive: dnnl_primitive_t
    private let stream: dnnl_stream_t
    private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
    private let engine: Engine
    private let purpose: String
    public let scratchpadByteCount: Int

    /// - Parameters:
    ///   - arguments: the layout and the buffer of each argument. The buffers outlive this object. The scratchpad is added by
    ///     this initializer and bound by `bindScratchpad(_:)`.
    ///   - purpose: for the error message.
    public init(
        _ descriptor: PrimitiveDescriptor, engine: Engine,
        _ arguments: [(argument: PrimitiveArgument, layout: MemoryDescriptor, buffer: UnsafeMutableRawPointer)],
        purpose: String
    ) throws(OneDNNError) {
        self.engine = engine
        self.purpose = purpose
        stream = engine.stream
        var primitive: dnnl_primitive_t?
        try check(dnnl_primitive_create(&primitive, descriptor.raw), "create \(purpose)")
        self.primitive = primitive!

        let scratchpad = descriptor.scratchpad
        scratchpadByteCount = descriptor.scratchpadByteCount
        self.arguments = .allocate(capacity: arguments.count + 1)
        // Whole before the first call that may fail, since `deinit` destroys what is in it; null is destroyed for free.
        self.arguments.initialize(repeating: dnnl_exec_arg_t(arg: 0, memory: nil))
        for (position, argument) in arguments.enumerated() {
            var memory: dnnl_memory_t?
            try check(
                dnnl_memory_create(&memory, argument.layout.storage.layout, engine.handle, argument.buffer),
                "bind an argument of \(purpose)")
            self.arguments[position] = dnnl_exec_arg_t(arg: argument.argument.index, memory: memory)
        }
        var memory: dnnl_memory_t?
        try check(
            cdnnl_memory_create_unbound(&memory, scratchpad.layout, engine.handle),
            "bind the scratchpad of \(purpose)")
        self.arguments[arguments.count] = dnnl_exec_arg_t(arg: PrimitiveArgument.scratchpad.index, memory: memory)
    }

    deinit {
        for argument in arguments { dnnl_memory_destroy(argument.memory) }
        arguments.deallocate()
        dnnl_primitive_destroy(primitive)
    }

    /// Primitives run one after another, so those of a network share one scratchpad, which outlives this object.
    public func bindScratchpad(_ buffer: UnsafeMutableRawPointer) throws(OneDNNError) {
        try check(
            dnnl_memory_set_data_handle(arguments.last!.memory, buffer), "bind the scratchpad of \(purpose)")
    }

    /// Computes from the buffers, into the buffers.
    public func run() throws(OneDNNError) {
        try check(
            dnnl_primitive_execute(primitive, stream, Int32(arguments.count), arguments.baseAddress), "run \(purpose)")
    }
}
