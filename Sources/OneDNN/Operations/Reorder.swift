import CDNNL

/// A copy between two layouts or number formats of one shape: oneDNN's reorder.
public enum Reorder {
    /// Arguments `source`, `destination`.
    ///
    /// - Throws: `OneDNNError` where oneDNN has no implementation.
    public static func descriptor(
        from source: MemoryDescriptor, to destination: MemoryDescriptor, engine: Engine
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: "a reorder") {
            dnnl_reorder_primitive_desc_create(
                &$0, source.storage.layout, engine.handle, destination.storage.layout, engine.handle, $1)
        }
    }
}
