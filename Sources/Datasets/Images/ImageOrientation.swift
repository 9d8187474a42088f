/// The orientation that a camera writes beside the pixels, by the tag 0x0112 of Exif.
///
/// Source: Exif 2.32 (CIPA DC-008), section 4.6.4; the segment APP1 of JPEG, the chunk eXIf of PNG.
enum ImageOrientation {
    /// 1 for an image that stands upright, 2 to 8 for others; 1 where nothing or nonsense is said.
    static func of(jpeg bytes: [UInt8]) -> Int {
        var place = 2
        while place + 4 <= bytes.count, bytes[place] == 0xFF {
            let marker = bytes[place + 1]
            // Filling bytes before a marker.
            if marker == 0xFF {
                place += 1
                continue
            }
            // The pixels begin, or the file ends.
            if marker == 0xDA || marker == 0xD9 { break }
            let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
            let end = place + 2 + length
            guard length >= 2, end <= bytes.count else { break }
            let segment = bytes[(place + 4)..<end]
            if marker == 0xE1, segment.starts(with: Array("Exif\0\0".utf8)) {
                return of(tiff: Array(segment.dropFirst(6)))
            }
            place = end
        }
        return 1
    }

    static func of(png bytes: [UInt8]) -> Int {
        var place = 8
        while place + 12 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let kind = bytes[(place + 4)..<(place + 8)]
            let end = place + 12 + length
            guard end <= bytes.count, !kind.elementsEqual("IDAT".utf8) else { break }
            if kind.elementsEqual("eXIf".utf8) { return of(tiff: Array(bytes[(place + 8)..<(place + 8 + length)])) }
            place = end
        }
        return 1
    }

    /// Looks into the first directory of a TIFF structure.
    private static func of(tiff bytes: [UInt8]) -> Int {
        let isLittle = bytes.starts(with: Array("II*\0".utf8))
        guard isLittle || bytes.starts(with: Array("MM\0*".utf8)) else { return 1 }
        func number(_ place: Int, _ count: Int) -> Int? {
            guard place >= 0, place <= bytes.count - count else { return nil }
            let digits = bytes[place..<place + count]
            return isLittle ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let start = number(4, 4), let count = number(start, 2) else { return 1 }
        for entry in 0..<count {
            let place = start + 2 + 12 * entry
            guard let tag = number(place, 2) else { break }
            // A number of 16 bits.
            if tag == 0x0112, number(place + 2, 2) == 3, let value = number(place + 8, 2), (1...8).contains(value) {
                return value
            }
        }
        return 1
    }
}
