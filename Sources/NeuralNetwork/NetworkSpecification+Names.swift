extension NetworkSpecification {
    /// Throws where two layers are called alike, or two parameters of different layers, as `a` with a parameter `0.weight` and `a.0`
    /// with a parameter `weight` would have. The layers fit each other.
    func checkNames() throws(SpecificationError) {
        var names = TakenNames()
        try names.add(layers, input: inputShape, prefix: "", names: nil)
    }
}

/// The names of layers and parameters in a network.
private struct TakenNames {
    private var paths: Set<String> = []
    /// Paths of the layers, by the names of their parameters.
    private var owners: [String: String] = [:]

    mutating func add(
        _ layers: [any LayerSpecification], input: [Int], prefix: String, names: String?
    ) throws(SpecificationError) {
        var shape = input
        for (index, (path, layer)) in NetworkSpecification.listed(layers, prefix: prefix, names: names).enumerated() {
            do {
                try add(layer, LayerPlace(path: path, input: shape))
                shape = try layer.outputShape(input: shape)
            } catch {
                throw error.at(index, layers[index])
            }
        }
    }

    private mutating func add(_ layer: any LayerSpecification, _ place: LayerPlace) throws(SpecificationError) {
        let path = place.path
        guard paths.insert(path).inserted else {
            throw SpecificationError(
                "expected a name of its own, found \(path), which another layer has; give one of the two another name")
        }
        for parameter in layer.parameters(place) {
            let name = LayerParameter.name(parameter.name, at: path)
            if let owner = owners.updateValue(path, forKey: name) {
                throw SpecificationError(
                    "expected parameters with names of their own, found \(name), which the layer \(owner) has too; give one of "
                        + "the two another name")
            }
        }
        for (key, layers) in layer.inner(input: place.input) {
            do {
                try add(layers, input: place.input, prefix: "\(path).\(key).", names: "\(path).")
            } catch {
                throw error.within(key, of: layer)
            }
        }
    }
}
