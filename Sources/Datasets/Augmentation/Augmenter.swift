/// Presents training images as an ``Augmentation`` changes them, and holds the memory that this takes, so that no batch allocates.
public final class Augmenter {
    private let augmentation: Augmentation
    /// Crop and flip, and cutout where no other operation stands between.
    private let moving: Augmentation
    private let sampleShape: [Int]
    /// Room for an image that an operation reads, and for a partner.
    private let memory: UnsafeMutableBufferPointer<Float>
    private let otherLabels: UnsafeMutableBufferPointer<Int32>
    private let shares: UnsafeMutableBufferPointer<Float>

    /// - Parameters:
    ///   - augmentation: changes that samples of `sampleShape`, [C, H, W], allow.
    ///   - largestBatch: the most samples of a batch.
    public init(_ augmentation: Augmentation, sampleShape: [Int], largestBatch: Int) {
        precondition(sampleShape.count == 3, "augmentation of samples of \(sampleShape), not images")
        self.augmentation = augmentation
        var moving = augmentation
        if augmentation.computesPixels { moving.cutout = 0 }
        self.moving = moving
        self.sampleShape = sampleShape
        let count = sampleShape.reduce(1, *)
        memory = .allocate(capacity: augmentation.computesPixels || augmentation.mixes ? 2 * count : 0)
        memory.initialize(repeating: 0)
        otherLabels = .allocate(capacity: augmentation.mixes ? largestBatch : 0)
        otherLabels.initialize(repeating: 0)
        shares = .allocate(capacity: otherLabels.count)
        shares.initialize(repeating: 1)
    }

    deinit {
        memory.deallocate()
        otherLabels.deallocate()
        shares.deallocate()
    }

    /// True where each sample is mixed with another one.
    public var mixes: Bool { augmentation.mixes }

    /// The label with the smaller share of each sample of the last batch, and the share of the larger one, which is that of the
    /// label in the batch; nil where samples are not mixed. Valid until the next batch.
    public var mixedLabels: (others: UnsafeBufferPointer<Int32>, shares: UnsafeBufferPointer<Float>)? {
        augmentation.mixes ? (UnsafeBufferPointer(otherLabels), UnsafeBufferPointer(shares)) : nil
    }

    /// Writes the samples `indices` of `dataset`, in that order, each changed as is decided for it in `epoch`. A mixed sample has
    /// the label with the larger share.
    ///
    /// Allocates nothing. Buffers and indices are those of `Dataset.copyBatch(_:into:labels:)`.
    public func copyBatch(
        _ indices: Span<Int>, of dataset: any Dataset, epoch: Int, into features: inout MutableSpan<Float>,
        labels: inout MutableSpan<Int32>
    ) {
        dataset.copyBatch(indices, augmentedBy: moving, epoch: epoch, into: &features, labels: &labels)
        guard augmentation.computesPixels || augmentation.mixes else { return }
        let count = sampleShape.reduce(1, *)
        features.withUnsafeMutableBufferPointer { features in
            for position in 0..<indices.count {
                let image = planes(features.baseAddress! + position * count)
                compute(image, indices[position], of: dataset, epoch)
                guard augmentation.mixes else { continue }
                let mixture = augmentation.mixture(
                    ofSample: indices[position], of: dataset.count, epoch: epoch, height: image.height,
                    width: image.width)
                image.mix(partner(mixture.partner, of: dataset, epoch), mixture)
                let (own, other) = (labels[position], dataset.label(at: mixture.partner))
                let isOwn = mixture.share >= 0.5
                labels[position] = isOwn ? own : other
                otherLabels[position] = isOwn ? other : own
                shares[position] = Float(isOwn ? mixture.share : 1 - mixture.share)
            }
        }
    }

    /// Takes in the samples that others are mixed with in `epoch`.
    ///
    /// - Parameters:
    ///   - samples: those that are mixed, from `first` on.
    ///   - count: samples of the set.
    public func addPartners(ofSamplesFrom first: Int, to samples: inout [Int], of count: Int, epoch: Int) {
        guard augmentation.mixes else { return }
        for place in first..<samples.count {
            let mixture = augmentation.mixture(
                ofSample: samples[place], of: count, epoch: epoch, height: sampleShape[1], width: sampleShape[2])
            samples.append(mixture.partner)
        }
    }

    private func planes(_ pixels: UnsafeMutablePointer<Float>) -> ImagePlanes {
        ImagePlanes(
            pixels: pixels, spare: memory.baseAddress!, channels: sampleShape[0], height: sampleShape[1],
            width: sampleShape[2])
    }

    /// The partner as it would be presented itself, before it is mixed.
    private func partner(_ index: Int, of dataset: any Dataset, _ epoch: Int) -> UnsafePointer<Float> {
        let count = sampleShape.reduce(1, *)
        let pixels = UnsafeMutableBufferPointer(rebasing: memory[count...])
        var label: Int32 = 0
        withUnsafePointer(to: index) { index in
            withUnsafeMutablePointer(to: &label) { label in
                var features = pixels.mutableSpan
                var labels = UnsafeMutableBufferPointer(start: label, count: 1).mutableSpan
                dataset.copyBatch(
                    UnsafeBufferPointer(start: index, count: 1).span, augmentedBy: moving, epoch: epoch,
                    into: &features, labels: &labels)
            }
        }
        compute(planes(pixels.baseAddress!), index, of: dataset, epoch)
        return UnsafePointer(pixels.baseAddress!)
    }

    /// Computes the pixels of an image anew, after crop and flip.
    private func compute(_ image: ImagePlanes, _ index: Int, of dataset: any Dataset, _ epoch: Int) {
        guard augmentation.computesPixels else { return }
        func draws(_ operation: SampleDraws.Operation) -> SampleDraws {
            SampleDraws(operation, seed: augmentation.seed, epoch: epoch, sample: index)
        }
        if let crop = augmentation.randomResizedCrop {
            var draws = draws(.randomResizedCrop)
            image.enlarge(crop.part(ofImage: image.height, image.width, &draws))
        }
        if augmentation.rotation > 0 {
            var draws = draws(.rotation)
            let angle = draws.uniform(-augmentation.rotation...augmentation.rotation)
            image.move(.rotation(degrees: angle), outside: dataset.black(ofChannel:))
        }
        if augmentation.changesColours {
            image.scale(to: dataset.standardization, isPresented: true)
            if let randAugment = augmentation.randAugment {
                var draws = draws(.randAugment)
                randAugment.apply(to: image, &draws)
            }
            if let colorJitter = augmentation.colorJitter {
                var draws = draws(.colorJitter)
                colorJitter.apply(to: image, &draws)
            }
            image.scale(to: dataset.standardization, isPresented: false)
        }
        if augmentation.cutout > 0 {
            let transformation = augmentation.transformation(
                ofSample: index, epoch: epoch, height: image.height, width: image.width)
            let rows = ImageRows(height: image.height, width: image.width)
            for channel in 0..<image.channels {
                rows.erase(image.pixels + channel * image.planeCount, transformation)
            }
        }
    }
}

extension ImagePlanes {
    /// Goes from values as they are presented to 0 ... 1, or back.
    fileprivate func scale(to standardization: Standardization?, isPresented: Bool) {
        guard let standardization else { return }
        for channel in 0..<channels {
            let (mean, deviation) = (
                Float(standardization.mean[channel]), Float(standardization.standardDeviation[channel])
            )
            for place in channel * planeCount..<(channel + 1) * planeCount {
                pixels[place] =
                    isPresented ? pixels[place] * deviation + mean : (pixels[place] - mean) / deviation
            }
        }
    }
}
