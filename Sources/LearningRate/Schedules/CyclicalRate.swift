import Foundation
import Settings

/// Rises and falls between two bounds along straight lines, without end: minimum + (maximum − minimum) · w · s, where w goes
/// from 0 to 1 in `halfCycle` and back to 0 in as long, and s is the mode's scale.
///
/// Source: L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3. PyTorch's `CyclicLR`
/// with rise and fall of the same length.
public struct CyclicalRate: Schedule {
    public static let name = "cyclical"

    /// The course of the height of the cycles, of which the i-th, i from 0, is under way at step t.
    public enum Mode: String, CaseIterable, Codable, SettingValue {
        /// It stays: s = 1.
        case triangular
        /// It halves from cycle to cycle: s = 2⁻ⁱ.
        case triangular2
        /// It falls by a factor at every step: s = factorᵗ.
        case exponentialRange = "exp-range"
    }

    public var bounds: GivenBounds?
    public var halfCycle = 2.0
    public var mode = Mode.triangular
    public var factor = 0.9999
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .bounds(\.bounds), .init("halfCycle", \.halfCycle, .epochs, unit: "epochs", "length of a rise, and of a fall"),
        .init(
            "mode", \.mode,
            "height of the cycles: triangular stays, triangular2 halves from cycle to cycle, exp-range falls by factor at "
                + "every step"),
        .init("factor", \.factor, .above(0, through: 1), "share of the height that a step leaves")
            .only(with: "mode", \.mode, .exponentialRange),
    ]

    public var needsBounds: Bool { bounds == nil }
    public var mayRise: Bool { true }

    public func rate(at step: Int) -> Double {
        let halfCycle = begun.steps(halfCycle)
        let (half, stepOfHalf) = step.quotientAndRemainder(dividingBy: halfCycle)
        let share = Double(stepOfHalf) / Double(halfCycle)
        let height = half.isMultiple(of: 2) ? share : 1 - share
        let scale =
            switch mode {
            case .triangular: 1.0
            case .triangular2: exp2(-Double(half / 2))
            case .exponentialRange: pow(factor, Double(step))
            }
        return begun.bounds(bounds).rate(at: height * scale)
    }
}
