import Foundation

/// Speed-ups, and the laws that are fitted to them.
public enum ScalingLaws {
    /// How many times the samples a second of one rank.
    public static func speedUp(_ measurement: ScalingMeasurement, of one: ScalingMeasurement) -> Double {
        measurement.samplesPerSecond / one.samplesPerSecond
    }

    /// The serial fraction that a speed-up S on P ranks shows: (1/S − 1/P) / (1 − 1/P) (Karp and Flatt, Communications of
    /// the ACM 33:539, 1990). NaN for one rank.
    public static func karpFlatt(speedUp: Double, ranks: Int) -> Double {
        let share = 1 / Double(ranks)
        return ranks > 1 ? (1 / speedUp - share) / (1 - share) : .nan
    }

    /// The serial fraction f for which S = 1 / (f + (1 − f) / P) is nearest to the speed-ups, in least squares of 1/S (Amdahl,
    /// AFIPS 30:483, 1967): 1/S is linear in f. NaN without more than one rank.
    public static func amdahl(_ points: [(ranks: Int, speedUp: Double)]) -> Double {
        let terms = points.filter { $0.ranks > 1 }.map { point in
            (slope: 1 - 1 / Double(point.ranks), value: 1 / point.speedUp - 1 / Double(point.ranks))
        }
        return ratio(terms)
    }

    /// The serial fraction f for which S = P − f · (P − 1) is nearest to the scaled speed-ups, in least squares (Gustafson,
    /// Communications of the ACM 31:532, 1988). NaN without more than one rank.
    public static func gustafson(_ points: [(ranks: Int, speedUp: Double)]) -> Double {
        let terms = points.filter { $0.ranks > 1 }.map { point in
            (slope: Double(point.ranks - 1), value: Double(point.ranks) - point.speedUp)
        }
        return ratio(terms)
    }

    private static func ratio(_ terms: [(slope: Double, value: Double)]) -> Double {
        terms.reduce(0) { $0 + $1.slope * $1.value } / terms.reduce(0) { $0 + $1.slope * $1.slope }
    }
}
