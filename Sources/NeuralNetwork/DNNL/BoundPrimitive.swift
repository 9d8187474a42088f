import CDNNL

/// A primitive with all its arguments bound to memory: made once, run at every step.
final class BoundPrimitive {
    private let primitive: dnnl_primitive_t
    private let stream: dnnl_stream_t
    private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
    private let engine: DNNLEngine
    let purpose: String

    /// - Parameter arguments: the index, layout and buffer of each argument. The buffers outlive this object. The
    ///   scratchpad is added by this initialiser and bound by `bindScratchpad(_:)`.
    init(
        _ descriptor: PrimitiveDescriptor, engine: DNNLEngine,
        _ arguments: [(index: Int, layout: MemoryDescriptor, buffer: UnsafeMutableRawPointer)], purpose: String
    ) throws(DNNLError) {
        self.engine = engine
        self.purpose = purpose
        stream = engine.stream
        var primitive: dnnl_primitive_t?
        try check(dnnl_primitive_create(&primitive, descriptor.raw), "create \(purpose)")
        self.primitive = primitive!

        let scratchpad = descriptor.descriptor(dnnl_query_scratchpad_md)
        scratchpadByteCount = scratchpad.byteCount
        self.arguments = .allocate(capacity: arguments.count + 1)
        // Whole before the first call that may fail, since `deinit` destroys what is in it; null is destroyed for free.
        self.arguments.initialize(repeating: dnnl_exec_arg_t(arg: 0, memory: nil))
        for (position, argument) in arguments.enumerated() {
            var memory: dnnl_memory_t?
            var layout = argument.layout.raw
            try check(
                dnnl_memory_create(&memory, &layout, engine.engine, argument.buffer), "bind an argument of \(purpose)")
            self.arguments[position] = dnnl_exec_arg_t(arg: Int32(argument.index), memory: memory)
        }
        var memory: dnnl_memory_t?
        var layout = scratchpad.raw
        try check(
            cdnnl_memory_create_unbound(&memory, &layout, engine.engine), "bind the scratchpad of \(purpose)")
        self.arguments[arguments.count] = dnnl_exec_arg_t(arg: Int32(CDNNL_ARG_SCRATCHPAD), memory: memory)
    }

    deinit {
        for argument in arguments { dnnl_memory_destroy(argument.memory) }
        arguments.deallocate()
        dnnl_primitive_destroy(primitive)
    }

    let scratchpadByteCount: Int

    /// Primitives run one after another, so all of a network share one scratchpad.
    func bindScratchpad(_ buffer: UnsafeMutableRawPointer) throws(DNNLError) {
        try check(
            dnnl_memory_set_data_handle(arguments.last!.memory, buffer), "bind the scratchpad of \(purpose)")
    }

    @inline(__always)
    func run() throws(DNNLError) {
        try check(
            dnnl_primitive_execute(primitive, stream, Int32(arguments.count), arguments.baseAddress), "run \(purpose)")
    }
}
