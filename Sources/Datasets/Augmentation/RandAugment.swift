import Settings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Operations on images chosen at random, all of one magnitude.
///
/// Source: E. D. Cubuk, B. Zoph, J. Shlens, Q. V. Le, "RandAugment: practical automated data augmentation with a reduced search
/// space", CVPR workshops 2020. The fourteen operations and the strength of each are those of torchvision's `RandAugment`; turned,
/// sheared and shifted images are interpolated.
public struct RandAugment: Configurable, Equatable {
    public var operations = 2
    public var magnitude = 9

    public init() {}

    public init(operations: Int = Self().operations, magnitude: Int = Self().magnitude) {
        self.operations = operations
        self.magnitude = magnitude
    }

    static let largestMagnitude = 30

    public static let settings: [Setting<Self>] = [
        .init("operations", \.operations, .from(1, through: 16), "operations on an image, one after another")
            .alsoKnownAs("num_ops", "n"),
        .init(
            "magnitude", \.magnitude, .from(0, through: largestMagnitude),
            "strength of each, of 0 to \(largestMagnitude)"
        ).alsoKnownAs("m"),
    ]

    package enum Operation: Int, CaseIterable {
        case identity, shearX, shearY, translateX, translateY, rotate
        case brightness, color, contrast, sharpness, posterize, solarize, autoContrast, equalize
    }

    /// Changes an image whose values are in 0 ... 1.
    func apply(to image: ImagePlanes, _ draws: inout SampleDraws) {
        for _ in 0..<operations {
            let operation = Operation(rawValue: draws.integer(below: Operation.allCases.count))!
            apply(operation, to: image, sign: draws.coin() ? -1 : 1)
        }
    }

    /// - Parameter sign: the direction of what has one.
    package func apply(_ operation: Operation, to image: ImagePlanes, sign: Double) {
        let share = Double(magnitude) / Double(Self.largestMagnitude)
        func move(_ map: AffineMap) { image.move(map) { _ in 0 } }
        let factor = Float(1 + sign * 0.9 * share)
        switch operation {
        case .identity: break
        case .shearX: move(.horizontalShear(sign * 0.3 * share, height: image.height))
        case .shearY: move(.verticalShear(sign * 0.3 * share, width: image.width))
        case .translateX: move(.translation(-sign * (150 / 331 * Double(image.width) * share).rounded(.down), 0))
        case .translateY: move(.translation(0, -sign * (150 / 331 * Double(image.height) * share).rounded(.down)))
        case .rotate: move(.rotation(degrees: sign * 30 * share))
        case .brightness: image.changeBrightness(factor)
        case .color: image.changeSaturation(factor)
        case .contrast: image.changeContrast(factor)
        case .sharpness: image.changeSharpness(factor)
        case .posterize: image.posterize(bits: 8 - Int((4 * share).rounded(.toNearestOrEven)))
        case .solarize: image.solarize(from: Float(1 - share))
        case .autoContrast: image.stretchContrast()
        case .equalize: image.equalize()
        }
    }
}
