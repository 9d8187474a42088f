/// The text of a file in UTF-8, read one piece after another, each of whole characters.
///
/// Text in another encoding is converted in one piece.
struct TextPieces {
    let path: String
    private let input: ByteInput
    private var beginning: [UInt8]
    /// Bytes of a character whose others have not been read.
    private var held: [UInt8] = []

    /// Bytes of a piece, at least, but for the last one.
    private static let byteCount = 1 << 18

    /// - Parameter encoding: a name that the system's iconv knows; nil for UTF-8.
    /// - Throws: for a file that is no text, or not in this encoding.
    init(_ input: ByteInput, encoding: String?) throws(DatasetError) {
        self.input = input
        path = input.path
        if encoding == nil {
            beginning = try input.read(upTo: Self.byteCount)
            try TextEncoding.checkKind(ofBeginning: beginning, encoding: nil, path)
        } else {
            beginning = try TextEncoding.text(of: input, encoding: encoding)
        }
    }

    /// The next piece, which may have bytes that no text has; empty at the end.
    mutating func next(atLeast count: Int = 0) throws(DatasetError) -> [UInt8] {
        var piece = held + beginning
        (held, beginning) = ([], [])
        let wanted = max(count, Self.byteCount)
        // A piece shorter than asked for is the last one.
        while piece.count < wanted {
            let more = try input.read(upTo: wanted - piece.count)
            if more.isEmpty { return piece }
            piece += more
        }
        let cut = Self.countOfLastPart(piece)
        held = Array(piece.suffix(cut))
        piece.removeLast(cut)
        return piece
    }

    /// Bytes at the end of a character that goes on behind them.
    private static func countOfLastPart(_ bytes: [UInt8]) -> Int {
        guard let lead = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
        let length = bytes[lead] >= 0xF0 ? 4 : bytes[lead] >= 0xE0 ? 3 : bytes[lead] >= 0xC0 ? 2 : 1
        let there = bytes.count - lead
        return there < length ? there : 0
    }
}
