import Settings

/// Holds the rate, then falls to the floor at the end: η(t) = floor + (rate − floor) (1 − √u), u being the share of the fall
/// that is done; the floor from the horizon on.
///
/// Source: A. Hägele et al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations", NeurIPS 2024.
public struct ConstantCooldown: RatedSchedule {
    public static let name = "constant-cooldown"

    public var rate = Rate.auto
    public var share = 0.2
    /// A share of the highest rate.
    public var floor = 0.0
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("share", \.share, .above(0, through: 1), "share of the horizon in which the rate falls"),
        .floor(\.floor),
    ]

    public var nameOfPartUntilEnd: String? { Self.name }

    public func rate(at step: Int) -> Double {
        let highest = begun.rate(rate)
        let lowest = floor * highest
        guard step < begun.horizon else { return lowest }
        let fall = share * Double(begun.horizon)
        let done = Double(step) - (Double(begun.horizon) - fall)
        return done > 0 ? lowest + (highest - lowest) * (1 - (done / fall).squareRoot()) : highest
    }
}
