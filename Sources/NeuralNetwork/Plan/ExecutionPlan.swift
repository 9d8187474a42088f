import CKernels
import OneDNN

/// A network prepared for one batch size: every primitive made, every buffer bound.
///
/// Belongs to one thread, that of the `Network` that made it; it may outlive the network, and keeps the owner of the arenas. The plans of
/// a network share the memory of `input`, `logits` and all between, so from filling the input to the backward pass no
/// other plan may run; and what a plan is done with is overwritten: `input` is whole until `forward`, `logits` until
/// `backward`.
public final class ExecutionPlan {
    /// What a plan is for.
    public enum Mode: Sendable, Hashable {
        /// Forward with dropout, and backward.
        case training
        /// Forward alone, without dropout.
        case inference
        /// The same, and what comes out of the layers is kept.
        case probing
    }

    /// Samples N in a batch.
    public let batch: Int
    public let mode: Mode
    /// The batch's samples, `[N, features]` or `[N, C, H, W]`; filled by the caller before `forward`.
    public let input: UnsafeMutableBufferPointer<Float>
    /// The samples' classes, `[N]`, each in 0 ..< K (`loss` checks it); filled by the caller before `loss`.
    public let labels: UnsafeMutableBufferPointer<Int32>
    /// The labels' shares, of samples that are mixed with others; nil where each sample has one label. Set by the caller before
    /// `loss`.
    public var mixture: LabelMixture?
    /// The samples' standardized targets, `[N, K]`, of a network whose outputs are real numbers; filled by the caller before
    /// `loss`. Made when it is asked for.
    public private(set) lazy var targets: UnsafeMutableBufferPointer<Float> = {
        let targets = UnsafeMutableBufferPointer<Float>.allocate(capacity: logits.count)
        targets.initialize(repeating: 0)
        madeTargets = targets
        return targets
    }()
    private var madeTargets: UnsafeMutableBufferPointer<Float>?
    /// The classes of the largest logits, or the bins of the first output, `[N]`; filled by `loss`.
    public let predictions: UnsafeMutableBufferPointer<Int32>
    /// `[N, K]`, filled by `forward`.
    public let logits: UnsafeMutableBufferPointer<Float>
    /// Classes K, or outputs that are real numbers.
    public let classes: Int

    /// `[N, K]`, filled by `loss`, where `backward` starts; nil in inference.
    package let logitGradient: UnsafeMutableBufferPointer<Float>?
    /// In training where asked for by `Network.Options`, filled by `backward`: the gradient of `input`.
    package let inputGradient: UnsafeMutableBufferPointer<Float>?
    /// In probing, filled by `forward`: of each layer that has parameters, in the order of `ParameterLayout.layers`.
    public let layerOutputs: [LayerOutput]
    /// What the steps of `forward` and of `backward` are, in their order.
    public let forwardLabels, backwardLabels: [StepLabel]

    private let forwardSteps: [any PlanStep]
    private let backwardSteps: [any PlanStep]
    /// Not the network itself, which keeps its plans.
    private let memory: AlignedBuffer
    /// Owner of the arenas.
    private let owner: AnyObject?
    private let layout: ParameterLayout

    /// - Parameters:
    ///   - surface: what `builder.finish` gave.
    ///   - planned: when steps run and where the tensors lie in `memory`, which other plans use too; behind them is room for the builder's
    ///     scratchpad.
    init(
        _ builder: PlanBuilder, _ surface: PlanSurface, planned: PlannedMemory, memory: AlignedBuffer,
        of owner: AnyObject?, layout: ParameterLayout
    ) throws {
        self.memory = memory
        self.owner = owner
        self.layout = layout
        batch = builder.batch
        mode = builder.mode
        let addresses = builder.addresses(planned.memory, memory: memory.address)
        func floats(_ tensor: PlanTensor) -> UnsafeMutableBufferPointer<Float> {
            UnsafeMutableBufferPointer(
                start: addresses(tensor).assumingMemoryBound(to: Float.self),
                count: tensor.layout.shape.reduce(1, *))
        }
        input = floats(surface.input)
        logits = floats(surface.logits)
        classes = logits.count / batch
        logitGradient = surface.logitGradient.map(floats)
        inputGradient = surface.inputGradient.map(floats)
        layerOutputs = builder.layerOutputs.map { LayerOutput(layer: $0.layer, values: floats($0.values)) }
        (forwardSteps, backwardSteps) = try builder.makeSteps(planned, memory: memory.address)
        forwardLabels = builder.forward.map(\.label)
        backwardLabels = builder.backwardLabels(planned.schedule)
        let primitives = (forwardSteps + backwardSteps).compactMap { $0 as? BoundPrimitive }
        // One scratchpad, behind the tensors, for all primitives, which run one after another.
        for primitive in primitives { try primitive.bindScratchpad(memory.address + planned.memory.byteCount) }
        labels = .allocate(capacity: batch)
        labels.initialize(repeating: 0)
        predictions = .allocate(capacity: batch)
        predictions.initialize(repeating: 0)
    }

    deinit {
        labels.deallocate()
        madeTargets?.deallocate()
        predictions.deallocate()
    }

    /// Computes `logits` from `input`.
    ///
    /// - Parameter profile: adds the seconds of each step to its figures.
    public func forward(
        _ position: BatchPosition = BatchPosition(step: 0, firstSample: 0), profile: StepProfile? = nil
    ) throws {
        try run(forwardSteps, forwardLabels, position, profile)
    }

    private func run(
        _ steps: [any PlanStep], _ labels: [StepLabel], _ position: BatchPosition, _ profile: StepProfile?
    ) throws {
        guard let profile else {
            for step in steps { try step.run(position) }
            return
        }
        for (step, label) in zip(steps, labels) {
            try profile.measure(label) { try step.run(position) }
        }
    }

    /// Takes part, without samples, in what all ranks do together in `forward` and `backward`: sums of synchronised
    /// statistics. For a rank that has no samples while others have.
    public func runWithoutSamples() throws {
        for step in forwardSteps { try step.runWithoutSamples() }
        for step in backwardSteps { try step.runWithoutSamples() }
    }

    /// Softmax cross-entropy of `logits` against `labels`; fills `predictions` and, in training, the gradient that
    /// `backward` starts from.
    ///
    /// - Parameters:
    ///   - labelSmoothing: ε in [0, 1): the target is (1 − ε) on the label plus ε / K on every class (Szegedy et al.,
    ///     CVPR 2016, section 7).
    ///   - weights: of the classes; nil for the same of all. Those of a target smoothed are PyTorch's.
    ///   - gradientScale: what a sample's gradient is multiplied by: 1 / global batch, so that the sum over samples and
    ///     ranks is the gradient of the mean loss.
    public func loss(
        labelSmoothing: Float = 0, weights: ClassWeights? = nil, gradientScale: Float = 1
    ) -> BatchLoss {
        // The kernel reads and writes at the label's place.
        for (sample, label) in labels.enumerated() {
            precondition(
                label >= 0 && label < classes, "sample \(sample) has the label \(label), 0 ..< \(classes) expected")
        }
        if let mixture { return loss(of: mixture, labelSmoothing: labelSmoothing, gradientScale: gradientScale) }
        var nonFinite: Int64 = 0
        var sum = SIMD8<Int64>()
        withUnsafeMutableBytes(of: &sum) { sum in
            let sum = sum.assumingMemoryBound(to: Int64.self).baseAddress
            if let weights {
                precondition(weights.values.count == classes, "\(weights.values.count) weights of \(classes) classes")
                kernels_weighted_cross_entropy(
                    logits.baseAddress, labels.baseAddress, weights.values, Int64(batch), Int64(classes),
                    labelSmoothing, gradientScale, logitGradient?.baseAddress, predictions.baseAddress, sum, &nonFinite)
            } else {
                kernels_softmax_cross_entropy(
                    logits.baseAddress, labels.baseAddress, Int64(batch), Int64(classes), labelSmoothing,
                    gradientScale, logitGradient?.baseAddress, predictions.baseAddress, sum, &nonFinite)
            }
        }
        return BatchLoss(digits: sum, nonFiniteCount: nonFinite)
    }

    /// Computes the gradient of all parameters, overwriting the gradient arena.
    ///
    /// - Parameters:
    ///   - profile: adds the seconds of each step to its figures.
    ///   - onFinal: called when the gradients of further layers are final: those from an element of the arena on.
    public func backward(
        _ position: BatchPosition = BatchPosition(step: 0, firstSample: 0), profile: StepProfile? = nil,
        onFinal: ((_ floor: Int) throws -> Void)? = nil
    ) throws {
        precondition(mode == .training, "a plan for inference has no backward pass")
        guard let onFinal else { return try run(backwardSteps, backwardLabels, position, profile) }
        for (index, step) in backwardSteps.enumerated() {
            if let profile {
                try profile.measure(backwardLabels[index]) { try step.run(position) }
            } else {
                try step.run(position)
            }
            if index == 0 || gradientFloors[index] < gradientFloors[index - 1] { try onFinal(gradientFloors[index]) }
        }
    }

    /// For each step of the backward pass the element of the gradient arena from which on nothing is written after it.
    private lazy var gradientFloors: [Int] = {
        var floor = 0
        var floors: [Int] = []
        for label in backwardLabels.reversed() {
            floors.append(floor)
            for tensor in layout.tensors where layout.layers[tensor.layer] == label.layer {
                floor = max(floor, tensor.range.upperBound)
            }
        }
        return floors.reversed()
    }()
}

/// What comes out of a layer for a batch, with the activation that is fused into it.
public struct LayerOutput {
    /// The layer's place in the specification.
    public let layer: String
    /// `[N, units]`, or `[N, C]`: means over the pixels. Valid as long as the plan, and until another plan runs.
    public let values: UnsafeMutableBufferPointer<Float>
}
