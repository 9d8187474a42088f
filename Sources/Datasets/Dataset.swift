/// Labelled samples that can be read by index in any order and from any thread.
///
/// A data set holds its samples as compactly as its source does and turns them into 32-bit floats only when a batch is
/// asked for.
public protocol Dataset: Sendable {
    /// Number of samples.
    var count: Int { get }

    /// Shape of one sample: [C, H, W] for images, [features] for tables.
    var sampleShape: [Int] { get }

    /// Product of ``sampleShape``.
    var featureCount: Int { get }

    /// Number of classes; labels are 0 ..< `classCount`.
    var classCount: Int { get }

    /// What the classes are called, in the order of their labels, where the source says so.
    var classNames: [String]? { get }

    /// What is subtracted from and divided into the features by ``copyBatch(_:into:labels:)``; nil when they are not
    /// standardised here.
    var standardization: Standardization? { get }

    /// Class of sample `index`, 0 ..< ``count``.
    func label(at index: Int) -> Int32

    /// Writes the samples `indices`, in that order: features as [N, C, H, W] or [N, features], labels as [N].
    ///
    /// Allocates nothing. `features` holds exactly N · ``featureCount`` values and `labels` N; the indices lie in
    /// 0 ..< ``count`` and may repeat.
    func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>)
}

extension Dataset {
    public var classNames: [String]? { nil }
    public var standardization: Standardization? { nil }

    /// What class `label` is called; its number where the source gives no name.
    public func className(_ label: Int) -> String {
        classNames?[label] ?? String(label)
    }

    /// Stops on a batch whose buffers do not fit; every implementation of ``copyBatch(_:into:labels:)`` calls it first.
    @inline(__always)
    func checkBatch(_ indexCount: Int, _ featureTotal: Int, _ labelCount: Int) {
        precondition(
            featureTotal == indexCount * featureCount,
            "\(featureTotal) features in the buffer for \(indexCount) samples of \(featureCount)")
        precondition(labelCount == indexCount, "\(labelCount) labels in the buffer for \(indexCount) samples")
    }
}
