import Foundation

/// What the plots have in common.
enum PlotStyle {
    /// Colours of Okabe and Ito, told apart by colour-blind eyes as well.
    static let train = "#0072B2"
    static let validation = "#009E73"
    static let test = "#D55E00"
    static let muted = "#777777"

    static let preamble = """
        set datafile missing 'NaN'
        set border 3 linecolor rgb '#555555' linewidth 0.8
        set tics nomirror out scale 0.6 textcolor rgb '#333333'
        set grid back linetype 1 linewidth 0.5 linecolor rgb '#DDDDDD'
        set key textcolor rgb '#333333' samplen 2 spacing 1.1

        """

    /// A block of data under a name that begins with `$`; a number that is not finite is missing.
    static func block(_ name: String, _ rows: [[Double]]) -> String {
        let lines = rows.map { row in row.map { $0.isFinite ? "\($0)" : "NaN" }.joined(separator: " ") }
        return "\(name) << EOD\n\(lines.joined(separator: "\n"))\nEOD\n"
    }

    /// A logarithmic vertical axis. Up to three decades the numbers are 1, 2 and 5 times a power of ten, as powers of
    /// ten alone would leave a short axis without numbers.
    static func logarithmicAxis(from low: Double, to high: Double) -> String {
        let axis = "set logscale y\nset format y '%g'\nset yrange [\(low):\(high)]"
        guard low > 0, high.isFinite, high <= 1000 * low else { return axis }
        let exponents = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        let numbers = exponents.flatMap { exponent in [1, 2, 5].map { "\($0)e\(exponent)" } }
        return "\(axis)\nset ytics (\(numbers.joined(separator: ", ")))"
    }

    /// The rate as people write it: three digits, and a power of ten when it is small.
    static func text(rate: Double) -> String {
        NumberText.significant(rate, digits: 3)
    }
}
