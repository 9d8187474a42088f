import Settings

/// `[N, C, H, W]` → `[N, C, 1, 1]`, and so of signals and volumes: the largest value of each channel, the first of equal ones.
public struct GlobalMaxPooling: LayerSpecification {
    public static let name = "globalMaxPooling"
    public static let settings: [Setting<Self>] = []
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public init() {}

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        return [input[0]] + input.dropFirst().map { _ in 1 }
    }

    /// One maximum where its places can be counted; else maxima of a dimension after the other, from the last one on, of pieces
    /// that can be counted.
    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        let most = PoolingLayer.mostPlacesOfMaximum
        var (shape, maxima) = (place.input, [PoolingLayer]())
        for axis in (1..<shape.count).reversed() {
            while shape[axis] > 1, shape.dropFirst().reduce(1, *) > most {
                let piece = min(shape[axis], most)
                var kernel = shape.map { _ in 1 }
                (kernel[axis], shape[axis]) = (piece, (shape[axis] + piece - 1) / piece)
                maxima.append(maximum(Window(pieces: Array(kernel.dropFirst())), to: shape, place))
            }
        }
        let whole = Window(whole: shape)
        maxima.append(maximum(whole, to: try outputShape(input: place.input), place))
        return LoweredLayer(
            maxima.count == 1 ? maxima[0] : MaximumOfMaxima(maxima: maxima, window: Window(whole: place.input)))
    }

    private func maximum(_ window: Window, to outputShape: [Int], _ place: LayerPlace) -> PoolingLayer {
        PoolingLayer(path: place.path, kind: .max, window: window, outputShape: outputShape)
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("GlobalMaxPool", [input], at: place)
    }
}

/// The maximum of a window with more places than are counted, as that of its pieces' maxima.
struct MaximumOfMaxima: Layer {
    /// One on the other; the last pieces of a dimension may reach over the map.
    let maxima: [PoolingLayer]
    let window: Window

    var path: String { maxima[0].path }
    var summary: String { "max pooling \(window)" }
    var keepsPositions: Bool { false }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        try maxima.reduce(input) { flow, maximum in try maximum.prepare(in: plan, input: flow) }
    }
}
