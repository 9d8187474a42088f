import RandomNumbers
import Settings

/// Weighted means of two images, and of their labels: λ of one and 1 − λ of the other, λ of the distribution Beta(α, α).
///
/// Source: H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, "mixup: Beyond empirical risk minimization", ICLR 2018.
public struct Mixup: Configurable, Equatable {
    public var alpha = 0.2

    public init() {}

    public init(alpha: Double) { self.alpha = alpha }

    public static let settings: [Setting<Self>] = [
        .init(
            "alpha", \.alpha, .above(0, through: 100), "α of the shares' distribution Beta(α, α); 1 makes all as likely"
        )
    ]
}

/// A rectangle of an image replaced by that of another one at the same place; labels have shares like the areas. The rectangle has
/// the share 1 − λ of the image, λ of the distribution Beta(α, α), less where it goes beyond the edges.
///
/// Source: S. Yun, D. Han, S. J. Oh, S. Chun, J. Choe, Y. Yoo, "CutMix: regularization strategy to train strong classifiers with
/// localizable features", ICCV 2019.
public struct CutMix: Configurable, Equatable {
    public var alpha = 1.0

    public init() {}

    public init(alpha: Double) { self.alpha = alpha }

    public static let settings: [Setting<Self>] = [
        .init("alpha", \.alpha, .above(0, through: 100), "α of the distribution Beta(α, α) of what is left of an image")
    ]
}

/// The image that a sample is mixed with, and how.
package struct SampleMixture: Equatable {
    /// Index in the training set.
    package var partner: Int
    /// The share of the sample itself.
    package var share: Double
    /// The pixels that the partner gives; nil where all are means.
    package var rectangle: Rectangle?

    package struct Rectangle: Equatable {
        package var rows, columns: Range<Int>
    }
}

extension Augmentation {
    /// What sample `index` of `count` is mixed with in `epoch`: a pure function of these and the seed, like ``GlobalOrder``. Each
    /// sample is the partner of one in every epoch.
    package func mixture(
        ofSample index: Int, of count: Int, epoch: Int, height: Int, width: Int
    ) -> SampleMixture {
        let stream = RandomStream(seed: seed, purpose: .imageMixing, stream: UInt64(epoch))
        let partner = Permutation(count: count, stream: stream)[index]
        var draws = SampleDraws(mixing: stream, sample: index)
        let takesMixup = mixup != nil && (cutmix == nil || draws.coin())
        if takesMixup, let mixup { return SampleMixture(partner: partner, share: draws.beta(mixup.alpha)) }
        let left = draws.beta((cutmix ?? CutMix()).alpha)
        let half = 0.5 * (1 - left).squareRoot()
        func side(_ extent: Int) -> Range<Int> {
            let (centre, reach) = (draws.integer(below: extent), Int(half * Double(extent)))
            return max(centre - reach, 0)..<min(centre + reach, extent)
        }
        let rectangle = SampleMixture.Rectangle(rows: side(height), columns: side(width))
        return SampleMixture(
            partner: partner,
            share: 1 - Double(rectangle.rows.count * rectangle.columns.count) / Double(height * width),
            rectangle: rectangle)
    }
}

extension ImagePlanes {
    /// Mixes the image with one of the same shape.
    func mix(_ other: UnsafePointer<Float>, _ mixture: SampleMixture) {
        guard let rectangle = mixture.rectangle else {
            let (own, others) = (Float(mixture.share), Float(1 - mixture.share))
            for place in 0..<count { pixels[place] = own * pixels[place] + others * other[place] }
            return
        }
        for channel in 0..<channels {
            for row in rectangle.rows {
                let start = (channel * height + row) * width + rectangle.columns.lowerBound
                pixels.advanced(by: start).update(from: other + start, count: rectangle.columns.count)
            }
        }
    }
}
