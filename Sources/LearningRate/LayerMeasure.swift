import Settings

/// By which function of a layer's output T it is measured what T says about the labels Y.
///
/// A function of T says at most as much about Y as T does, by the data processing inequality (T. Cover, J. Thomas,
/// "Elements of Information Theory", 2nd edition, theorem 2.8.1): both measures are lower bounds of I(Y;T). Of a map T is
/// the mean over the pixels of each channel.
public enum LayerMeasure: String, CaseIterable, Codable, SettingValue {
    /// The label of the nearest class mean of T. The means are those of the measurement before, over all ranks, so the first
    /// one measures nothing.
    case prototype
    /// The index of the largest unit or channel.
    case winner
}

/// Rates for each layer with parameters, by what its output says about the labels.
public struct LayerwiseSettings: Configurable, Hashable, Codable {
    public var measure = LayerMeasure.prototype
    public var share = 0.05

    public init() {}

    public init(_ measure: LayerMeasure, share: Double) {
        self.measure = measure
        self.share = share
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "measure", \.measure,
            "function of a layer's output that is looked at: prototype, the class whose mean output is nearest, the means "
                + "being those of the cycle before; winner, the largest unit or channel"),
        .init("share", \.share, .above(0, through: 1), "share of the samples that are looked at in each cycle"),
    ]
}
