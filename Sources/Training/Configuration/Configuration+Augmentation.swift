extension Configuration.Data {
    /// Section `augmentation`: random changes of training images, other ones in every epoch; default none.
    public struct Augmentation: Equatable, Sendable {
        /// Key `crop`: pixels of black padding on each side, from which an image of the original size is cut at random;
        /// at least 0 and less than the side of the images, default 0.
        public var crop = 0
        /// Key `flip`: whether every second image, at random, is mirrored left to right; default false.
        public var flip = false
        /// Key `cutout`: side in pixels of a square, centred anywhere in the image, that is filled with the mean; at least
        /// 0 and at most the side of the images, default 0.
        public var cutout = 0

        public init() {}
    }
}

extension Configuration.Data.Augmentation {
    /// Whether training images stay as they are.
    var isNone: Bool { self == Self() }

    /// A change that samples of `shape` do not allow; nil where they allow all.
    func obstacle(forSamplesOf shape: [Int]) -> Obstacle? {
        if isNone { return nil }
        guard shape.count == 3 else {
            return Obstacle(keyPath: "data.augmentation", expected: "images", found: "samples of shape \(shape)")
        }
        let side = min(shape[1], shape[2])
        let images = "of images of \(shape[1]) x \(shape[2])"
        if crop >= side {
            return Obstacle(
                keyPath: "data.augmentation.crop", expected: "less than \(side) \(images)", found: "\(crop)")
        }
        if cutout > side {
            return Obstacle(
                keyPath: "data.augmentation.cutout", expected: "at most \(side) \(images)", found: "\(cutout)")
        }
        return nil
    }

    /// The key that asks for too much, what it would have to be, and what it is.
    struct Obstacle {
        var keyPath: String
        var expected: String
        var found: String
    }
}
