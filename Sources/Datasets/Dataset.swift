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

    /// The raw value that is presented as 1 before standardization: 255 for bytes of images, 1 for numbers as they stand.
    var fullScale: Double { get }

    /// The scales of a sample's real targets; the bins of the first one then are the classes. Empty where samples have nothing but
    /// a class.
    var targetScales: [TargetScale] { get }

    /// Whether samples were read from somewhere; false where the configuration alone tells what they are.
    var isStored: Bool { get }

    /// True where samples are read from files each time that they are asked for, which can fail. Default false.
    var readsFiles: Bool { get }

    /// The first failure of a sample that was asked for, whose features then were those of zeros. Default nil.
    var readFailure: DatasetError? { get }

    /// Announces the samples that are asked for next, in this order, so that they are read meanwhile; a sample that was not
    /// announced has the same bits. Default nothing.
    func expect(_ indices: Span<Int>)

    /// Announces that samples are asked for in no order from here on. Default nothing.
    func expectRandomOrder()

    /// Ends what reads ahead, and waits for it: before the memory goes that names and places of files lie in. Default nothing.
    func endReading()

    /// Class of sample `index`, 0 ..< ``count``.
    func label(at index: Int) -> Int32

    /// Standardized target of sample `index`, 0 ..< ``count``; where there are ``targetScales``.
    ///
    /// - Parameter output: which of the targets.
    func target(at index: Int, output: Int) -> Float

    /// Writes the samples `indices`, in that order: features as [N, C, H, W] or [N, features], labels as [N].
    ///
    /// Allocates nothing. `features` holds exactly N · ``featureCount`` values and `labels` N; the indices lie in
    /// 0 ..< ``count`` and may repeat.
    func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>)

    /// The same for images, [C, H, W], each transformed by the element of `transformations` at its position.
    ///
    /// Allocates nothing. There is an implementation for all sets, which copies and then transforms in place; another
    /// one gives the same bits.
    func copyBatch(
        _ indices: Span<Int>, transformedBy transformations: Span<ImageTransformation>,
        into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>)
}

extension Dataset {
    public var classNames: [String]? { nil }
    public var standardization: Standardization? { nil }
    public var targetScales: [TargetScale] { [] }
    /// True where the targets are labels, 0 or 1.
    public var hasLabels: Bool { targetScales.first?.isLabel == true }
    /// True where scores are those of each target: of several, and of labels.
    public var isScoredByTarget: Bool { targetScales.count > 1 || hasLabels }

    /// The scale of the first target; nil for classes.
    public var targetScale: TargetScale? { targetScales.first }
    public var fullScale: Double { 1 }
    public var isStored: Bool { true }
    public var readsFiles: Bool { false }
    public var readFailure: DatasetError? { nil }
    public func expect(_ indices: Span<Int>) {}
    public func expectRandomOrder() {}
    public func endReading() {}

    public func target(at index: Int, output: Int) -> Float {
        preconditionFailure("sample \(index) of a set of classes has no target")
    }

    /// Standardized first target of sample `index`.
    public func target(at index: Int) -> Float { target(at: index, output: 0) }

    /// The numbers that a network gives for a sample: one a class, or one a target.
    public var outputCount: Int { targetScales.isEmpty ? classCount : targetScales.count }

    /// What class `label` is called; its number where the source gives no name.
    public func className(_ label: Int) -> String {
        classNames?[label] ?? String(label)
    }

    public func copyBatch(
        _ indices: Span<Int>, transformedBy transformations: Span<ImageTransformation>,
        into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        precondition(sampleShape.count == 3, "transformation of samples of \(sampleShape), not images")
        let (channels, rows) = (sampleShape[0], ImageRows(height: sampleShape[1], width: sampleShape[2]))
        copyBatch(indices, into: &features, labels: &labels)
        features.withUnsafeMutableBufferPointer { features in
            for position in 0..<indices.count {
                for channel in 0..<channels {
                    rows.transform(
                        features.baseAddress! + (position * channels + channel) * rows.height * rows.width,
                        transformations[position], black: black(ofChannel: channel))
                }
            }
        }
    }

    /// What the raw value 0 of an image's channel becomes.
    func black(ofChannel channel: Int) -> Float {
        // Adding 0 makes a negative zero positive, as in a pixel that is computed.
        standardization.map { Float(-$0.mean[channel] / $0.standardDeviation[channel]) + 0 } ?? 0
    }

    /// Calls `body` with the positions and the buffers of every piece of at most `size` samples of a batch of `count`.
    @inline(__always)
    func forEachPiece(
        of count: Int, _ size: Int, _ features: inout MutableSpan<Float>, _ labels: inout MutableSpan<Int32>,
        _ body: (Range<Int>, inout MutableSpan<Float>, inout MutableSpan<Int32>) -> Void
    ) {
        checkBatch(count, features.count, labels.count)
        features.withUnsafeMutableBufferPointer { features in
            labels.withUnsafeMutableBufferPointer { labels in
                for start in stride(from: 0, to: count, by: size) {
                    let range = start..<min(start + size, count)
                    var featurePiece = UnsafeMutableBufferPointer(
                        rebasing: features[range.lowerBound * featureCount..<range.upperBound * featureCount]
                    ).mutableSpan
                    var labelPiece = UnsafeMutableBufferPointer(rebasing: labels[range]).mutableSpan
                    body(range, &featurePiece, &labelPiece)
                }
            }
        }
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
