/// The values of Python that the header of an NPY file is made of.
enum PythonLiteral: Equatable {
    case string(String)
    case boolean(Bool)
    /// Integers, none of them negative.
    case tuple([Int])
    /// A list, as types of records are written; what is in it is of no use here.
    case list

    /// The entries of a text that is one dictionary with strings as keys; nil where it is anything else.
    static func dictionary(_ text: [UInt8]) -> [String: PythonLiteral]? {
        var parser = Parser(text: text)
        guard let entries = parser.dictionary(), parser.isAtEnd() else { return nil }
        return entries
    }

    private struct Parser {
        let text: [UInt8]
        var next = 0

        mutating func dictionary() -> [String: PythonLiteral]? {
            guard take("{") else { return nil }
            var entries: [String: PythonLiteral] = [:]
            while !take("}") {
                guard let key = string(), entries[key] == nil, take(":"), let value = value() else { return nil }
                entries[key] = value
                // A comma may follow the last one too.
                guard take(",") || peek() == UInt8(ascii: "}") else { return nil }
            }
            return entries
        }

        mutating func isAtEnd() -> Bool { peek() == nil }

        private mutating func value() -> PythonLiteral? {
            switch peek() {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(PythonLiteral.string)
            case UInt8(ascii: "("): return tuple().map(PythonLiteral.tuple)
            case UInt8(ascii: "["): return skipList() ? .list : nil
            default:
                if take("True") { return .boolean(true) }
                return take("False") ? .boolean(false) : nil
            }
        }

        /// Without escapes, which no name of a type has.
        private mutating func string() -> String? {
            guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
            let start = next + 1
            guard let end = text[start...].firstIndex(of: quote) else { return nil }
            let content = text[start..<end]
            guard content.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
            next = end + 1
            return String(decoding: content, as: UTF8.self)
        }

        private mutating func tuple() -> [Int]? {
            guard take("(") else { return nil }
            var numbers: [Int] = []
            var endsInComma = false
            while !take(")") {
                guard numbers.isEmpty || endsInComma, let number = integer() else { return nil }
                numbers.append(number)
                endsInComma = take(",")
            }
            // (3) is a number, (3,) a tuple.
            return numbers.count == 1 && !endsInComma ? nil : numbers
        }

        private mutating func integer() -> Int? {
            _ = peek()
            let digits = text[next...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            next = digits.endIndex
            return number
        }

        /// Goes behind a list, whatever is in it.
        private mutating func skipList() -> Bool {
            var depth = 0
            while let byte = peek() {
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    guard string() != nil else { return false }
                    continue
                }
                next += 1
                if byte == UInt8(ascii: "[") { depth += 1 }
                if byte == UInt8(ascii: "]") { depth -= 1 }
                if depth == 0 { return true }
            }
            return false
        }

        private mutating func take(_ word: String) -> Bool {
            _ = peek()
            guard text[next...].starts(with: word.utf8) else { return false }
            next += word.utf8.count
            return true
        }

        /// The next byte that is no space or end of a line; nil at the end.
        private mutating func peek() -> UInt8? {
            while next < text.count, text[next] == 0x20 || text[next] == 0x0A { next += 1 }
            return next < text.count ? text[next] : nil
        }
    }
}
