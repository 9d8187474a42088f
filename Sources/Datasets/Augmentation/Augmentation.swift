import RandomNumbers
import Settings

/// Random changes of training images [C, H, W], in this order: cut out of a padded image, mirrored, a part enlarged, turned,
/// operations of RandAugment, colours, a square erased; and then two of them mixed.
///
/// What happens to a sample is a pure function of (seed, epoch, index of the sample in its set), whatever batch or rank it
/// is in. ``crop``, ``flip`` and ``cutout`` move or replace pixels and never compute them anew.
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
    /// Enlarges a random part of the image to the size of the whole; nil for none.
    public var randomResizedCrop: RandomResizedCrop?
    /// Largest angle in degrees by which an image is turned about its middle, in either direction; 0 turns none. What comes in
    /// from outside is black.
    public var rotation = 0.0
    /// Operations chosen at random; nil for none.
    public var randAugment: RandAugment?
    /// Changes of brightness and colours; nil for none.
    public var colorJitter: ColorJitter?
    /// Weighted means of two images; nil for none.
    public var mixup: Mixup?
    /// Rectangles of another image; nil for none. With ``mixup`` every sample takes one of both, each as often.
    public var cutmix: CutMix?
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
            section: "randomResizedCrop", \.randomResizedCrop, isInline: true,
            "random part of the image, enlarged to its size, in place of crop; {} for the defaults"
        ).alsoKnownAs("random_resized_crop"),
        .init(
            "rotation", \.rotation, .from(0, through: 180), unit: "degrees",
            "largest angle by which an image is turned about its middle, in either direction"
        ).alsoKnownAs("degrees", "random_rotation"),
        .init(
            section: "randAugment", \.randAugment, isInline: true,
            "operations chosen at random, of one magnitude; {} for the defaults"
        ).alsoKnownAs("rand_augment", "autoaugment"),
        .init(
            section: "colorJitter", \.colorJitter, isInline: true, "random changes of brightness and colours"
        ).alsoKnownAs("color_jitter", "colourJitter", "colour", "color"),
        .init(
            "cutout", \.cutout, pixels, unit: "pixels",
            "side of a square, centred anywhere in the image, that is filled with the mean; at most the side of the images"
        ),
        .init(
            section: "mixup", \.mixup, isInline: true,
            "weighted means of two images and of their labels; the sample counts as one of the class with the larger share"
        ),
        .init(
            section: "cutmix", \.cutmix, isInline: true,
            "a rectangle of another image, which gives the label its share of the area; with mixup each sample takes one of "
                + "both"),
    ]

    public var contradiction: Contradiction? {
        guard randomResizedCrop != nil, crop > 0 else { return nil }
        return Contradiction("crop", "expected 0 with randomResizedCrop, which cuts out a part itself, found \(crop)")
    }

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
    public var isNone: Bool {
        crop == 0 && !flip && cutout == 0 && !computesPixels && !mixes
    }

    /// True where pixels are computed anew, one image at a time.
    var computesPixels: Bool { randomResizedCrop != nil || rotation > 0 || changesColours }

    /// True where the values of pixels are changed, which have to be in 0 ... 1 for it.
    var changesColours: Bool { randAugment != nil || colorJitter != nil }

    /// True where samples are mixed with others, and their labels with theirs.
    public var mixes: Bool { mixup != nil || cutmix != nil }

    /// The setting that asks for more than samples of `shape` allow.
    public struct Obstacle: Sendable {
        /// The setting; empty where the samples are no images.
        public var key: String
        public var expected: String
        public var found: String
    }

    /// A change that samples of `shape` do not allow; nil where they allow all.
    ///
    /// - Parameter fullScale: the raw value that is presented as 1; nil where it is not known yet.
    public func obstacle(forSamplesOf shape: [Int], fullScale: Double? = nil) -> Obstacle? {
        if isNone { return nil }
        guard shape.count == 3 else { return Obstacle(key: "", expected: "images", found: "samples of shape \(shape)") }
        let side = min(shape[1], shape[2])
        let images = "of images of \(shape[1]) x \(shape[2])"
        if crop >= side { return Obstacle(key: "crop", expected: "less than \(side) \(images)", found: "\(crop)") }
        if cutout > side { return Obstacle(key: "cutout", expected: "at most \(side) \(images)", found: "\(cutout)") }
        guard changesColours else { return nil }
        let key = randAugment != nil ? "randAugment" : "colorJitter"
        if ![1, 3].contains(shape[0]) {
            return Obstacle(key: key, expected: "images of 1 or 3 channels", found: "\(shape[0])")
        }
        if fullScale == 1 {
            return Obstacle(key: key, expected: "images of bytes, from black to full", found: "images of real numbers")
        }
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
