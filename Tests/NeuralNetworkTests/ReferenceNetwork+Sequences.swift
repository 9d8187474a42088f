import Foundation
import NeuralNetwork

/// Layers on sequences `[L, E]`.
extension ReferenceNetwork {
    func onSequence(
        _ layer: any LayerSpecification, _ input: Flow, _ mode: ExecutionPlan.Mode, _ path: String
    ) -> Flow {
        switch layer {
        case let layer as Embedding: return embedding(layer, input, path)
        case let layer as ColumnEmbeddings: return columns(layer, input, path)
        case let layer as PositionwiseDense:
            return product(
                input, weight: parameters["\(path).weight"]!, bias: layer.bias ? parameters["\(path).bias"]! : nil)
        case is MeanPooling:
            return pooled(input, scores: [Double](repeating: 0, count: positions(input)), errors: nil)
        case is AttentionPooling: return attentionPooling(input, query: parameters["\(path).query"]!)
        case is ClassToken: return withClassToken(input, parameters["\(path).weight"]!)
        case let layer as TokenSelection:
            return gathered(input, [input.shape[1]]) { sample, feature in
                (sample * input.shape[0] + layer.position) * input.shape[1] + feature
            }
        case let layer as PositionalEncoding:
            return adding(
                layer.kind == .learned ? parameters["\(path).weight"]! : sinusoids(input.shape), to: input)
        case is Transposition: return transposed(input)
        case let layer as Attention: return attention(layer, input, path)
        case let layer as TransformerBlock:
            return layer.inner(input: input.shape).reduce(input) { flow, part in
                var sum = run(part.layers, flow, mode, prefix: "\(path).\(part.key).")
                for index in sum.values.indices {
                    sum.values[index] += flow.values[index]
                    sum.errorBound[index] += flow.errorBound[index] + Self.unitRoundoff * abs(sum.values[index])
                }
                sum.isToken = flow.isToken
                return sum
            }
        case let layer as PatchEmbedding:
            var map = convolution(
                Convolution(channels: layer.features, kernel: layer.patch, stride: layer.patch), input, path)
            map.shape = [map.shape[0], map.shape[1] * map.shape[2]]
            return transposed(map)
        default: preconditionFailure("no reference for \(layer)")
        }
    }

    /// Positions of all samples.
    private func positions(_ flow: Flow) -> Int { flow.batch * flow.shape[0] }

    private func embedding(_ layer: Embedding, _ input: Flow, _ path: String) -> Flow {
        let weight = parameters["\(path).weight"]!
        let numbers = input.values.map { Int($0.rounded()) }
        let values = numbers.flatMap { number in
            (0..<layer.features).map { number == layer.padding ? 0 : weight[number * layer.features + $0] }
        }
        return Flow(
            shape: [input.shape[0], layer.features], values: values,
            errorBound: [Double](repeating: 0, count: values.count),
            isToken: layer.padding.map { padding in numbers.map { $0 != padding } })
    }

    private func columns(_ layer: ColumnEmbeddings, _ input: Flow, _ path: String) -> Flow {
        let (features, widths) = (input.shape[0], layer.columnWidths)
        var output = Flow(
            shape: [features - widths.count + widths.reduce(0, +)], values: [], errorBound: [],
            kinkDistance: input.kinkDistance)
        for sample in 0..<input.batch {
            let row = Array(input.values[sample * features..<(sample + 1) * features])
            output.values += row.indices.filter { !layer.positions.contains($0) }.map { row[$0] }
            for (index, position) in layer.positions.enumerated() {
                let (level, weight) = (Int(row[position].rounded()), parameters["\(path).\(index).weight"]!)
                output.values += (0..<widths[index]).map { level == 0 ? 0 : weight[(level - 1) * widths[index] + $0] }
            }
        }
        output.errorBound = [Double](repeating: 0, count: output.values.count)
        return output
    }

    /// Each position times a weight `[units, E]`.
    private func product(_ input: Flow, weight: [Double], bias: [Double]?) -> Flow {
        let units = weight.count / input.shape[1]
        var rows = input
        rows.shape = [input.shape[1]]
        var output = dense(rows, weight: weight, bias: bias ?? [Double](repeating: 0, count: units))
        output.shape = [input.shape[0], units]
        output.isToken = input.isToken
        return output
    }

    /// Elements of the input, by sample and place in the output's sample.
    private func gathered(_ input: Flow, _ shape: [Int], _ index: (_ sample: Int, _ place: Int) -> Int) -> Flow {
        var output = Flow(shape: shape, values: [], errorBound: [], kinkDistance: input.kinkDistance)
        for sample in 0..<input.batch {
            for place in 0..<shape.reduce(1, *) {
                output.values.append(input.values[index(sample, place)])
                output.errorBound.append(input.errorBound[index(sample, place)])
            }
        }
        return output
    }

    private func transposed(_ input: Flow) -> Flow {
        let (rows, columns) = (input.shape[0], input.shape[1])
        return gathered(input, [columns, rows]) { sample, place in
            sample * rows * columns + place % rows * columns + place / rows
        }
    }

    private func withClassToken(_ input: Flow, _ token: [Double]) -> Flow {
        let (rows, features) = (input.shape[0], token.count)
        var output = gathered(input, [rows + 1, features]) { sample, place in
            sample * rows * features + max(place - features, 0)
        }
        for sample in 0..<input.batch {
            for feature in 0..<features {
                output.values[sample * (rows + 1) * features + feature] = token[feature]
                output.errorBound[sample * (rows + 1) * features + feature] = 0
            }
        }
        output.isToken = input.isToken.map { isToken in
            (0..<input.batch).flatMap { [true] + isToken[$0 * rows..<($0 + 1) * rows] }
        }
        return output
    }

    private func sinusoids(_ shape: [Int]) -> [Double] {
        (0..<shape[0] * shape[1]).map { index in
            let (position, feature) = (Double(index / shape[1]), index % shape[1])
            let angle = position / pow(10000, Double(feature / 2 * 2) / Double(shape[1]))
            return Double(Float(feature % 2 == 0 ? sin(angle) : cos(angle)))
        }
    }

    private func adding(_ rows: [Double], to input: Flow) -> Flow {
        var output = input
        for index in output.values.indices {
            output.values[index] += rows[index % rows.count]
            output.errorBound[index] += Self.unitRoundoff * abs(output.values[index])
        }
        return output
    }

    // MARK: - Weighted means

    /// - Parameters:
    ///   - scores: `[N, L]`, whose softmax are the weights.
    ///   - errors: of the scores; nil for none.
    private func pooled(_ input: Flow, scores: [Double], errors: [Double]?) -> Flow {
        let (rows, features) = (input.shape[0], input.shape[1])
        var output = Flow(shape: [features], values: [], errorBound: [], kinkDistance: input.kinkDistance)
        for sample in 0..<input.batch {
            let range = sample * rows..<(sample + 1) * rows
            let weights = Softmax(
                Array(scores[range]), errors: errors.map { Array($0[range]) },
                isSeen: input.isToken.map { Array($0[range]) } ?? [Bool](repeating: true, count: rows))
            for feature in 0..<features {
                output.append(weights, input, at: range.map { $0 * features + feature })
            }
        }
        return output
    }

    private func attentionPooling(_ input: Flow, query: [Double]) -> Flow {
        let features = query.count
        var scores: [Double] = []
        var errors: [Double] = []
        for row in 0..<positions(input) {
            var sum = BoundedSum(startingAt: 0)
            for feature in 0..<features { sum.add(query[feature], input, at: row * features + feature) }
            let scale = 1 / Double(features).squareRoot()
            scores.append(sum.value * scale)
            errors.append(sum.errorBound * scale + 4 * Self.unitRoundoff * abs(sum.value) * scale)
        }
        return pooled(input, scores: scores, errors: errors)
    }

    // MARK: - Attention

    private func attention(_ layer: Attention, _ input: Flow, _ path: String) -> Flow {
        func parameter(_ name: String) -> [Double]? { parameters["\(path).\(name)"] }
        let rows = input.shape[0]
        let features = layer.features ?? input.shape[1]
        let size = features / layer.heads
        var projected = product(input, weight: parameter("in_proj_weight")!, bias: parameter("in_proj_bias"))
        if layer.rotary { turn(&projected, features: features, size: size) }
        func place(_ sample: Int, _ row: Int, part: Int, head: Int) -> Int {
            ((sample * rows + row) * 3 + part) * features + head * size
        }
        var found = Flow(shape: [rows, features], values: [], errorBound: [], kinkDistance: input.kinkDistance)
        for sample in 0..<input.batch {
            for row in 0..<rows {
                for head in 0..<layer.heads {
                    let query = place(sample, row, part: 0, head: head)
                    let scores = (0..<rows).map {
                        score(projected, query, place(sample, $0, part: 1, head: head), size)
                    }
                    let weights = Softmax(
                        scores.map(\.value), errors: scores.map(\.error),
                        isSeen: (0..<rows).map {
                            (input.isToken?[sample * rows + $0] ?? true) && (!layer.causal || $0 <= row)
                        })
                    for feature in 0..<size {
                        found.append(
                            weights, projected,
                            at: (0..<rows).map { place(sample, $0, part: 2, head: head) + feature })
                    }
                }
            }
        }
        found.isToken = input.isToken
        return product(found, weight: parameter("out_proj_weight")!, bias: parameter("out_proj_bias"))
    }

    /// The product of a query and a key over √d, with a bound on its error.
    private func score(_ flow: Flow, _ query: Int, _ key: Int, _ size: Int) -> (value: Double, error: Double) {
        let scale = 1 / Double(size).squareRoot()
        var (sum, error, magnitude) = (0.0, 0.0, 0.0)
        for feature in 0..<size {
            let (q, k) = (flow.values[query + feature], flow.values[key + feature])
            let (ofQ, ofK) = (flow.errorBound[query + feature], flow.errorBound[key + feature])
            sum += q * k
            magnitude += abs(q * k)
            error += abs(q) * ofK + abs(k) * ofQ + ofQ * ofK
        }
        return (sum * scale, scale * (error + Double(size + 4) * Self.unitRoundoff * magnitude))
    }

    /// Turns the pairs of features of queries and keys.
    private func turn(_ projected: inout Flow, features: Int, size: Int) {
        let rows = projected.shape[0]
        for index in stride(from: 0, to: projected.values.count, by: 2) {
            let (row, feature) = (index / (3 * features) % rows, index % (3 * features))
            guard feature < 2 * features else { continue }
            let angle = Double(row) / pow(10000, Double(feature % size) / Double(size))
            let (x, y) = (projected.values[index], projected.values[index + 1])
            let error = projected.errorBound[index] + projected.errorBound[index + 1]
            projected.values[index] = x * cos(angle) - y * sin(angle)
            projected.values[index + 1] = x * sin(angle) + y * cos(angle)
            for place in [index, index + 1] {
                projected.errorBound[place] = error + 4 * Self.unitRoundoff * (abs(x) + abs(y))
            }
        }
    }
}

/// Weights that sum to 1 over what is seen, 0 elsewhere, with a bound on their error in relation to each.
private struct Softmax {
    let weights: [Double]
    let relativeError: Double

    init(_ scores: [Double], errors: [Double]?, isSeen: [Bool]) {
        let seen = zip(scores, isSeen).filter(\.1).map(\.0)
        let largest = seen.max() ?? 0
        let exponentials = zip(scores, isSeen).map { $1 ? exp($0 - largest) : 0 }
        let sum = exponentials.reduce(0, +)
        weights = exponentials.map { sum > 0 ? $0 / sum : 0 }
        let spread = seen.map { abs($0 - largest) }.max() ?? 0
        let ofScores = 2 * (errors ?? []).reduce(0, max)
        // The exponential within 4 units, the sum within one a term.
        let rounding = (2 * spread + Double(scores.count) + 16) * ReferenceNetwork.unitRoundoff
        relativeError = expm1(ofScores + rounding)
    }
}

extension ReferenceNetwork.Flow {
    /// The weighted mean of some elements of another flow.
    fileprivate mutating func append(_ softmax: Softmax, _ input: Self, at places: [Int]) {
        var (sum, magnitude, error) = (0.0, 0.0, 0.0)
        for (weight, place) in zip(softmax.weights, places) {
            sum += weight * input.values[place]
            magnitude += weight * abs(input.values[place])
            error += weight * input.errorBound[place]
        }
        let rounding = Double(places.count + 2) * ReferenceNetwork.unitRoundoff
        values.append(sum)
        errorBound.append((1 + softmax.relativeError) * error + (softmax.relativeError + rounding) * magnitude)
    }
}
