import NeuralNetwork

/// Layers that join what several lists of layers make of one input.
extension ReferenceNetwork {
    func residual(
        _ residual: Residual, _ input: Flow, _ mode: ExecutionPlan.Mode, _ path: String
    ) -> Flow {
        var sum = run(residual.branch, input, mode, prefix: "\(path).branch.", names: "\(path).")
        let shortcut =
            switch residual.shortcut {
            case .identity: input
            case .padding: padded(input, to: sum.shape)
            case .layers(let layers): run(layers, input, mode, prefix: "\(path).shortcut.", names: "\(path).")
            }
        sum.isToken = commonMask([sum, shortcut])
        sum.kinkDistance = min(sum.kinkDistance, shortcut.kinkDistance)
        for index in sum.values.indices {
            sum.values[index] += shortcut.values[index]
            sum.errorBound[index] += shortcut.errorBound[index] + Self.unitRoundoff * abs(sum.values[index])
        }
        return sum
    }

    func branches(_ layer: any BranchedLayer, _ input: Flow, _ mode: ExecutionPlan.Mode, _ path: String) -> Flow {
        let outputs = layer.branches.map { run($0.layers, input, mode, prefix: "\(path).\($0.name).") }
        guard let concatenation = layer as? Concatenation else { return added(outputs) }
        // Sizes of what is copied of each at once.
        let isAlongFeatures = concatenation.along == .features
        let sizes = outputs.map { isAlongFeatures ? $0.shape[1] : $0.shape.reduce(1, *) }
        var joined = Flow(
            shape: outputs[0].shape, values: [], errorBound: [], kinkDistance: outputs.map(\.kinkDistance).min()!)
        joined.shape[isAlongFeatures ? 1 : 0] = outputs.reduce(0) { $0 + $1.shape[isAlongFeatures ? 1 : 0] }
        for row in 0..<outputs[0].values.count / sizes[0] {
            for (output, size) in zip(outputs, sizes) {
                joined.values += output.values[row * size..<(row + 1) * size]
                joined.errorBound += output.errorBound[row * size..<(row + 1) * size]
            }
        }
        joined.isToken = isAlongFeatures ? commonMask(outputs) : joinedMask(outputs, batch: input.batch)
        return joined
    }

    private func added(_ outputs: [Flow]) -> Flow {
        var sum = outputs[0]
        sum.isToken = commonMask(outputs)
        sum.kinkDistance = outputs.map(\.kinkDistance).min()!
        for output in outputs.dropFirst() {
            for index in sum.values.indices {
                sum.values[index] += output.values[index]
                sum.errorBound[index] += output.errorBound[index] + Self.unitRoundoff * abs(sum.values[index])
            }
        }
        return sum
    }

    /// A position is a token where it is one in every part that has padding.
    private func commonMask(_ parts: [Flow]) -> [Bool]? {
        let masks = parts.compactMap { $0.shape.count == 2 ? $0.isToken : nil }
        return masks.dropFirst().reduce(masks.first) { common, mask in zip(common!, mask).map { $0 && $1 } }
    }

    /// Positions one behind the other, all of them tokens in a part without padding.
    private func joinedMask(_ parts: [Flow], batch: Int) -> [Bool]? {
        guard parts.contains(where: { $0.isToken != nil }) else { return nil }
        return (0..<batch).flatMap { sample in
            parts.flatMap { part in
                let length = part.shape[0]
                return part.isToken.map { Array($0[sample * length..<(sample + 1) * length]) }
                    ?? [Bool](repeating: true, count: length)
            }
        }
    }
}
