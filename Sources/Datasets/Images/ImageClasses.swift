/// The classes of images: those of who knows them, or those that are met.
struct ImageClasses {
    /// True where images can have no other class.
    private let isClosed: Bool
    private var names: [String]
    private var places: [String: Int32] = [:]

    /// - Parameter isClosed: false where `names` may become more.
    init(_ names: [String], isClosed: Bool) {
        self.isClosed = isClosed
        self.names = names
        for (place, name) in names.enumerated() { places[name] = Int32(place) }
    }

    /// The place of the class among those met so far.
    ///
    /// - Throws: where classes are known and this is none of them.
    mutating func label(of image: ListedImage) throws(DatasetError) -> Int32 {
        if let place = places[image.className] { return place }
        if isClosed {
            throw DatasetError(
                .labelOutOfRange, image.name, expected: "one of the \(names.count) known classes (\(NameList(names)))",
                found: "the class \(NameList([image.className]))",
                remedy: "correct the class, or give training images that have it")
        }
        let place = Int32(names.count)
        places[image.className] = place
        names.append(image.className)
        return place
    }

    /// The names in their final order, and where each class met goes in it.
    func sorted() -> (names: [String], places: [Int32]) {
        if isClosed { return (names, names.indices.map { Int32($0) }) }
        let order = Self.sorted(names)
        let places = [String: Int32](uniqueKeysWithValues: zip(order, 0...))
        return (order, names.map { places[$0]! })
    }

    /// Integers by their value where all names are such, other names by their bytes.
    static func sorted(_ names: [String]) -> [String] {
        let integers = names.compactMap { Int($0) }
        guard integers.count == names.count, Set(integers).count == names.count else { return inOrder(names) }
        return zip(integers, names).sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// By their bytes, which no language of a system changes.
    static func inOrder(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
