/// The words of one column of a table, in the order in which they are met.
struct TableVocabulary {
    /// As a level is called: an integer in its plain notation, 3 for 03 and 3.0; other words as they stand.
    private(set) var names: [String] = []
    /// Line of the row in which each was met first.
    private(set) var lines: [Int] = []
    /// By the bytes of the field, which may differ for one name.
    private var places: [[UInt8]: Int] = [:]
    private var placesOfNames: [String: Int] = [:]

    /// The place of a word, which is put behind the others where it is new.
    mutating func place(of bytes: [UInt8], line: Int) -> Int {
        if let place = places[bytes] { return place }
        let text = String(decoding: bytes, as: UTF8.self)
        let name = DecimalNumber.integer(text) ?? text
        let place = placesOfNames[name] ?? names.count
        if place == names.count {
            names.append(name)
            lines.append(line)
            placesOfNames[name] = place
        }
        places[bytes] = place
        return place
    }

    func contains(_ name: String) -> Bool { placesOfNames[name] != nil }

    /// By word: the place of its level among `levels`; nil for one that is none of them.
    func places(in levels: [String]) -> [Int?] {
        let known = Dictionary(uniqueKeysWithValues: zip(levels, levels.indices))
        return names.map { known[$0] }
    }
}
