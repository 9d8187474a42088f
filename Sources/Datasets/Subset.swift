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

    public func label(at index: Int) -> Int32 { base.label(at: selection[index]) }

    /// Index in the underlying set of sample `index`.
    public func sourceIndex(of index: Int) -> Int { selection[index] }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        checkBatch(indices.count, features.count, labels.count)
        // In pieces that fit on the stack, so that nothing is allocated.
        var sources = InlineArray<64, Int>(repeating: 0)
        features.withUnsafeMutableBufferPointer { features in
            labels.withUnsafeMutableBufferPointer { labels in
                for start in stride(from: 0, to: indices.count, by: sources.count) {
                    let end = min(start + sources.count, indices.count)
                    for position in start..<end { sources[position - start] = selection[indices[position]] }
                    var featurePiece = UnsafeMutableBufferPointer(
                        rebasing: features[start * featureCount..<end * featureCount]
                    ).mutableSpan
                    var labelPiece = UnsafeMutableBufferPointer(rebasing: labels[start..<end]).mutableSpan
                    base.copyBatch(
                        sources.span.extracting(0..<end - start), into: &featurePiece, labels: &labelPiece)
                }
            }
        }
    }
}
