import Foundation
import Settings

/// Falls to the floor as a power of the time that is left: η(t) = floor + (rate − floor) · (1 − t / T)^power, T being the
/// horizon; the floor from T on.
///
/// PyTorch's `PolynomialLR` where the floor is 0; a straight line where the power is 1.
public struct PolynomialDecay: RatedSchedule {
    public static let name = "polynomial"

    public var rate = Rate.auto
    public var power = 1.0
    /// A share of the highest rate.
    public var floor = 0.0
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("power", \.power, .above(0), "power of the time that is left; 1: a straight line"),
        .floor(\.floor),
    ]

    public var nameOfPartUntilEnd: String? { Self.name }

    public func rate(at step: Int) -> Double {
        let highest = begun.rate(rate)
        let lowest = floor * highest
        guard step < begun.horizon else { return lowest }
        return lowest + (highest - lowest) * pow(1 - Double(step) / Double(begun.horizon), power)
    }
}
