import Foundation
import LearningRate

/// Numbers as a person reads them.
package enum NumberText {
    /// With `digits` significant digits and no needless zeros; a power of ten below 0.001 and from 100,000 on.
    package static func significant(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "–" }
        guard value != 0 else { return "0" }
        let rounded = String(format: "%.\(digits - 1)e", value)
        guard let mark = rounded.firstIndex(of: "e"), let exponent = Int(rounded[rounded.index(after: mark)...]) else {
            preconditionFailure("%e always has an exponent, found \(rounded)")
        }
        if (-3..<5).contains(exponent) {
            let text = String(format: "%.\(max(0, digits - 1 - exponent))f", value)
            return text.contains(".") ? trimmed(text) : text
        }
        return "\(trimmed(String(rounded[..<mark])))e\(exponent)"
    }

    /// Without the zeros at the end of its fraction.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// The number that runs are compared by: the accuracy, or R² of real targets.
    package static func score(_ metrics: PredictionMetrics?) -> String {
        metrics?.targets.map { fixed($0.r2, digits: 4) } ?? percent(metrics?.accuracy)
    }

    /// `12,345`
    package static func grouped(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let digits = String(Int(abs(value).rounded()))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return value < 0 && digits != "0" ? "-" + result : result
    }

    /// `97.53 %`, or a dash.
    package static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return "–" }
        return String(format: "%.2f %%", 100 * share)
    }

    package static func fixed(_ value: Double?, digits: Int) -> String {
        guard let value, value.isFinite else { return "–" }
        return String(format: "%.\(digits)f", value)
    }

    /// Nats with four digits, of a loss that is huge the first ones.
    package static func loss(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return value < 1e5 ? fixed(value, digits: 4) : significant(value, digits: 4)
    }

    /// `0:42`, `12:05` or `3:25:45`, rounded up, as time left is.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        let whole = Int(seconds.rounded(.up))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
    }
}
