/// Collects the operations of a plan while its layers are prepared.
final class PlanBuilder {
    typealias Argument = (index: Int, layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>)

    let engine: DNNLEngine
    let batch: Int
    let mode: ExecutionPlan.Mode
    private var pool: ActivationPool
    private(set) var forward: [any PlanStep] = []
    /// In the order in which the layers were prepared: run from the last to the first.
    private(set) var backward: [any PlanStep] = []
    private var primitives: [BoundPrimitive] = []

    init(engine: DNNLEngine, batch: Int, mode: ExecutionPlan.Mode, pool: ActivationPool) {
        self.engine = engine
        self.batch = batch
        self.mode = mode
        self.pool = pool
    }

    /// Memory for `[N] + shape` and, in training, for its gradient.
    func featureMap(shape: [Int], withGradient: Bool = true) -> FeatureMap {
        let count = batch * shape.reduce(1, *)
        return FeatureMap(
            shape: shape, values: pool.take(count),
            gradient: mode == .training && withGradient ? pool.take(count) : nil)
    }

    /// What the feature maps lie in; the plan keeps it alive.
    var featureMapMemory: AlignedBuffer {
        pool.storage
    }

    func addForward(
        _ descriptor: PrimitiveDescriptor, _ arguments: [Argument], purpose: String
    ) throws(DNNLError) {
        addForward(try bind(descriptor, arguments, purpose: purpose))
    }

    func addForward(_ step: any PlanStep) {
        forward.append(step)
    }

    /// Within a layer, what is added first runs last.
    func addBackward(
        _ descriptor: PrimitiveDescriptor, _ arguments: [Argument], purpose: String
    ) throws(DNNLError) {
        addBackward(try bind(descriptor, arguments, purpose: purpose))
    }

    func addBackward(_ step: any PlanStep) {
        backward.append(step)
    }

    private func bind(
        _ descriptor: PrimitiveDescriptor, _ arguments: [Argument], purpose: String
    ) throws(DNNLError) -> BoundPrimitive {
        let primitive = try BoundPrimitive(descriptor, engine: engine, arguments, purpose: purpose)
        primitives.append(primitive)
        return primitive
    }

    /// One scratchpad for all primitives, which run one after another.
    func makeScratchpad() throws(DNNLError) -> AlignedBuffer {
        let byteCount = primitives.reduce(0) { max($0, $1.scratchpadByteCount) }
        let scratchpad = AlignedBuffer(byteCount: byteCount)
        for primitive in primitives { try primitive.bindScratchpad(scratchpad.address) }
        return scratchpad
    }
}

/// Memory of its own, 64-byte aligned and zeroed.
public final class AlignedBuffer {
    /// Valid as long as this object lives.
    public let address: UnsafeMutableRawPointer
    public let byteCount: Int

    public init(byteCount: Int) {
        self.byteCount = byteCount
        address = .allocate(byteCount: max(byteCount, 64), alignment: 64)
        address.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    public convenience init(floats: Int) {
        self.init(byteCount: floats * MemoryLayout<Float>.stride)
    }

    /// The memory as floats.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: address.assumingMemoryBound(to: Float.self), count: byteCount / MemoryLayout<Float>.stride)
    }

    deinit {
        address.deallocate()
    }
}

/// The memory in which the feature maps of a network lie. All plans use it from the start, since one runs at a time.
struct ActivationPool {
    let storage: AlignedBuffer
    private var used = 0

    init(floats: Int) {
        storage = AlignedBuffer(floats: floats)
    }

    /// Floats that `take` needs for `count`: whole cache lines.
    static func footprint(_ count: Int) -> Int {
        (count + 15) / 16 * 16
    }

    mutating func take(_ count: Int) -> UnsafeMutablePointer<Float> {
        let start = used
        used += Self.footprint(count)
        precondition(
            used <= storage.floats.count, "the plan needs \(used) floats, the pool has \(storage.floats.count)")
        return storage.floats.baseAddress! + start
    }
}
