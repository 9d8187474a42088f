import Training

/// Curves in one drawing of SVG, in the page itself. The values stand beside the paths, for the script that tells those below the
/// pointer.
struct LineChart {
    let title: String
    var isXLogarithmic = false
    var isYLogarithmic = false
    /// Names the values along the x axis.
    var xName = "epoch"
    var curves: [Curve] = []
    /// Values of the x axis, or with a name of the y axis, at which there is a line across.
    var verticals: [(name: String, value: Double)] = []
    var ceiling: (name: String, value: Double)?

    struct Curve {
        let name: String
        /// A class of the style sheet.
        let color: String
        var dash = ""
        let points: [Point]
        /// Curves that are not told of below the pointer are those behind others.
        var isFaint = false
    }

    struct Point {
        let x, y: Double
        /// Half of the band's width.
        var error: Double?
    }

    /// More points of a curve are not drawn: there are no more pixels.
    private static let mostPoints = 400
    /// Points are marked while they can be told apart.
    private static let mostMarks = 30
    private static let mostMarkedCurves = 4
    private static let (width, height) = (620.0, 300.0)
    private static let (left, right, top, bottom) = (64.0, 14.0, 12.0, 40.0)

    /// HTML; nil where there is nothing to see.
    var figure: String? {
        let curves = curves.map { curve in
            Curve(
                name: curve.name, color: curve.color, dash: curve.dash, points: Self.thinned(curve.points),
                isFaint: curve.isFaint)
        }
        let points = curves.flatMap(\.points)
        let values = points.flatMap { [$0.y - ($0.error ?? 0), $0.y, $0.y + ($0.error ?? 0)] }
        guard
            let x = ChartAxis(
                of: points.map(\.x), isLogarithmic: isXLogarithmic, startsAtZero: !isXLogarithmic, margin: 0.02),
            let y = ChartAxis(of: values + (ceiling.map { [$0.value] } ?? []), isLogarithmic: isYLogarithmic)
        else { return nil }
        let drawing = HTML.element(
            "svg",
            [
                "viewBox": "0 0 \(Self.width) \(Self.height)", "role": "img", "aria-label": title,
                "data-low": "\(x.low)", "data-high": "\(x.high)", "data-log": isXLogarithmic ? "1" : "",
                "data-x": xName,
            ],
            grid(x, y) + lines(x, y) + curves.map { draw($0, x, y) }.joined())
        return HTML.element(
            "figure", ["class": "chart"],
            HTML.element("figcaption", [:], HTML.text(title)) + drawing + HTML.element("p", ["class": "readout"], ""))
            + "\n"
    }

    private static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > mostPoints else { return points }
        return (0..<mostPoints).map { points[$0 * (points.count - 1) / (mostPoints - 1)] }
    }

    private func column(_ value: Double, _ x: ChartAxis) -> Double? {
        x.place(value).map { Self.left + $0 * (Self.width - Self.left - Self.right) }
    }

    private func row(_ value: Double, _ y: ChartAxis) -> Double? {
        y.place(value).map { Self.height - Self.bottom - $0 * (Self.height - Self.top - Self.bottom) }
    }

    private static func text(_ place: Double) -> String { NumberText.fixed(place, digits: 1) }

    private func line(_ from: (Double, Double), _ to: (Double, Double), _ style: String) -> String {
        HTML.element(
            "line",
            [
                "x1": Self.text(from.0), "y1": Self.text(from.1), "x2": Self.text(to.0), "y2": Self.text(to.1),
                "class": style,
            ])
    }

    private func label(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
        HTML.element(
            "text", ["x": Self.text(x), "y": Self.text(y), "text-anchor": anchor], HTML.text(text))
    }

    private func grid(_ x: ChartAxis, _ y: ChartAxis) -> String {
        let (floor, end) = (Self.height - Self.bottom, Self.width - Self.right)
        var parts = ""
        for tick in y.ticks {
            guard let row = row(tick, y) else { continue }
            parts += line((Self.left, row), (end, row), "grid")
            parts += label(NumberText.significant(tick, digits: 4), Self.left - 7, row + 4, "end")
        }
        for tick in x.ticks {
            guard let column = column(tick, x) else { continue }
            parts += line((column, floor), (column, floor + 4), "axis")
            parts += label(NumberText.significant(tick, digits: 4), column, floor + 18, "middle")
        }
        parts += line((Self.left, floor), (end, floor), "axis")
        return parts + label(xName, (Self.left + end) / 2, Self.height - 6, "middle")
    }

    private func lines(_ x: ChartAxis, _ y: ChartAxis) -> String {
        var parts = ""
        for (index, vertical) in verticals.enumerated() {
            guard let column = column(vertical.value, x), (Self.left...Self.width - Self.right).contains(column) else {
                continue
            }
            parts += line((column, Self.top), (column, Self.height - Self.bottom), "mark")
            let isRight = column > Self.width / 2
            parts += label(
                vertical.name, column + (isRight ? -5 : 5), Self.top + 12 + 16 * Double(index),
                isRight ? "end" : "start")
        }
        if let ceiling, let row = row(ceiling.value, y) {
            parts += line((Self.left, row), (Self.width - Self.right, row), "mark")
            parts += label(ceiling.name, Self.left + 6, row + 14, "start")
        }
        return parts
    }

    private func draw(_ curve: Curve, _ x: ChartAxis, _ y: ChartAxis) -> String {
        var (path, pen, marks) = ("", "M", "")
        var (upper, lower): ([String], [String]) = ([], [])
        for point in curve.points {
            guard let column = column(point.x, x), let row = row(point.y, y) else {
                pen = "M"
                continue
            }
            let place = "\(Self.text(column)) \(Self.text(row))"
            path += pen + place
            pen = "L"
            if curve.points.count <= Self.mostMarks, curves.count <= Self.mostMarkedCurves, !curve.isFaint {
                marks += HTML.element("circle", ["cx": Self.text(column), "cy": Self.text(row), "r": "2.4"])
            }
            if let error = point.error, let high = self.row(point.y + error, y), let low = self.row(point.y - error, y)
            {
                upper.append("\(Self.text(column)) \(Self.text(high))")
                lower.append("\(Self.text(column)) \(Self.text(low))")
            }
        }
        var content = ""
        if upper.count > 1 {
            content += HTML.element(
                "path", ["class": "band", "d": "M" + (upper + lower.reversed()).joined(separator: "L") + "Z"])
        }
        content += HTML.element("path", ["class": curve.isFaint ? "curve faint" : "curve", "d": path]) + marks
        func list(_ value: (Point) -> Double?) -> String {
            curve.points.map { point in
                value(point).map { $0.isFinite ? NumberText.significant($0, digits: 5) : "" } ?? ""
            }.joined(separator: " ")
        }
        if curve.isFaint { return HTML.element("g", ["class": curve.color], content) }
        return HTML.element(
            "g",
            [
                "class": "\(curve.color) \(curve.dash)", "data-name": curve.name, "data-xs": list(\.x),
                "data-ys": list(\.y), "data-errors": curve.points.contains { $0.error != nil } ? list(\.error) : "",
            ], content)
    }
}
