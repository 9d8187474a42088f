/// What the numbers of samples and labels mean: kept with weights, and asked of the data that they are used on.
public struct DataMeaning: Sendable, Equatable, Codable {
    /// [features] of tables, [C, L] of signals, [C, H, W] of images, [C, D, H, W] of volumes.
    public var sampleShape: [Int]
    /// The raw value that is presented as 1 before standardization; nil where it was not kept.
    public var fullScale: Double?
    /// Labels are below.
    public var classCount: Int
    /// What the classes are called, in the order of their labels; nil where the source names none.
    public var classNames: [String]?
    /// What the columns of a table are called; nil without a header, and for what is no table.
    public var columns: TableColumns?
    /// How the columns of a table become features; nil where each is one as it stands, and for what is no table.
    public var encoding: TableEncoding?
    /// Scales of the real targets, [T], the bins of the first being the classes; nil for classes.
    public var targetScales: [TargetScale]?
    /// Digests of the file that training and test samples were both taken from; nil for other data. No part of the meaning.
    public var split: SplitRows?

    public init(
        sampleShape: [Int], fullScale: Double? = nil, classCount: Int, classNames: [String]? = nil,
        columns: TableColumns? = nil, encoding: TableEncoding? = nil, targetScales: [TargetScale]? = nil,
        split: SplitRows? = nil
    ) {
        self.encoding = encoding
        self.targetScales = targetScales
        self.split = split
        self.sampleShape = sampleShape
        self.fullScale = fullScale
        self.classCount = classCount
        self.classNames = classNames
        self.columns = columns
    }

    /// Whether there is a name for each class and for each feature, where there are names, and data can have such a scale and
    /// as many classes: what a file says may be damaged.
    public var isConsistent: Bool {
        (1...1 << 20).contains(classCount) && (1...255).contains(fullScale ?? 1)
            && [nil, classCount].contains(classNames?.count)
            && [nil, columnCount].contains(columns?.features.count)
            && (encoding.map { $0.isConsistent && sampleShape == [$0.featureCount] } ?? true)
            && targetScales.map { $0.allSatisfy(\.isConsistent) && $0.first?.binCount == classCount } != false
    }

    /// Numbers that a network gives for a sample: one a class, or one a target.
    public var outputCount: Int { targetScales?.count ?? classCount }

    /// Scale of the first target; nil for classes.
    public var targetScale: TargetScale? { targetScales?.first }

    /// Names of the targets: `value` for one, their places where nothing names several; of labels their names or places; nil for
    /// classes.
    public var targetNames: [String]? {
        targetScales.map { scales in
            if hasLabels { return scales.enumerated().map { $1.name ?? "label_\($0)" } }
            return scales.count == 1 ? ["value"] : scales.enumerated().map { $1.name ?? "value_\($0)" }
        }
    }

    /// True where targets are labels, 0 or 1.
    public var hasLabels: Bool { targetScale?.isLabel == true }

    /// Names of the features of a sample; nil where nothing names them.
    public var featureNames: [String]? {
        encoding?.featureNames(ofColumns: columns?.features) ?? columns?.features
    }

    /// Feature columns of a table.
    var columnCount: Int? { encoding?.columns.count ?? sampleShape.first }

    /// Names of the dimensions of a sample, such as "[C, H, W]" or "[features]".
    public var layout: String {
        let layouts = ["[features]", "[C, L]", "[C, H, W]", "[C, D, H, W]"]
        return layouts.indices.contains(sampleShape.count - 1) ? layouts[sampleShape.count - 1] : layouts[0]
    }
}

extension DatasetError {
    /// The same of a label that is a number, in words about the weights that tell which labels there are.
    var ofClassesOfWeights: DatasetError {
        guard code == .labelOutOfRange, line == nil else { return self }
        return DatasetError(
            code, subject, expected: "\(expected), the classes of the weights", found: found,
            remedy: "give data of the classes that the weights were trained on")
    }
}

extension LoadedData {
    public var meaning: DataMeaning {
        DataMeaning(
            sampleShape: train.sampleShape, fullScale: train.fullScale, classCount: train.classCount,
            classNames: train.classNames, columns: columns, encoding: encoding,
            targetScales: train.targetScales.isEmpty ? nil : train.targetScales,
            split: split)
    }
}

extension DataMeaning {
    /// The first way in which `other` means something else: what this one says, and what `other` does. Columns that are
    /// ignored mean nothing.
    public func difference(from other: DataMeaning) -> (expected: String, found: String)? {
        func differ(_ first: [String]?, _ second: [String]?, _ noun: String) -> (String, String)? {
            guard first != second else { return nil }
            guard let first, let second else {
                return (
                    first == nil ? "\(noun) without names" : "the \(noun) \(NameList(first!))",
                    second == nil ? "no names" : "\(NameList(second!))"
                )
            }
            let place = zip(first, second).enumerated().first { $1.0 != $1.1 }?.offset ?? min(first.count, second.count)
            func name(_ names: [String]) -> String { place < names.count ? names[place].debugDescription : "none" }
            return (
                "the \(noun) \(NameList(first))",
                "\(NameList(second)) (number \(place + 1) is \(name(second)), not \(name(first)))"
            )
        }
        if let encoding, let otherEncoding = other.encoding, columns?.features == other.columns?.features,
            let difference = encoding.difference(from: otherEncoding, names: columns?.features)
        {
            return difference
        }
        if sampleShape != other.sampleShape {
            return ("samples \(sampleShape) as \(layout)", "\(other.sampleShape) as \(other.layout)")
        }
        if let fullScale, let otherScale = other.fullScale, fullScale != otherScale {
            return (Self.describe(fullScale: fullScale), Self.describe(fullScale: otherScale))
        }
        if let difference = differ(columns?.features, other.columns?.features, "feature columns") { return difference }
        if let labels = columns?.labels, let otherLabels = other.columns?.labels, labels != otherLabels {
            func describe(_ names: [String]) -> String { names.map(\.debugDescription).joined(separator: ", ") }
            return ("the label column\(labels.count > 1 ? "s" : "") \(describe(labels))", describe(otherLabels))
        }
        if targetScales?.count != other.targetScales?.count || hasLabels != other.hasLabels {
            func describe(_ scales: [TargetScale]?) -> String {
                if scales?.first?.isLabel == true { return "\(scales!.count) labels" }
                return scales.map { $0.count == 1 ? "a real target" : "\($0.count) real targets" } ?? "classes"
            }
            return (describe(targetScales), describe(other.targetScales))
        }
        if let difference = differ(classNames, other.classNames, "classes") { return difference }
        return classCount == other.classCount ? nil : ("\(classCount) classes", "\(other.classCount)")
    }

    package static func describe(fullScale: Double) -> String {
        fullScale == 1 ? "numbers as they stand" : "bytes, of which \(Int(fullScale)) is presented as 1"
    }

    /// Throws where samples, read to have this meaning, have another one after all.
    func check(_ samples: some StandardizableSamples, columns: TableColumns?) throws(DatasetError) {
        var found = DataMeaning(
            sampleShape: samples.sampleShape, fullScale: samples.fullScale, classCount: samples.classCount,
            classNames: samples.classNames, columns: columns)
        // Names on one side alone are mapped by their place, which the reader tells.
        if self.columns == nil || columns == nil { found.columns = self.columns }
        if classNames == nil || samples.classNames == nil { found.classNames = classNames }
        found.encoding = encoding
        // The bins are those of the weights.
        if targetScales != nil { (found.targetScales, found.classCount) = (targetScales, classCount) }
        try check(found, in: "data")
    }

    /// Throws where samples without labels have another shape or scale.
    ///
    /// - Parameter remedy: how to mend it; nil for what can be said of all data.
    func check(
        sampleShape: [Int], fullScale: Double, in path: String, remedy: String? = nil
    ) throws(DatasetError) {
        var found = self
        found.sampleShape = sampleShape
        found.fullScale = fullScale
        try check(found, in: path, remedy: remedy)
    }

    private func check(_ found: DataMeaning, in path: String, remedy: String? = nil) throws(DatasetError) {
        guard let difference = difference(from: found) else { return }
        throw DatasetError(
            .wrongShape, path, expected: "\(difference.expected), which the weights were trained on",
            found: difference.found, remedy: remedy ?? "give data of the same kind")
    }
}

extension DataMeaning {
    /// The names, to be compared as text.
    package var names: [(String, String)] {
        [
            ("feature columns", columns.map { "\($0.features)" } ?? "none"),
            ("encoding of the columns", encoding.map { "\($0.columns.map(\.description))" } ?? "none"),
            ("label column", columns.map { $0.labels.joined(separator: ", ") } ?? "none"),
            ("class names", classNames.map { "\($0)" } ?? "none"),
        ]
    }
}
