extension Network {
    /// Steps of depth between each layer of `layout.layers` and the last one, which has 0.
    ///
    /// The layers of the specification's list are counted, each block as one: those with weights that are multiplied, and an
    /// embedding. Normalizations, tokens and positions of their own belong to the step of the layer in front of them.
    public var depths: [Int] {
        let listed = NetworkSpecification.listed(specification.layers)
        let places = layout.layers.map { path in
            listed.indices.filter { path == listed[$0].path || path.hasPrefix("\(listed[$0].path).") }
                .max { listed[$0].path.count < listed[$1].path.count } ?? 0
        }
        var begins = Set(listed.indices.filter { listed[$0].layer.rowIndices != nil })
        begins.formUnion(layout.tensors.lazy.filter(\.isDecayed).map { places[$0.layer] })
        // A normalization in front of the first one is of its step.
        let steps = places.map { place in max(1, begins.count { $0 <= place }) }
        return steps.map { max(1, begins.count) - $0 }
    }

    /// Shares of the learning rate that layers have where it falls by a factor with each step of depth, by their places in
    /// `layout.layers`: `layerDecay` to the power of the steps above (J. Howard, S. Ruder, "Universal Language Model Fine-tuning
    /// for Text Classification", ACL 2018, section 3.2; K. Clark et al., "ELECTRA", ICLR 2020, appendix B).
    public func rateShares(layerDecay: Double) -> [Double] {
        depths.map { depth in (0..<depth).reduce(1) { share, _ in share * layerDecay } }
    }
}
