/// How many samples of each class the sets of some data have.
struct ClassCounts: Sendable {
    /// The sets that there are, in the order training, validation, test: what they are called, and their counts [classes].
    let sets: [(name: String, counts: [Int])]
    /// What the classes are called.
    let names: [String]
    /// The numbers that the classes are called by; nil where a name is none.
    let numbers: [Int]?
    /// Whether classes are those names that occur, and not all numbers below a bound.
    let areNamesFound: Bool

    /// - Returns: nil for data that are computed, whose labels nobody wrote.
    init?(_ data: LoadedData, isTable: Bool) {
        guard data.train.isStored else { return nil }
        let all: [(String, (any Dataset)?)] = [
            ("training set", data.train), ("validation set", data.validation), ("test set", data.test),
        ]
        sets = all.compactMap { name, set in set.map { (name, $0.classCounts) } }
        names = (0..<data.train.classCount).map(data.train.className)
        let numbers = names.compactMap { Int($0) }
        self.numbers = numbers.count == names.count ? numbers : nil
        areNamesFound = isTable
    }

    var training: [Int] { sets[0].counts }

    /// Places of the classes that any set has samples of.
    var present: [Int] { names.indices.filter { place in sets.contains { $0.counts[place] > 0 } } }
}

extension Dataset {
    /// Samples of each class, [classes].
    package var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classCount)
        for index in 0..<count { counts[Int(label(at: index))] += 1 }
        return counts
    }
}

extension ClassCounts: CustomStringConvertible {
    /// "classes (training/test): apple 80/20, fig 80/20"; of many the first ones, and the range of all.
    var description: String {
        let most = 12
        let title = sets.map { String($0.name.dropLast(4)) }.joined(separator: "/")
        let isShort = names.count <= most
        let list = (isShort ? Array(names.indices) : present).prefix(most).map { place in
            "\(NameList([names[place]])) \(sets.map { "\($0.counts[place])" }.joined(separator: "/"))"
        }.joined(separator: ", ")
        if isShort { return "classes (\(title)): \(list)" }
        let (least, greatest) = (training.min() ?? 0, training.max() ?? 0)
        return "classes (\(title)): \(list), … (\(names.count) classes of "
            + (least == greatest ? "\(least)" : "\(least) to \(greatest)") + " training samples)"
    }
}
