import Foundation
import Training

/// What the plots have in common.
package enum PlotStyle {
    /// Colours of Okabe and Ito, told apart by colour-blind eyes as well.
    package static let train = "#0072B2"
    package static let validation = "#009E73"
    package static let test = "#D55E00"
    package static let muted = "#777777"

    package static let preamble = """
        set datafile missing 'NaN'
        set border 3 linecolor rgb '#555555' linewidth 0.8
        set tics nomirror out scale 0.6 textcolor rgb '#333333'
        set grid back linetype 1 linewidth 0.5 linecolor rgb '#DDDDDD'
        set key textcolor rgb '#333333' samplen 2 spacing 1.1

        """

    /// A block of data under a name that begins with `$`; a number that is not finite is missing.
    package static func block(_ name: String, _ rows: [[Double]]) -> String {
        let lines = rows.map { row in row.map { $0.isFinite ? "\($0)" : "NaN" }.joined(separator: " ") }
        return "\(name) << EOD\n\(lines.joined(separator: "\n"))\nEOD\n"
    }

    /// A logarithmic vertical axis. Up to three decades the numbers are 1, 2 and 5 times a power of ten, as powers of
    /// ten alone would leave a short axis without numbers.
    package static func logarithmicAxis(from low: Double, to high: Double) -> String {
        let axis = "set logscale y\nset format y '%g'\nset yrange [\(low):\(high)]"
        guard low > 0, high.isFinite, high <= 1000 * low else { return axis }
        let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        let numbers = exponents.flatMap { exponent in [1, 2, 5].map { "\($0)e\(exponent)" } }
        return "\(axis)\nset ytics (\(numbers.joined(separator: ", ")))"
    }

    /// A colour between dark blue at 0, green and a yellow that is still seen on white at 1; lighter all the way.
    static func shade(_ place: Double) -> String {
        let stops: [[Double]] = [[0x2B, 0x1B, 0x6B], [0x1F, 0x6E, 0x8C], [0x2C, 0xA0, 0x78], [0xE0, 0xB0, 0x20]]
        let position = min(1, max(0, place)) * Double(stops.count - 1)
        let first = min(Int(position), stops.count - 2)
        let share = position - Double(first)
        return zip(stops[first], stops[first + 1]).reduce("#") { text, ends in
            let value = Int((ends.0 + (ends.1 - ends.0) * share).rounded())
            return text + (value < 16 ? "0" : "") + String(value, radix: 16)
        }
    }

    /// The rate as people write it: three digits, and a power of ten when it is small.
    package static func text(rate: Double) -> String {
        NumberText.significant(rate, digits: 3)
    }
}
