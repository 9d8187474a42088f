import RandomNumbers
import Settings

/// Random changes of training images [C, H, W]: cut out of a padded image, mirrored, with a square erased, in that order.
///
/// What happens to a sample is a pure function of (seed, epoch, index of the sample in its set), whatever batch or rank it
/// is in. Pixels are moved or replaced, never computed anew.
public struct Augmentation: Configurable, Equatable {
    /// Pixels of black padding on each side, from which an image of the original size is cut at one of
    /// (2 · `crop` + 1)² places. 0 leaves the image where it is. Black is the raw value 0, standardised like any other.
    public var crop = 0
    /// Mirrors every second image, left to right.
    public var flip = false
    /// Side of a square that is filled with 0 as the network sees it, which is the mean of a standardised set. Its centre is
    /// any pixel of the image, so that a part of it can lie outside. 0 erases nothing.
    ///
    /// Source: T. DeVries, G. W. Taylor, "Improved regularization of convolutional neural networks with cutout",
    /// arXiv 1708.04552, 2017.
    public var cutout = 0
    /// Seed of the experiment.
    public var seed: UInt64 = 0

    public init() {}

    /// - Parameters:
    ///   - crop: 0 ..< 2¹⁵.
    ///   - cutout: 0 ..< 2¹⁵.
    public init(crop: Int = 0, flip: Bool = false, cutout: Int = 0, seed: UInt64) {
        precondition(Self.pixels.contains(crop), "padding of \(crop) pixels")
        precondition(Self.pixels.contains(cutout), "a square of \(cutout) pixels")
        self.crop = crop
        self.flip = flip
        self.cutout = cutout
        self.seed = seed
    }

    /// Far beyond the side of any image, and far from overflow.
    private static let pixels = Limit.from(0, below: 1 << 15)

    public static let settings: [Setting<Self>] = [
        .init(
            "crop", \.crop, pixels, unit: "pixels",
            "black padding on each side, from which an image of the original size is cut at random; less than the side of "
                + "the images"),
        .init("flip", \.flip, "mirror every second image, at random, left to right"),
        .init(
            "cutout", \.cutout, pixels, unit: "pixels",
            "side of a square, centred anywhere in the image, that is filled with the mean; at most the side of the images"
        ),
    ]

    /// What happens to sample `index` in `epoch`, if its images are of `height` and `width` pixels.
    public func transformation(ofSample index: Int, epoch: Int, height: Int, width: Int) -> ImageTransformation {
        transformation(RandomStream(seed: seed, purpose: .augmentation, stream: UInt64(epoch)), index, height, width)
    }

    @inline(__always)
    private func transformation(
        _ stream: RandomStream, _ index: Int, _ height: Int, _ width: Int
    ) -> ImageTransformation {
        let words = stream.block(UInt64(index))
        var transformation = ImageTransformation()
        transformation.rowShift = draw(words[0], 2 * crop + 1) - Int32(crop)
        transformation.columnShift = draw(words[1], 2 * crop + 1) - Int32(crop)
        // The shift comes from the upper bits of the word.
        transformation.isMirrored = flip && words[0] & 1 == 1
        if cutout > 0 {
            transformation.erasedRows = square(around: draw(words[2], height), height)
            transformation.erasedColumns = square(around: draw(words[3], width), width)
        }
        return transformation
    }

    /// An integer in 0 ..< `bound`; the bias is below `bound` / 2³².
    private func draw(_ word: UInt32, _ bound: Int) -> Int32 {
        Int32(truncatingIfNeeded: (UInt64(word) &* UInt64(bound)) &>> 32)
    }

    private func square(around centre: Int32, _ extent: Int) -> Range<Int32> {
        let start = centre - Int32(cutout / 2)
        return max(start, 0)..<min(start + Int32(cutout), Int32(extent))
    }
}

extension Augmentation {
    /// True where training images stay as they are.
    public var isNone: Bool { crop == 0 && !flip && cutout == 0 }

    /// The setting that asks for more than samples of `shape` allow.
    public struct Obstacle: Sendable {
        /// The setting; empty where the samples are no images.
        public var key: String
        public var expected: String
        public var found: String
    }

    /// A change that samples of `shape` do not allow; nil where they allow all.
    public func obstacle(forSamplesOf shape: [Int]) -> Obstacle? {
        if isNone { return nil }
        guard shape.count == 3 else { return Obstacle(key: "", expected: "images", found: "samples of shape \(shape)") }
        let side = min(shape[1], shape[2])
        let images = "of images of \(shape[1]) x \(shape[2])"
        if crop >= side { return Obstacle(key: "crop", expected: "less than \(side) \(images)", found: "\(crop)") }
        if cutout > side { return Obstacle(key: "cutout", expected: "at most \(side) \(images)", found: "\(cutout)") }
        return nil
    }
}

extension Dataset {
    /// Writes the samples `indices`, in that order, each changed as `augmentation` decides for it in `epoch`; unchanged
    /// when that is nil.
    ///
    /// Allocates nothing. Buffers and indices are those of ``copyBatch(_:into:labels:)``; the samples are images, [C, H, W],
    /// unless `augmentation` is nil.
    public func copyBatch(
        _ indices: Span<Int>, augmentedBy augmentation: Augmentation?, epoch: Int,
        into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        guard let augmentation else { return copyBatch(indices, into: &features, labels: &labels) }
        precondition(sampleShape.count == 3, "augmentation of samples of \(sampleShape), not images")
        let (height, width) = (sampleShape[1], sampleShape[2])
        var transformations = InlineArray<64, ImageTransformation>(repeating: ImageTransformation())
        forEachPiece(of: indices.count, transformations.count, &features, &labels) { range, features, labels in
            for position in range {
                transformations[position - range.lowerBound] = augmentation.transformation(
                    ofSample: indices[position], epoch: epoch, height: height, width: width)
            }
            copyBatch(
                indices.extracting(range), transformedBy: transformations.span.extracting(0..<range.count),
                into: &features, labels: &labels)
        }
    }
}
