#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns the bytes of a file of text into UTF-8, or refuses them; no byte is ever replaced by another character.
enum TextEncoding {
    /// - Parameter encoding: a name that the system's iconv knows; nil for UTF-8.
    /// - Returns: UTF-8 without zero bytes.
    static func text(of input: ByteInput, encoding: String?) throws(DatasetError) -> [UInt8] {
        let bytes = try input.readToEnd()
        try checkKind(ofBeginning: bytes, encoding: encoding, input.path)
        let text =
            try encoding.map { (name) throws(DatasetError) in try convert(bytes, from: name, input.path) } ?? bytes
        try check(text, input.path)
        return text
    }

    /// Throws for a file that is no text, or one in another encoding, by its first bytes.
    static func checkKind(
        ofBeginning bytes: [UInt8], encoding: String?, _ path: String
    ) throws(DatasetError) {
        let kind = FileKind.name(of: Array(bytes.prefix(FileKind.length)))
        if let kind, encoding == nil || !kind.hasPrefix("text in ") {
            throw DatasetError(
                .wrongFormat, path, expected: "a table of text, plain or compressed with gzip, xz or zstd", found: kind,
                remedy: kind.hasPrefix("text in ")
                    ? "save it as UTF-8, or name the encoding with data.csv.encoding"
                    : "export or unpack the table as text")
        }
    }

    /// Throws where a text is not UTF-8, or has a zero byte.
    ///
    /// - Parameters:
    ///   - start: of what is looked at.
    ///   - firstLine: of the file, on which the text begins.
    static func check(
        _ text: [UInt8], from start: Int = 0, firstLine: Int = 1, _ path: String
    ) throws(DatasetError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text.span.extracting(start...))
        } catch {
            let place = start + error.byteOffsets.lowerBound
            throw DatasetError(
                .wrongFormat, path, line: line(of: place, in: text, firstLine), expected: "text in UTF-8",
                found: "the byte \(hexadecimal(text[place]))",
                remedy: "name its encoding with data.csv.encoding, such as latin1 or windows-1251, or save it as UTF-8")
        }
        if let place = text[start...].firstIndex(of: 0) {
            throw DatasetError(
                .wrongFormat, path, line: line(of: place, in: text, firstLine), expected: "text", found: "a zero byte",
                remedy: "export the table again as text")
        }
    }

    private static func line(of place: Int, in text: [UInt8], _ firstLine: Int = 1) -> Int {
        var line = firstLine
        for index in 0..<place where text[index] == 0x0A || (text[index] == 0x0D && text[index + 1] != 0x0A) {
            line += 1
        }
        return line
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    private static func convert(
        _ bytes: [UInt8], from encoding: String, _ path: String
    ) throws(DatasetError) -> [UInt8] {
        // A slash would ask iconv to leave out or replace what it cannot convert.
        let isName =
            !encoding.isEmpty && encoding.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x2C }
        let lowered = encoding.lowercased()
        let name = lowered.hasPrefix("latin-") ? "latin" + lowered.dropFirst(6) : encoding
        guard isName, let converter = iconv_open("UTF-8", name), converter != iconv_t(bitPattern: -1) else {
            throw DatasetError(
                .invalidOption, "data.csv.encoding",
                expected: "an encoding that this system's iconv knows (see iconv --list)",
                found: encoding.debugDescription, remedy: "correct the name, or save the table as UTF-8")
        }
        defer { iconv_close(converter) }

        var text = [UInt8]()
        text.reserveCapacity(bytes.count + bytes.count / 8)
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var taken = 0
        while true {
            let (status, code, read, written) = convert(bytes, from: taken, with: converter, into: &piece)
            taken += read
            text += piece[..<written]
            if status == 0 { break }
            if status == -1, code == E2BIG, written > 0 { continue }
            // Anything else, conversions that cannot be undone included.
            throw DatasetError(
                .wrongFormat, path, line: line(of: text.count, in: text + [0x20]), expected: "text in \(encoding)",
                found: taken < bytes.count
                    ? "the byte \(hexadecimal(bytes[taken])), which it does not have there"
                    : "its end within a character",
                remedy: "correct data.csv.encoding")
        }
        return text
    }

    /// One call of iconv; an empty rest ends the text.
    private static func convert(
        _ bytes: [UInt8], from start: Int, with converter: iconv_t, into piece: inout [UInt8]
    ) -> (status: Int, code: CInt, read: Int, written: Int) {
        bytes.withUnsafeBufferPointer { source in
            piece.withUnsafeMutableBufferPointer { destination in
                var from = UnsafeMutableRawPointer(mutating: source.baseAddress)?.assumingMemoryBound(to: CChar.self)
                from = from?.advanced(by: start)
                var to = UnsafeMutableRawPointer(destination.baseAddress)?.assumingMemoryBound(to: CChar.self)
                var (left, room) = (bytes.count - start, destination.count)
                let status = iconv(converter, &from, &left, &to, &room)
                return (status, errno, bytes.count - start - left, destination.count - room)
            }
        }
    }
}
