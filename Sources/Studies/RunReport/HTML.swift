/// Pieces of a page that browsers read as HTML and other programs as XML.
enum HTML {
    /// Text of a user, which stands for nothing but itself, in an element or in an attribute's quotes. Characters that XML has no place
    /// for become U+FFFD.
    static func text(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE:
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// An element.
    ///
    /// - Parameters:
    ///   - attributes: their values are text.
    ///   - content: HTML; nil for an element that has none.
    static func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: String? = nil
    ) -> String {
        let start = "<\(name)" + attributes.map { " \($0)=\"\(text($1))\"" }.joined()
        return content.map { "\(start)>\($0)</\(name)>" } ?? "\(start)/>"
    }

    /// A table of cells that are HTML.
    ///
    /// - Parameter numbers: columns of numbers, flush right.
    static func table(_ titles: [String], _ rows: [[String]], numbers: Set<Int> = []) -> String {
        func cells(_ name: String, _ row: [String]) -> String {
            row.enumerated().map { column, cell in
                numbers.contains(column) ? element(name, ["class": "number"], cell) : element(name, [:], cell)
            }.joined()
        }
        let head = element("thead", [:], element("tr", [:], cells("th", titles)))
        let body = rows.map { element("tr", [:], cells("td", $0)) }.joined(separator: "\n")
        return element("div", ["class": "scroll"], element("table", [:], head + element("tbody", [:], body))) + "\n"
    }

    /// Text that a click opens.
    static func details(_ summary: String, _ content: String) -> String {
        element("details", [:], element("summary", [:], text(summary)) + content) + "\n"
    }
}
