import CDNNL

/// oneDNN's CPU engine and an in-order stream, on which primitives run one after another.
public final class Engine {
    let handle: dnnl_engine_t
    let stream: dnnl_stream_t

    /// - Throws: `OneDNNError` where oneDNN has no CPU engine.
    public init() throws(OneDNNError) {
        var engine: dnnl_engine_t?
        try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "create its CPU engine")
        var stream: dnnl_stream_t?
        let status = dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_in_order.rawValue))
        if status != dnnl_success { dnnl_engine_destroy(engine) }
        try check(status, "create a stream")
        handle = engine!
        self.stream = stream!
    }

    deinit {
        dnnl_stream_destroy(stream)
        dnnl_engine_destroy(handle)
    }
}
