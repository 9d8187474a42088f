import Settings

/// Brightness, contrast, saturation and hue changed at random, in random order; the parameters are those of torchvision's
/// `ColorJitter`. Images of one channel have no saturation and no hue.
public struct ColorJitter: Configurable, Equatable {
    public var brightness = 0.0
    public var contrast = 0.0
    public var saturation = 0.0
    public var hue = 0.0

    public init() {}

    public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
    }

    private static let strength = Limit<Double>.from(0, through: 10)

    public static let settings: [Setting<Self>] = [
        .init("brightness", \.brightness, strength, "b: all values times a number of max(0, 1 − b) to 1 + b"),
        .init("contrast", \.contrast, strength, "the same for the distance from the image's mean luminance"),
        .init("saturation", \.saturation, strength, "the same for the distance from the luminance of the pixel"),
        .init("hue", \.hue, .from(0, through: 0.5), unit: "turns", "largest shift of the hue, in either direction"),
    ]

    /// Changes an image whose values are in 0 ... 1.
    func apply(to image: ImagePlanes, _ draws: inout SampleDraws) {
        func factor(_ strength: Double) -> Float { Float(draws.uniform(max(0, 1 - strength)...1 + strength)) }
        let factors = SIMD4<Float>(
            factor(brightness), factor(contrast), factor(saturation), Float(draws.uniform(-hue...hue)))
        // An order of four, by exchanging each with one before it or itself (Fisher, Yates).
        var order = SIMD4<Int>(0, 1, 2, 3)
        for place in (1..<4).reversed() {
            let other = draws.integer(below: place + 1)
            (order[place], order[other]) = (order[other], order[place])
        }
        for place in 0..<4 {
            switch order[place] {
            case 0 where brightness > 0: image.changeBrightness(factors[0])
            case 1 where contrast > 0: image.changeContrast(factors[1])
            case 2 where saturation > 0: image.changeSaturation(factors[2])
            case 3 where hue > 0: image.shiftHue(factors[3])
            default: break
            }
        }
    }
}
