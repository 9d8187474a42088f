import Foundation
import InformationTheory

/// The picture of a confusion matrix: a row for each true class, a column for each prediction, darker where more of the row's samples
/// are.
struct ConfusionPlot {
    let title: String
    let confusion: ConfusionMatrix
    let classNames: [String]

    /// Above so many classes neither counts nor names are readable.
    private static let mostNamed = 40

    /// Draws to a .png or .svg file with gnuplot.
    func draw(to path: String) -> PlotOutcome {
        let side = 220 + min(confusion.classCount, Self.mostNamed) * 34
        return Gnuplot().draw(script, to: path, width: side, height: side - 60)
    }

    private var script: String {
        let count = confusion.classCount
        let sums = confusion.rowSums
        let cells = (0..<count).flatMap { label in
            (0..<count).map { prediction in
                let samples = Double(confusion[label: label, prediction: prediction])
                return [Double(prediction), Double(label), samples / Double(max(sums[label], 1)), samples]
            }
        }
        let isNamed = count <= Self.mostNamed
        let names = classNames.enumerated().map { "\(Gnuplot.quote($1)) \($0)" }.joined(separator: ", ")
        let tics = isNamed ? "set xtics rotate by 45 right noenhanced (\(names))\nset ytics noenhanced (\(names))" : ""
        let labels =
            isNamed
            ? """
            , $cells using 1:2:($4 > 0 && $3 <= 0.5 ? sprintf('%d', $4) : '') with labels font ',8' \
            textcolor rgb '#222222' notitle, $cells using 1:2:($4 > 0 && $3 > 0.5 ? sprintf('%d', $4) : '') \
            with labels font ',8' textcolor rgb '#FFFFFF' notitle
            """ : ""
        return PlotStyle.preamble + PlotStyle.block("$cells", cells) + """
            set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
            unset grid
            unset colorbox
            set palette defined (0 '#FFFFFF', 1 '#0B5A8A')
            set cbrange [0:1]
            set xrange [-0.5:\(Double(count) - 0.5)]
            set yrange [\(Double(count) - 0.5):-0.5]
            set xlabel 'predicted'
            set ylabel 'true'
            \(tics)
            plot $cells using 1:2:3 with image notitle\(labels)

            """
    }
}
