/// Line and column of a YAML text, both from 1.
struct Position {
    var line: Int
    var column: Int
}

/// What is seen in a text of YAML before a parser does.
enum YAMLText {
    /// Editors write the mark at the beginning of a file; it is no part of the text.
    static func withoutByteOrderMark(_ yaml: String) -> String {
        guard yaml.unicodeScalars.first == "\u{FEFF}" else { return yaml }
        return String(yaml.unicodeScalars.dropFirst())
    }

    /// The first character that is taken for a letter of a key although nobody sees it: a mark or a space other than ASCII's
    /// where a line begins, as pages of the web have them.
    static func firstMisleadingCharacter(in yaml: String) -> (position: Position, problem: String)? {
        for (index, line) in lines(of: yaml).enumerated() {
            let spaces = line.prefix { $0 == " " || $0 == "\t" }.count
            guard let scalar = line.dropFirst(spaces).first, !scalar.isASCII,
                scalar.properties.isWhitespace || scalar == "\u{FEFF}" || scalar == "\u{200B}"
            else { continue }
            let code = String(scalar.value, radix: 16, uppercase: true)
            let digits = String(repeating: "0", count: max(0, 4 - code.count)) + code
            let kind = scalar == "\u{FEFF}" ? "a byte order mark" : "a space that is not ASCII's"
            return (
                Position(line: index + 1, column: spaces + 1),
                "invalid YAML: expected a key or a value, found \(kind) (U+\(digits)) before it; remove it"
            )
        }
        return nil
    }

    /// Where line `line`, or the one before it, is indented with a tab.
    static func indentingTab(in yaml: String, near line: Int?) -> Position? {
        guard let line else { return nil }
        let lines = lines(of: yaml)
        for index in lines.indices.prefix(line).suffix(2).reversed() {
            let spaces = lines[index].prefix { $0 == " " || $0 == "\t" }
            guard spaces.count < lines[index].count, let tab = spaces.firstIndex(of: "\t") else { continue }
            return Position(line: index + 1, column: spaces.distance(from: spaces.startIndex, to: tab) + 1)
        }
        return nil
    }

    /// Lines as libyaml counts them, which end in LF, CR or CR LF.
    private static func lines(of yaml: String) -> [[Unicode.Scalar]] {
        var (lines, last): ([[Unicode.Scalar]], Unicode.Scalar?) = ([[]], nil)
        for scalar in yaml.unicodeScalars {
            defer { last = scalar }
            if scalar == "\n", last == "\r" { continue }
            if scalar == "\n" || scalar == "\r" { lines.append([]) } else { lines[lines.count - 1].append(scalar) }
        }
        return lines
    }
}
