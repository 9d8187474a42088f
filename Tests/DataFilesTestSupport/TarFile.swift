/// A tar archive of the format ustar with the files given, in their order; names of more than 100 bytes in records of pax.
public func tar(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    for (name, bytes) in files {
        if name.utf8.count > 100 {
            // The length counts its own digits.
            let rest = " path=\(name)\n"
            let length = (rest.utf8.count...).first { "\($0)".count + rest.utf8.count == $0 }!
            archive += tarEntry("pax", Array("\(length)\(rest)".utf8), kind: "x")
        }
        archive += tarEntry(String(decoding: Array(name.utf8.prefix(100)), as: UTF8.self), bytes, kind: "0")
    }
    return archive + [UInt8](repeating: 0, count: 1024)
}

/// A header and the blocks of a file.
public func tarEntry(_ name: String, _ bytes: [UInt8], kind: Character) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) { header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8) }
    func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    put("0000644\u{0}0000000\u{0}0000000\u{0}", at: 100)
    put(octal(bytes.count, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    put(String(kind), at: 156)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0}", at: 148)
    return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
}
