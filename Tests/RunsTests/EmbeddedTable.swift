import Foundation
import TrainingTestSupport

/// A table whose class depends on a column of many levels, and on numbers: `a,city,b,kind,value`.
struct EmbeddedTable {
    var levels: Int
    var rows = 1200
    /// Every so many rows have no city; 0 for none.
    var gap = 0

    /// A section `data` of it, with samples as they stand.
    static let source = """
        data: {format: csv, train: {file: t.csv}, standardize: false, csv: {label: kind, ignore: [value], missing: median}}
        """

    /// The class that a city alone decides, in most rows.
    private func kind(_ city: Int, _ random: inout SplitMix64) -> Int {
        let own = (city * 2_654_435_761 >> 7) % 3
        return random.next() % 20 == 0 ? Int(random.next() % 3) : own
    }

    func text() -> String {
        var random = SplitMix64(state: 11)
        func number() -> Double { Double(random.next() >> 40) / 0x1p24 }
        var text = "a,city,b,kind,value\n"
        for row in 0..<rows {
            // Each comes as often as the others.
            let city = row * 37 % levels
            let (a, b) = (number(), number())
            let kind = kind(city, &random)
            let name = gap > 0 && row % gap == 1 ? "" : "city \(city)"
            text += "\(a),\(name),\(b),\(kind),\(100 * Double(kind) + 10 * a)\n"
        }
        return text
    }

    func write(in folder: TemporaryDirectory) throws {
        try text().write(toFile: folder.file("t.csv"), atomically: true, encoding: .utf8)
    }
}
