/// The columns of a table that has an encoding: their kinds and levels, and what stands for missing values.
extension DataReview {
    private static func names(of encoding: TableEncoding, _ data: LoadedData) -> [String] {
        data.columns?.features ?? encoding.columns.indices.map { "\($0)" }
    }

    /// "numbers size, weight; categories color (3 levels: blue, green, red)".
    static func kinds(of encoding: TableEncoding, _ data: LoadedData) -> String {
        var (numbers, categories): ([String], [String]) = ([], [])
        for (name, column) in zip(names(of: encoding, data), encoding.columns) {
            guard case .category(let levels, _) = column.content else {
                numbers.append(name)
                continue
            }
            let count = "\(levels.count) \(levels.count == 1 ? "level" : "levels")"
            let ending = column.isEmbedded ? "; embedded" : ""
            categories.append("\(NameList([name])) (\(count): \(NameList(levels, most: 6))\(ending))")
        }
        let most = 12
        return [
            numbers.isEmpty ? nil : "numbers \(NameList(numbers))",
            categories.isEmpty
                ? nil
                : "categories \(categories.prefix(most).joined(separator: ", "))"
                    + (categories.count > most ? ", … (\(categories.count))" : ""),
        ].compactMap(\.self).joined(separator: "; ")
    }

    /// "missing values: color 2 (a feature of their own), size 5 (1.5 in their place)"; nil where there are none.
    static func missing(_ data: LoadedData) -> String? {
        guard let encoding = data.encoding else { return nil }
        let found = zip(zip(names(of: encoding, data), data.missing), encoding.columns).filter { $0.0.1 > 0 }
        if found.isEmpty { return nil }
        let texts = found.prefix(12).map { "\(NameList([$0.0.0])) \($0.0.1) (\($0.1.treatmentOfMissing))" }
        return "missing values: " + texts.joined(separator: ", ") + (found.count > 12 ? ", … (\(found.count))" : "")
    }
}
