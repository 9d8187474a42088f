import Settings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A random part of an image, enlarged to the size of the whole by linear interpolation.
///
/// Source: C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, section 6; the parameters, the ten attempts and the
/// part that is taken when none fits are those of torchvision's `RandomResizedCrop`.
public struct RandomResizedCrop: Configurable, Equatable {
    public var scale = NumberRange(0.08, 1)
    public var ratio = NumberRange(0.75, 4.0 / 3)

    public init() {}

    public init(scale: NumberRange = Self().scale, ratio: NumberRange = Self().ratio) {
        self.scale = scale
        self.ratio = ratio
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "scale", \.scale, Limit("in (0, 1]") { $0.low > 0 && $0.high <= 1 },
            "share of the image's area that the part has"),
        .init(
            "ratio", \.ratio, Limit("above 0 and at most 100") { $0.low > 0 && $0.high <= 100 },
            "width of the part by its height, drawn from its logarithm"),
    ]

    /// A rectangle of an image.
    package struct Part: Equatable {
        package var top, left, height, width: Int

        package init(top: Int, left: Int, height: Int, width: Int) {
            (self.top, self.left, self.height, self.width) = (top, left, height, width)
        }
    }

    package func part(ofImage height: Int, _ width: Int, _ draws: inout SampleDraws) -> Part {
        let area = Double(height * width)
        for _ in 0..<10 {
            let target = area * draws.uniform(scale.low...scale.high)
            let ratio = exp(draws.uniform(log(self.ratio.low)...log(self.ratio.high)))
            let w = Int((target * ratio).squareRoot().rounded(.toNearestOrEven))
            let h = Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
            guard w > 0, w <= width, h > 0, h <= height else { continue }
            return Part(
                top: draws.integer(below: height - h + 1), left: draws.integer(below: width - w + 1), height: h,
                width: w)
        }
        // The middle, as much of it as the ratio allows.
        var (w, h) = (width, height)
        let own = Double(width) / Double(height)
        if own < ratio.low {
            h = min(Int((Double(w) / ratio.low).rounded(.toNearestOrEven)), height)
        } else if own > ratio.high {
            w = min(Int((Double(h) * ratio.high).rounded(.toNearestOrEven)), width)
        }
        return Part(top: (height - h) / 2, left: (width - w) / 2, height: max(h, 1), width: max(w, 1))
    }
}
