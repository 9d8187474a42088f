import Datasets
import NeuralNetwork
import Settings

extension Configuration {
    /// The network for data that mean this, with the layer that embeds columns of many levels in front where they have any.
    ///
    /// - Throws: as ``network(sampleShape:classCount:encoding:)``.
    public func network(for meaning: DataMeaning) throws(ConfigurationError) -> NetworkSpecification {
        try network(
            sampleShape: meaning.sampleShape, classCount: meaning.outputCount, encoding: meaning.encoding)
    }

    /// The layer in front of the network for columns whose features are numbers of levels; nil without any, and where the network has
    /// one for them.
    ///
    /// - Throws: where the network takes tokens, or other columns.
    func columnEmbeddings(of encoding: TableEncoding?) throws(ConfigurationError) -> ColumnEmbeddings? {
        let features = encoding?.embeddedFeatures ?? []
        if features.isEmpty { return nil }
        let (positions, levels) = (features.map(\.position), features.map(\.levels))
        if case .levels(let ownLevels, let ownPositions) = model.layers?.first?.rowIndices {
            guard ownPositions == positions, ownLevels == levels else {
                throw error(
                    "model.layers[0]",
                    "expected the columns that the data have, positions \(positions) of levels \(levels), found "
                        + "positions \(ownPositions) of levels \(ownLevels); without the layer one is put in its place"
                )
            }
            return nil
        }
        if model.architecture.tokenCount != nil {
            throw error(
                model.layers == nil ? "model.preset" : "model.layers[0]",
                "expected samples that are numbers of tokens, found columns of categories among the features; choose a network "
                    + "that takes features, such as tab-mlp, or leave the columns out with data.csv.ignore")
        }
        try checkNames()
        let widths = model.embeddingWidth.map { [Int](repeating: $0, count: features.count) } ?? []
        return ColumnEmbeddings(positions: positions, levels: levels, widths: widths)
    }

    /// Throws where a layer has the name of that in front.
    private func checkNames() throws(ConfigurationError) {
        for (index, layer) in (model.layers ?? []).enumerated() {
            let taken = Self.nameOfColumns
            guard let label = (layer as? Named)?.label, label == taken || label.hasPrefix("\(taken).") else { continue }
            throw error(
                "model.layers[\(index)].named.name",
                "expected another name than \(taken), as the layer is called that embeds the columns of many levels, found "
                    + label)
        }
    }

    /// The name of the layer in front.
    fileprivate static let nameOfColumns = "columns"

    /// One line on the columns that are embedded; nil without any.
    func summaryOfEmbeddings(_ network: NetworkSpecification, of meaning: DataMeaning) -> String? {
        guard let layer = network.columnEmbeddings, let features = meaning.encoding?.embeddedFeatures, !features.isEmpty
        else { return nil }
        let columns = zip(features, zip(layer.levels, layer.columnWidths)).map { feature, size in
            "\(NameList([meaning.columns?.features[feature.column] ?? "\(feature.column)"])) (\(size.0) levels as \(size.1) "
                + "numbers)"
        }
        let most = 12
        return "embedded: \(columns.prefix(most).joined(separator: ", "))"
            + (columns.count > most ? ", … (\(columns.count))" : "")
    }
}

extension NetworkSpecification {
    /// The same behind the layer that embeds columns. The paths of the others stay.
    func behind(_ columns: ColumnEmbeddings, inputShape: [Int]) -> NetworkSpecification {
        let others = layers.enumerated().map { index, layer -> any LayerSpecification in
            layer is Named ? layer : Named("\(index)", layer)
        }
        return NetworkSpecification(
            inputShape: inputShape, layers: [Named(Configuration.nameOfColumns, columns)] + others)
    }
}
