/// What was understood of some data, for the eyes of who gave them, and what looks otherwise than it was taken.
public struct DataReview: Sendable, Equatable {
    /// A few lines.
    public var understood: [String]
    public var warnings: [DataWarning]

    /// What reading told, and a look at all labels and values.
    ///
    /// - Parameters:
    ///   - label: where the column of the class is, for a table of text, whose labels are the names that occur; nil for
    ///     other data.
    public init(_ data: LoadedData, labelColumn label: String?) {
        let scales = data.train.targetScales
        let counts = scales.isEmpty ? ClassCounts(data, isTable: label != nil) : nil
        let lines = [
            label.map { Self.columns(data, $0) }, Self.missing(data),
            scales.isEmpty ? counts?.description ?? "classes: \(data.train.classCount)" : nil,
        ]
        understood =
            lines.compactMap(\.self) + scales.indices.map { Self.target(data, $0) } + [Self.samples(data)] + data.notes
        warnings =
            data.warnings + (counts?.warnings(labelColumn: data.columns?.label) ?? [])
            + (FeatureReview(data)?.warnings(of: data) ?? [])
    }

    private static func columns(_ data: LoadedData, _ label: String) -> String {
        let noun =
            data.train.targetScales.isEmpty
            ? "label" : data.train.hasLabels ? "labels" : data.train.targetScales.count == 1 ? "target" : "targets"
        if let encoding = data.encoding {
            let ending =
                data.columns.map { "\(noun) \(NameList($0.labels))\(ignored($0))" } ?? "no header; \(noun) \(label)"
            return "columns: \(kinds(of: encoding, data)); \(ending)"
        }
        guard let columns = data.columns else {
            return "columns: no header; \(data.train.featureCount) features by their places; \(noun) \(label)"
        }
        return
            "columns: \(columns.features.count == 1 ? "feature" : "features") \(NameList(columns.features)); \(noun) "
            + "\(NameList(columns.labels))\(ignored(columns))"
    }

    private static func ignored(_ columns: TableColumns) -> String {
        columns.ignored.isEmpty ? "" : "; ignored \(NameList(columns.ignored))"
    }

    private static func target(_ data: LoadedData, _ output: Int) -> String {
        let scale = data.train.targetScales[output]
        var counts = [Int](repeating: 0, count: scale.binCount)
        for index in 0..<data.train.count {
            counts[Int(scale.bin(of: data.train.target(at: index, output: output)))] += 1
        }
        let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
        if scale.isLabel == true {
            return "label: \(scale.name.map { NameList([$0]).description } ?? "\(output)"): \(counts[1]) of "
                + "\(data.train.count) training samples"
        }
        return "target: \(scale); \(scale.binCount) bins of "
            + "\(least == most ? "\(least)" : "\(least) to \(most)") training samples"
    }

    private static func samples(_ data: LoadedData) -> String {
        let meaning = data.meaning
        let values = meaning.fullScale.map { DataMeaning.describe(fullScale: $0) } ?? "numbers"
        let standardization =
            data.standardization == nil
            ? "" : ", standardized by \(meaning.sampleShape.count > 1 ? "channel" : "feature")"
        return "sample: \(meaning.sampleShape) as \(meaning.layout); \(values)\(standardization)"
    }
}
