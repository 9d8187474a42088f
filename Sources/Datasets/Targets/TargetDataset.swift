/// Samples with real targets in place of a class; the class of a sample is the bin of its first target.
struct TargetDataset: StoredDataset {
    /// The samples; their labels mean nothing.
    private let base: any StoredDataset
    /// [N, T] floats, standardized.
    private let storage: ByteStorage
    /// [T], at least one.
    let targetScales: [TargetScale]
    let classNames: [String]?

    /// - Parameter targets: [N, T] standardized floats, for as many samples as `base` has.
    init(_ base: any StoredDataset, targets: ByteStorage, scales: [TargetScale]) {
        self.base = base
        storage = targets
        targetScales = scales
        classNames = scales[0].binNames
        let count = targets.elements(Float.self).count
        precondition(
            count == base.count * scales.count, "\(count) numbers for \(base.count) samples of \(scales.count) targets")
    }

    var count: Int { base.count }
    var sampleShape: [Int] { base.sampleShape }
    var featureCount: Int { base.featureCount }
    var classCount: Int { targetScales[0].binCount }
    var standardization: Standardization? { base.standardization }
    var fullScale: Double { base.fullScale }

    func target(at index: Int, output: Int) -> Float {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        precondition(targetScales.indices.contains(output), "target \(output) of \(targetScales.count)")
        return storage.elements(Float.self)[index * targetScales.count + output]
    }

    var readsFiles: Bool { base.readsFiles }
    var readFailure: DatasetError? { base.readFailure }
    func expect(_ indices: Span<Int>) { base.expect(indices) }
    func expectRandomOrder() { base.expectRandomOrder() }
    func endReading() { base.endReading() }

    func label(at index: Int) -> Int32 { targetScales[0].bin(of: target(at: index, output: 0)) }

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
        form.targetScales = targetScales
        return form
    }

    var blocks: (features: ByteStorage, labels: ByteStorage) { (base.blocks.features, storage) }
}
