import Foundation
import Training

/// An axis of a chart: which values it shows, where, and which of them it names.
struct ChartAxis {
    let low, high: Double
    let isLogarithmic: Bool

    /// - Parameter values: all that is to be seen; those that are not finite, or not above 0 on a logarithmic axis, are not.
    /// - Returns: nil where nothing can be seen.
    init?(of values: [Double], isLogarithmic: Bool = false, startsAtZero: Bool = false, margin: Double = 0.05) {
        let seen = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        guard var low = seen.min(), var high = seen.max() else { return nil }
        if startsAtZero { low = min(low, 0) }
        self.isLogarithmic = isLogarithmic
        if isLogarithmic {
            // A rate that hardly changes shall look like it.
            let factor = high < 3 * low ? 2 : 1.2
            (self.low, self.high) = (low / factor, high * factor)
        } else {
            if high == low { (low, high) = (low - max(abs(low), 1e-12) * 0.1, high + max(abs(high), 1e-12) * 0.1) }
            let room = (high - low) * margin
            (self.low, self.high) = (startsAtZero && low == 0 ? 0 : low - room, high + room)
        }
    }

    /// The place of a value, 0 at the low end and 1 at the high one; nil where it cannot be seen.
    func place(_ value: Double) -> Double? {
        guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
        return isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    }

    /// Values that are named: some multiples of 1, 2 or 5 times a power of ten, or on a logarithmic axis these themselves, powers of ten
    /// alone where the axis is long.
    var ticks: [Double] {
        guard isLogarithmic else {
            let rough = (high - low) / 5
            let power = pow(10, log10(rough).rounded(.down))
            let step = power * ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10)
            let numbers =
                Int(
                    (low / step).rounded(.up))...max(
                    Int((low / step).rounded(.up)), Int((high / step).rounded(.down)))
            return numbers.map { Double($0) * step }.filter { $0 <= high }
        }
        let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        let isLong = high > 1000 * low
        let stride = max(1, exponents.count / 7)
        return exponents.filter { !isLong || $0 % stride == 0 }
            .flatMap { exponent in (isLong ? [1] : [1, 2, 5]).map { Double("\($0)e\(exponent)")! } }
            .filter { $0 >= low && $0 <= high }
    }
}
