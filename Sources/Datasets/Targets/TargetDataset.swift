/// Samples with a real target each in place of a class; the class of a sample is the bin of its target.
struct TargetDataset: StoredDataset {
    /// The samples; their labels mean nothing.
    private let base: any StoredDataset
    /// [N] floats, standardized.
    private let storage: ByteStorage
    private let scale: TargetScale
    let classNames: [String]?

    /// - Parameter targets: [N] standardized floats, as many as `base` has samples.
    init(_ base: any StoredDataset, targets: ByteStorage, scale: TargetScale) {
        self.base = base
        storage = targets
        self.scale = scale
        classNames = scale.binNames
        let count = targets.elements(Float.self).count
        precondition(count == base.count, "\(count) targets for \(base.count) samples")
    }

    var count: Int { base.count }
    var sampleShape: [Int] { base.sampleShape }
    var featureCount: Int { base.featureCount }
    var classCount: Int { scale.binCount }
    var standardization: Standardization? { base.standardization }
    var fullScale: Double { base.fullScale }
    var targetScale: TargetScale? { scale }

    func target(at index: Int) -> Float {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return storage.elements(Float.self)[index]
    }

    func label(at index: Int) -> Int32 { scale.bin(of: target(at: index)) }

    func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        base.copyBatch(indices, into: &features, labels: &labels)
        for position in 0..<indices.count { labels[position] = label(at: indices[position]) }
    }

    func copyBatch(
        _ indices: Span<Int>, transformedBy transformations: Span<ImageTransformation>,
        into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        base.copyBatch(indices, transformedBy: transformations, into: &features, labels: &labels)
        for position in 0..<indices.count { labels[position] = label(at: indices[position]) }
    }

    var form: StoredForm {
        var form = base.form
        form.targetScale = scale
        return form
    }

    var blocks: (features: ByteStorage, labels: ByteStorage) { (base.blocks.features, storage) }
}

/// Targets of the samples of a data set's parts, as their files have them.
struct RealTargets {
    /// Of the first set, [N], finite.
    var train: [Double]
    /// Of a second set, where the test samples are one of their own.
    var test: [Double]?
    /// Name of the column; nil where it has none.
    var name: String?
    /// The file.
    var subject: String
}

extension RealTargets {
    /// The scale of the targets selected, or the one kept with weights.
    func scale(
        over selection: Selection, _ options: LoadOptions
    ) throws(DatasetError) -> TargetScale {
        if let kept = options.meaning?.targetScale { return kept }
        return try TargetScale(
            of: (0..<selection.count).map { train[selection[$0]] }, name: name, bins: options.task.bins,
            subject: subject)
    }

    /// A set with its targets.
    ///
    /// - Throws: where one is not finite in single precision once it is standardized.
    func dataset(
        _ samples: any Dataset, _ targets: [Double], _ scale: TargetScale
    ) throws(DatasetError) -> any Dataset {
        guard let stored = samples as? any StoredDataset else {
            preconditionFailure("real targets of samples that do not lie in memory")
        }
        let values = targets.map(scale.standardized)
        if let place = values.firstIndex(where: { !$0.isFinite }) {
            throw DatasetError(
                .invalidNumber, subject,
                expected: "targets that are finite in single precision when they are standardized (\(scale))",
                found: "\(targets[place]) of sample \(place)", remedy: "correct the number, or leave the sample out")
        }
        return TargetDataset(stored, targets: ByteStorage(copying: values), scale: scale)
    }
}
