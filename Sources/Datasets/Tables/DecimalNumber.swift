/// Decimal numbers as tables of text have them: digits, a point, an exponent; no hexadecimal, no infinity, no NaN.
package enum DecimalNumber {
    /// The number that all of `text` stands for; nil when it is none, or is not finite.
    ///
    /// Correctly rounded to Double. Up to 2⁵³ and 10^±22 both factors are exact and one operation rounds once (W. D.
    /// Clinger, "How to read floating point numbers accurately", PLDI 1990); the rest is left to the standard library.
    package static func parse(_ text: ArraySlice<UInt8>) -> Double? {
        var index = text.startIndex
        let isNegative = index < text.endIndex && text[index] == minus
        if index < text.endIndex, text[index] == minus || text[index] == plus { index += 1 }

        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        var pointSeen = false
        while index < text.endIndex {
            let byte = text[index]
            if byte &- zero < 10 {
                // Nineteen digits always fit; the value of what follows is not needed when the fast path is left.
                if digits < 19 { mantissa = mantissa * 10 + UInt64(byte &- zero) }
                digits += 1
                if pointSeen { exponent -= 1 }
            } else if byte == point, !pointSeen {
                pointSeen = true
            } else {
                break
            }
            index += 1
        }
        if digits == 0 { return nil }
        if index < text.endIndex {
            guard let written = parseExponent(text[index...]) else { return nil }
            exponent += written
        }
        if digits <= 19, mantissa <= 1 << 53, abs(exponent) <= 22 {
            let value = Double(mantissa)
            let scaled = exponent < 0 ? value / powersOfTen[-exponent] : value * powersOfTen[exponent]
            return isNegative ? -scaled : scaled
        }
        return Double(String(decoding: text, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// An integer of 64 bits without leading zeros, plus signs and fractions of zero: 3 for 03, +3 and 3.0; nil for other texts.
    static func integer(_ text: String) -> String? {
        // Exact for all integers of 64 bits, for which Double is too short.
        if let integer = Int(text) { return String(integer) }
        guard let number = parse(ArraySlice(text.utf8)), abs(number) < 0x1p53 else { return nil }
        return Int(exactly: number).map { String($0) }
    }

    /// The value of `e`, a sign and digits; limited to ± 100,000, far beyond what a Double can hold.
    private static func parseExponent(_ text: ArraySlice<UInt8>) -> Int? {
        guard text.first.map({ $0 | 0x20 }) == UInt8(ascii: "e") else { return nil }
        var digits = text.dropFirst()
        let isNegative = digits.first == minus
        if isNegative || digits.first == plus { digits = digits.dropFirst() }
        if digits.isEmpty { return nil }
        var value = 0
        for byte in digits {
            guard byte &- zero < 10 else { return nil }
            value = min(value * 10 + Int(byte &- zero), 100_000)
        }
        return isNegative ? -value : value
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

private let zero = UInt8(ascii: "0")
private let minus = UInt8(ascii: "-")
private let plus = UInt8(ascii: "+")
private let point = UInt8(ascii: ".")
