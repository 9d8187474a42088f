import Foundation
import Settings

/// Falls to the floor along half a cosine: η(t) = floor + ½ (rate − floor) (1 + cos(π t / T)), T being the horizon; the
/// floor from T on.
///
/// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5
/// without restarts. PyTorch's `CosineAnnealingLR` up to T; after it that one rises again.
public struct CosineDecay: RatedSchedule {
    public static let name = "cosine"

    public var rate = Rate.auto
    /// A share of the highest rate.
    public var floor = 0.0
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [.rate(\.rate), .floor(\.floor)]

    public var nameOfPartUntilEnd: String? { Self.name }

    public func rate(at step: Int) -> Double {
        let highest = begun.rate(rate)
        guard step < begun.horizon else { return floor * highest }
        return Self.rate(from: highest, to: floor * highest, at: Double(step) / Double(begun.horizon))
    }

    /// The rate when `share` of the way, in 0...1, is done: end + ½ (start − end) (1 + cos(π share)).
    static func rate(from start: Double, to end: Double, at share: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * share))
    }
}
