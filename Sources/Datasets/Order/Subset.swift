/// A view of some samples of another data set; it holds indices, no samples.
public struct Subset: Dataset {
    let base: any Dataset
    let selection: Selection

    /// A view of a view is a view of what lies below.
    init(_ base: any Dataset, _ selection: Selection) {
        if let subset = base as? Subset {
            self.base = subset.base
            self.selection = subset.selection.selecting(selection)
        } else {
            self.base = base
            self.selection = selection
        }
        featureCount = base.featureCount
    }

    public let featureCount: Int
    public var count: Int { selection.count }
    public var sampleShape: [Int] { base.sampleShape }
    public var classCount: Int { base.classCount }
    public var classNames: [String]? { base.classNames }
    public var standardization: Standardization? { base.standardization }
    public var fullScale: Double { base.fullScale }
    public var isStored: Bool { base.isStored }
    public var targetScales: [TargetScale] { base.targetScales }

    public var readsFiles: Bool { base.readsFiles }
    public var readFailure: DatasetError? { base.readFailure }

    public func expect(_ indices: Span<Int>) {
        guard base.readsFiles else { return }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: indices.count) { sources in
            for place in 0..<indices.count { sources.initializeElement(at: place, to: selection[indices[place]]) }
            base.expect(UnsafeBufferPointer(sources).span)
        }
    }

    public func expectRandomOrder() { base.expectRandomOrder() }
    public func endReading() { base.endReading() }

    public func label(at index: Int) -> Int32 { base.label(at: selection[index]) }

    public func target(at index: Int, output: Int) -> Float { base.target(at: selection[index], output: output) }

    /// Index in the underlying set of sample `index`.
    public func sourceIndex(of index: Int) -> Int { selection[index] }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        forEachPiece(indices, &features, &labels) { _, sources, features, labels in
            base.copyBatch(sources, into: &features, labels: &labels)
        }
    }

    public func copyBatch(
        _ indices: Span<Int>, transformedBy transformations: Span<ImageTransformation>,
        into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        forEachPiece(indices, &features, &labels) { range, sources, features, labels in
            base.copyBatch(
                sources, transformedBy: transformations.extracting(range), into: &features, labels: &labels)
        }
    }

    /// Calls `body` with the positions, the samples of ``base`` and the buffers of pieces of the batch that fit on the
    /// stack, so that nothing is allocated.
    @inline(__always)
    private func forEachPiece(
        _ indices: Span<Int>, _ features: inout MutableSpan<Float>, _ labels: inout MutableSpan<Int32>,
        _ body: (Range<Int>, Span<Int>, inout MutableSpan<Float>, inout MutableSpan<Int32>) -> Void
    ) {
        var sources = InlineArray<64, Int>(repeating: 0)
        forEachPiece(of: indices.count, sources.count, &features, &labels) { range, features, labels in
            for position in range { sources[position - range.lowerBound] = selection[indices[position]] }
            body(range, sources.span.extracting(0..<range.count), &features, &labels)
        }
    }
}
