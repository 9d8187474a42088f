import OneDNN

/// What a network becomes on this processor: for tables. Nothing is run.
public struct NetworkSummary: Sendable {
    /// A layer as it is computed, with its neighbours that are fused into it.
    public struct Layer: Sendable {
        /// Its place in the specification, for example "3.branch.0".
        public let path: String
        /// For example "convolution 3 × 3 + relu".
        public let summary: String
        /// `[N]` and the shape of a sample.
        public let outputShape: [Int]
        public let parameterCount: Int
        /// Multiplications with an addition, of a sample's forward pass.
        public let multiplyAdds: Int
        /// What computes the passes, by oneDNN's names or the kernels' own; without reorders.
        public let implementations: [StepLabel.Pass: String]
        /// oneDNN's name of the layout of what comes out, dimensions from the slowest to the fastest: "aBcd16b" for blocks of
        /// 16 channels, "Abcd16a" for blocks of 16 samples, "acdb" for channels last, "ab" for vectors.
        public let layout: String
    }

    /// In the order of the forward pass.
    public let layers: [Layer]
    /// Samples N.
    public let batch: Int
    /// Bytes of activations and their gradients where each has memory of its own, and as planned.
    public let separateByteCount, plannedByteCount: Int
    /// The same as planned where activations are computed again in the backward pass.
    public let recomputedByteCount: Int
    /// The same of an evaluation.
    public let plannedInferenceByteCount: Int
    /// Bytes that the hungriest primitive needs while it runs.
    public let scratchpadByteCount: Int
    /// Bytes that steps keep beside these in training: which place of a window held its maximum, what dropout keeps.
    public let keptByteCount: Int
    /// Copies from one layout or number format to another in a training step.
    public let reorderCount: Int

    /// - Throws: `SpecificationError`, `UnsupportedPrecision`, `OneDNNError`.
    public init(
        _ specification: NetworkSpecification, options: Network.Options = Network.Options(), batch: Int
    ) throws {
        try options.precision.checkSupport(emulated: options.emulatesBFloat16)
        let engine = try Engine()
        let graph = try LayerGraph(specification, seed: 0)
        func draft(_ mode: ExecutionPlan.Mode) throws -> PlanBuilder {
            let builder = PlanBuilder(
                engine: engine, batch: batch, mode: mode, options: options, bindings: nil, sumOverRanks: nil)
            _ = try Network.prepare(graph, specification, in: builder)
            return builder
        }
        let training = try draft(.training)
        let labels = (training.forward + training.backward).map(\.label)
        self.batch = batch
        let planned = training.planned(recomputing: false)
        (plannedByteCount, separateByteCount) = (planned.memory.byteCount, planned.separateByteCount)
        recomputedByteCount = training.planned(recomputing: true).memory.byteCount
        plannedInferenceByteCount = try draft(.inference).planned(recomputing: false).memory.byteCount
        scratchpadByteCount = training.scratchpadByteCount
        keptByteCount = training.keptByteCount
        reorderCount = labels.count { $0.pass == .reorder }
        layers = training.outputs.map { layer, output in
            let own = labels.filter { $0.layer == layer.path && $0.pass != .reorder }
            return Layer(
                path: layer.path, summary: layer.summary, outputShape: [batch] + output.shape,
                parameterCount: training.parameters.filter { $0.layer == layer.path }
                    .reduce(0) { $0 + $1.parameter.count },
                multiplyAdds: own.filter { $0.pass == .forward }.reduce(0) { $0 + $1.multiplyAdds } / batch,
                implementations: Dictionary(own.map { ($0.pass, $0.implementation) }) { first, _ in first },
                layout: output.tensor.layout.layoutName)
        }
    }

    public var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }
    /// Multiplications with an addition in a sample's forward pass.
    public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }
}
