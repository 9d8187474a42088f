/// A look at the stored values of samples for columns that say nothing, columns that count the rows, and samples of the test
/// set that were trained on.
struct FeatureReview {
    /// Places of the features that have one value in all training samples.
    private(set) var constant: [Int] = []
    /// Places of the features that grow by the same amount from row to row of the file.
    private(set) var counting: [Int] = []
    /// Test samples with the features of a training sample.
    private(set) var repeated = 0

    /// - Returns: nil for data that are computed.
    init?(_ data: LoadedData) {
        guard let train = StoredSamples(data.train), let test = StoredSamples(data.test) else { return nil }
        constant = train.constantFeatures()
        if data.train.sampleShape.count == 1 { counting = train.countingFeatures() }
        let known = Set((0..<train.count).lazy.map(train.hash))
        repeated = (0..<test.count).count { known.contains(test.hash($0)) }
    }

    func warnings(of data: LoadedData) -> [DataWarning] {
        let features = data.meaning.featureNames
        func columns(_ places: [Int]) -> String {
            let names = places.map { features?[$0] ?? "\($0)" }
            return "feature \(places.count == 1 ? "column" : "columns") \(NameList(names))"
        }
        var warnings: [DataWarning] = []
        let isImage = data.train.sampleShape.count > 1
        // The border of images is often black.
        if constant.count == data.train.featureCount {
            warnings.append(
                DataWarning(
                    .constantFeatures, "training set", found: "all samples are the same",
                    remedy: "there is nothing to learn from; check the files"))
        } else if !isImage, !constant.isEmpty {
            warnings.append(
                DataWarning(
                    .constantFeatures, "training set",
                    found: "\(columns(constant)) with one value in all samples",
                    remedy: "leave out what says nothing (data.csv.ignore), or check the file"))
        }
        let numbering = Set(counting).union(data.columns == nil ? [] : Self.placesOfRowNames(features ?? []))
            .subtracting(constant).sorted()
        if !numbering.isEmpty {
            warnings.append(
                DataWarning(
                    .rowNumbers, "training set",
                    found: "\(columns(numbering)) that \(numbering.count == 1 ? "looks" : "look") like row numbers",
                    remedy:
                        "ignore \(numbering.count == 1 ? "it" : "them") (data.csv.ignore): the network would learn the order of the file"
                ))
        }
        if let columns = data.columns, let name = columns.features.first(where: Self.isNameOfLabel),
            !columns.labels.contains(where: Self.isNameOfLabel)
        {
            warnings.append(
                DataWarning(
                    .otherLabel, "labels",
                    found:
                        "the \(data.train.targetScale == nil ? "class" : "target") is taken from the column \(NameList(columns.labels)), and \(NameList([name])) is a feature",
                    remedy: "give data.csv.label the name of the column that is to be predicted"))
        }
        let test = data.test.count
        // Tables of few values have equal rows by chance.
        if repeated * 20 >= test, repeated > 1 {
            warnings.append(
                DataWarning(
                    .repeatedSamples, "test set",
                    found: "\(repeated) of \(test) samples are in the training set too",
                    remedy: "they are scored though they are not new; take them out of one of the sets"))
        }
        return warnings
    }

    /// As data frames call their index, and tables their keys.
    private static func placesOfRowNames(_ features: [String]) -> [Int] {
        features.indices.filter { place in
            let name = features[place].lowercased()
            return name.isEmpty || name.hasPrefix("unnamed: ")
                || ["id", "index", "idx", "row", "rowid", "row_id", "row id", "rownames", "rownumber", "row_number"]
                    .contains(name)
        }
    }

    private static func isNameOfLabel(_ name: String) -> Bool {
        ["label", "labels", "class", "classes", "target", "category", "y"].contains(name.lowercased())
    }
}

/// Stored values as they are presented, but bytes as they stand.
private struct StoredSamples {
    let count: Int
    private let base: any StoredDataset
    private let selection: Selection
    private let bytes: UnsafeRawBufferPointer
    private let elementSize: Int
    private let featureCount: Int

    init?(_ dataset: any Dataset) {
        let subset = dataset as? Subset
        // A file that stays on the disk is not read once more for it.
        guard let base = (subset?.base ?? dataset) as? any StoredDataset, base.blocks.features.file == nil,
            base.form.kind != .array, base.form.kind != .images
        else { return nil }
        self.base = base
        selection = subset?.selection ?? .range(0..<base.count)
        bytes = base.blocks.features.bytes
        elementSize = base.form.kind == .bytes ? 1 : MemoryLayout<Float>.stride
        featureCount = base.featureCount
        count = selection.count
    }

    private func sample(_ index: Int) -> UnsafeRawBufferPointer {
        let size = featureCount * elementSize
        return UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
    }

    func hash(_ position: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: sample(selection[position]))
        return hasher.finalize()
    }

    func constantFeatures() -> [Int] {
        let first = sample(selection[0])
        var constant = Array(0..<featureCount)
        for position in 1..<max(count, 1) where !constant.isEmpty {
            let other = sample(selection[position])
            constant.removeAll { feature in
                (feature * elementSize..<(feature + 1) * elementSize).contains { first[$0] != other[$0] }
            }
        }
        return count > 1 ? constant : []
    }

    /// Looks at all rows of the file, in their order.
    func countingFeatures() -> [Int] {
        guard base.form.kind == .floats, base.count >= 10 else { return [] }
        func value(_ row: Int, _ feature: Int) -> Float {
            sample(row).loadUnaligned(fromByteOffset: feature * elementSize, as: Float.self)
        }
        let last = base.count - 1
        return (0..<featureCount).filter { feature in
            let (start, range) = (value(0, feature), value(last, feature) - value(0, feature))
            guard range != 0 else { return false }
            return (1..<last).allSatisfy { row in
                abs(value(row, feature) - start - range * (Float(row) / Float(last))) <= 1e-5 * abs(range)
            }
        }
    }
}
