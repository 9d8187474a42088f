/// An element-wise function as a layer; the shape stays.
public protocol Activation: LayerSpecification {
    var function: ElementwiseFunction { get }
}

extension Activation {
    public func outputShape(input: [Int]) -> [Int] { input }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(ActivationLayer(path: place.path, function: function))
    }
}
