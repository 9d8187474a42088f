import CKernels
import Foundation
import OneDNN
import Settings

/// `[N, F]` → `[N, F − columns + Σ widths]`: of features that are numbers of levels, 1 ... levels, each becomes its level's row of a
/// weight `[levels, width]` of its own, or zeros for the number 0 (PyTorch's `Embedding`); the other features stay in front of them, in
/// their order (Guo, Berkhahn, arXiv 1604.06737). The first layer of a network.
public struct ColumnEmbeddings: LayerSpecification {
    public static let name = "columnEmbeddings"

    public var positions: [Int] = []
    public var levels: [Int] = []
    /// Empty for ``width(ofLevels:)``.
    public var widths: [Int] = []

    public init() {}

    /// - Parameters:
    ///   - positions: of the numbers among the features, in rising order.
    ///   - levels: the largest number of each.
    ///   - widths: of the rows that stand for levels; empty for ``width(ofLevels:)``.
    public init(positions: [Int], levels: [Int], widths: [Int] = []) {
        self.positions = positions
        self.levels = levels
        self.widths = widths
    }

    public static let settings: [Setting<Self>] = [
        .init(
            list: "positions", \.positions, .from(0, through: 1 << 24),
            expected: "the places of columns such as [3, 5]",
            "places among the features, from 0 and rising, of those that are numbers of levels"),
        .init(
            list: "levels", \.levels, .from(1, through: 1 << 24), expected: "the number of levels of each column",
            "levels of each of these columns: its numbers are 1 to as many, and 0 for none of them"),
        .init(
            list: "widths", \.widths, .size,
            "numbers that stand for a level of each of these columns; [] for the smaller of 600 and 1.6 · levels^0.56"),
    ]

    public var contradiction: Contradiction? {
        if zip(positions, positions.dropFirst()).contains(where: { $0 >= $1 }) {
            return Contradiction("positions", "expected rising places, found \(positions)")
        }
        if levels.count != positions.count || levels.isEmpty {
            return Contradiction(
                "levels", "expected one number for each of the positions \(positions), found \(levels)")
        }
        guard !widths.isEmpty, widths.count != positions.count else { return nil }
        return Contradiction("widths", "expected one number for each of the positions \(positions), found \(widths)")
    }

    /// min(600, 1.6 · levels^0.56), rounded: the rule of fastai (`emb_sz_rule`), found by trying.
    public static func width(ofLevels levels: Int) -> Int {
        min(600, max(1, Int((1.6 * pow(Double(levels), 0.56)).rounded(.toNearestOrEven))))
    }

    /// A width a column.
    public var columnWidths: [Int] { widths.isEmpty ? levels.map(Self.width(ofLevels:)) : widths }

    public var rowIndices: RowIndices? { .levels(levels, positions: positions) }
    public var favorsAdaptiveRates: Bool { true }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard input.count == 1, let last = positions.last, last < input[0] else {
            throw SpecificationError(
                "expected features [F] with the columns \(positions) among them, found \(input)")
        }
        return [input[0] - positions.count + columnWidths.reduce(0, +)]
    }

    /// Normal with variance 1 / width: a row is about as long as the vector of 0 and 1 that it stands for, whatever its width. Not
    /// decayed: most rows have no gradient in a step, and would fade.
    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        zip(levels, columnWidths).enumerated().map { index, size in
            LayerParameter(
                "weight", at: index, shape: [size.0, size.1], isDecayed: false,
                initialValue: .normal(standardDeviation: 1 / Double(size.1).squareRoot()))
        }
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(ColumnEmbeddingsLayer(path: place.path, specification: self, parameters: parameters(place)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        var parts: [String] = []
        let numbers = (0..<place.input[0]).filter { !positions.contains($0) }
        if !numbers.isEmpty {
            let places = graph.constant("\(place.path).numbers", numbers)
            parts.append(graph.add("Gather", [input, places], [("axis", .integer(1))], at: place))
        }
        for (index, weight) in try graph.parameters(of: self, at: place).enumerated() {
            let width = columnWidths[index]
            // A row of zeros for the number 0.
            let none = graph.constant(
                "\(place.path).\(index).none", [Float](repeating: 0, count: width), shape: [1, width])
            let rows = graph.add("Concat", [none, weight], [("axis", .integer(0))], at: place)
            let column = graph.constant("\(place.path).\(index).position", [positions[index]])
            let levels = graph.add("Gather", [input, column], [("axis", .integer(1))], at: place)
            let row = graph.constant("\(place.path).\(index).axis", [1])
            let flat = graph.add("Squeeze", [levels, row], at: place)
            let numbers = graph.add("Cast", [flat], [("to", .integer(7))], at: place)
            parts.append(graph.add("Gather", [rows, numbers], at: place))
        }
        return graph.add("Concat", parts, [("axis", .integer(1))], at: place)
    }
}

/// Copies the other features, and looks rows up.
struct ColumnEmbeddingsLayer: Layer {
    let path: String
    let specification: ColumnEmbeddings
    let parameters: [LayerParameter]

    var summary: String {
        let count = parameters.count
        return "embedding of \(count) \(count == 1 ? "column" : "columns")"
    }
    var takesNumbers: Bool { true }

    /// Features side by side that stay as they are.
    private struct Run {
        let source, target, count: Int
    }

    /// Copies rows of some floats, which lie as many floats apart as the strides say.
    private static func copy(
        _ count: Int, rows: Int64, to target: UnsafeMutablePointer<Float>, stride targetStride: Int,
        from source: UnsafePointer<Float>, stride sourceStride: Int
    ) {
        let size = MemoryLayout<Float>.stride
        kernels_copy_rows(
            target, Int64(size * targetStride), source, Int64(size * sourceStride), Int64(size * count), rows)
    }

    private func runs(_ features: Int) -> [Run] {
        var (runs, start, target): ([Run], Int, Int) = ([], 0, 0)
        for end in specification.positions + [features] {
            if end > start { runs.append(Run(source: start, target: target, count: end - start)) }
            target += end - start
            start = end + 1
        }
        return runs
    }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let (features, outputs) = (input.shape[0], try specification.outputShape(input: input.shape)[0])
        let weights = try parameters.map {
            try plan.parameter($0, of: path, layout: try MemoryDescriptor(plain: $0.shape))
        }
        let output = try plan.kernelResult([outputs], needsGradient: true)
        let (rows, runs, positions) = (Int64(plan.batch), runs(features), specification.positions)
        let columns = parameters.map { parameter in
            kernels_column(
                rows: rows, number_stride: Int64(features), stride: Int64(outputs), levels: Int64(parameter.shape[0]),
                width: Int64(parameter.shape[1]))
        }
        var (offsets, offset) = ([Int](), features - positions.count)
        for parameter in parameters {
            offsets.append(offset)
            offset += parameter.shape[1]
        }
        plan.add(label(.forward), uses: [input.tensor, output.tensor]) { [offsets] addresses in
            let (source, result) = (input.tensor.floats(addresses), output.tensor.floats(addresses))
            let values = weights.map { $0.value.floats(addresses) }
            return KernelStep {
                for run in runs {
                    Self.copy(
                        run.count, rows: rows, to: result + run.target, stride: outputs, from: source + run.source,
                        stride: features)
                }
                for index in columns.indices {
                    kernels_embed_column(
                        columns[index], result + offsets[index], source + positions[index], values[index])
                }
            }
        }
        plan.addBackward { [offsets] in
            let gradient = plan.gradient(of: output, layer: path)
            plan.add(label(.backward), uses: [input.tensor, gradient]) { addresses in
                let (source, gradient) = (input.tensor.floats(addresses), gradient.floats(addresses))
                let targets = weights.map { $0.gradient.floats(addresses) }
                return KernelStep {
                    for index in columns.indices {
                        kernels_embed_column_gradient(
                            columns[index], targets[index], source + positions[index], gradient + offsets[index])
                    }
                }
            }
            guard input.needsGradient else { return }
            // Numbers of levels have no slope.
            let target = plan.newGradient(of: input)
            plan.add(label(.backward), uses: [gradient, target]) { addresses in
                let (gradient, target) = (gradient.floats(addresses), target.floats(addresses))
                return KernelStep {
                    target.update(repeating: 0, count: Int(rows) * features)
                    for run in runs {
                        Self.copy(
                            run.count, rows: rows, to: target + run.source, stride: features,
                            from: gradient + run.target, stride: outputs)
                    }
                }
            }
        }
        return try plan.inNetworkPrecision(output, layer: path)
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "rows", multiplyAdds: 0)
    }
}
