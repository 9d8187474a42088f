import CKernels
import OneDNN

/// Copies of the branches' outputs into one map; the gradient is cut up in the same way.
struct ConcatenationLayer: Layer {
    let path: String
    let branches: [[any Layer]]
    let along: Concatenation.Axis
    let outputShape: [Int]

    var keepsPositions: Bool { false }
    var givesSequence: Bool { along == .features }

    var summary: String { "concatenation of \(branches.count) branches" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let outputs = try plan.prepare(branches, input: input)
        let parts = try alike(outputs, in: plan)
        var output = plan.featureMap(
            try layout(of: outputShape, isBlocked: parts[0].tensor.layout.isBlocked, in: plan), shape: outputShape,
            needsGradient: parts.contains { $0.needsGradient })
        let places = places(of: parts, in: output)
        plan.add(label(.forward), uses: parts.map(\.tensor) + [output.tensor]) { addresses in
            let (sources, target) = (parts.map { addresses($0.tensor) }, addresses(output.tensor))
            return KernelStep {
                for (source, place) in zip(sources, places) {
                    kernels_copy_rows(
                        target + place.offset, place.stride, source, Int64(place.width), Int64(place.width), place.rows)
                }
            }
        }
        output.mask =
            along == .channels
            ? try plan.joinedMask(of: outputs, layer: path) : plan.commonMask(of: outputs, layer: path)
        guard output.needsGradient else { return output }
        plan.addBackward { [output] in
            let gradient = plan.gradient(of: output, layer: path)
            let wanted = zip(parts, places).filter { $0.0.needsGradient }
            let targets = wanted.map { plan.newGradient(of: $0.0) }
            plan.add(label(.backward), uses: targets + [gradient]) { addresses in
                let (source, targets) = (addresses(gradient), targets.map { addresses($0) })
                let places = wanted.map(\.1)
                return KernelStep {
                    for (target, place) in zip(targets, places) {
                        kernels_copy_rows(
                            target, Int64(place.width), source + place.offset, place.stride, Int64(place.width),
                            place.rows)
                    }
                }
            }
        }
        return output
    }

    /// In blocks where each part is of whole ones, else with the channels last; vectors plain, and sequences along their features.
    private func alike(_ parts: [FeatureMap], in plan: PlanBuilder) throws -> [FeatureMap] {
        if along == .features { return try parts.map { try plan.sequence($0, layer: path) } }
        if outputShape.count == 1 { return try parts.map { try plan.vector($0, layer: path) } }
        let isBlocked = parts.allSatisfy { $0.shape[0] % Processor.channelBlock == 0 }
        return try parts.map { part in
            try plan.converted(
                part, to: try layout(of: part.shape, isBlocked: isBlocked, in: plan), shape: part.shape, layer: path)
        }
    }

    private func layout(of shape: [Int], isBlocked: Bool, in plan: PlanBuilder) throws -> MemoryDescriptor {
        if shape.count == 1 || along == .features {
            return try MemoryDescriptor(plain: [plan.batch] + shape, plan.options.precision)
        }
        return try isBlocked ? plan.blocked(shape) : plan.channelsLast(shape)
    }

    /// Where a part lies in the whole: rows of as many bytes as it has in a sample, a pixel or a position.
    private struct Place {
        let offset, width: Int
        let rows, stride: Int64
    }

    private func places(of parts: [FeatureMap], in output: FeatureMap) -> [Place] {
        let samples = output.tensor.layout.shape[0]
        let pixels = along == .features ? outputShape[0] : outputShape.dropFirst().reduce(1, *)
        let rows = output.tensor.layout.isBlocked ? samples : samples * pixels
        let stride = Int64(output.tensor.layout.byteCount / rows)
        var offset = 0
        return parts.map { part in
            let width = part.tensor.layout.byteCount / rows
            defer { offset += width }
            return Place(offset: offset, width: width, rows: Int64(rows), stride: stride)
        }
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "concatenation", multiplyAdds: 0)
    }
}
