extension ClassCounts {
    /// What looks otherwise in the labels than it was taken.
    ///
    /// - Parameter labelColumn: what the column of the class is called; nil for what is no table with a header.
    func warnings(labelColumn: String?) -> [DataWarning] {
        let missing = namesOfMissing
        var warnings: [DataWarning] = []
        if !missing.isEmpty {
            warnings.append(
                DataWarning(
                    .missingLabels, "labels",
                    found:
                        "\(NameList(missing)) \(missing.count == 1 ? "is a class, and is" : "are classes, and are") usual for "
                        + "a label that is missing",
                    remedy: "leave these samples out if they have no label"))
        }
        let many = warningsOfManyClasses(labelColumn)
        // Measured numbers have gaps.
        if many.isEmpty || !areNamesFound, let warning = warning(ofGapsBeside: missing) { warnings.append(warning) }
        warnings += many
        if present.count == 1 {
            warnings.append(
                DataWarning(
                    .oneClass, "labels", found: "all samples are of one class, \(NameList([names[present[0]]]))",
                    remedy: "there is nothing to tell apart; check which column is the label"))
        }
        warnings += warningsOfSets
        return warnings
    }

    /// Names of classes with samples that usually say that there is no label.
    private var namesOfMissing: [String] {
        let words: Set<String> = [
            "nan", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nat", "none", "null", "(null)", "nil", "missing",
            "unknown",
            "undefined", "empty", "blank", "?", "-", "--", ".", "*",
        ]
        let found = present.map { names[$0] }
        if let numbers {
            let values = Set(present.map { numbers[$0] })
            return present.filter { isSentinel(numbers[$0], among: values) }.map { names[$0] }
        }
        // Numbers among texts count too: -1 beside "cat".
        let numbers = Set(found.compactMap { Int($0) })
        return found.filter { name in
            words.contains(name.lowercased()) || Int(name).map { isSentinel($0, among: numbers.union([0])) } == true
        }
    }

    /// Whether a number stands apart from the other labels and is one that usually means "missing".
    private func isSentinel(_ number: Int, among labels: Set<Int>) -> Bool {
        let others = labels.subtracting([number])
        guard !others.isEmpty else { return false }
        switch number {
        // −1 and 1 are the two classes of many data sets.
        case -1: return others != [1] && !others.contains { $0 < -1 }
        case -9, -99, -999, -9999: return !others.contains(number + 1) && !others.contains(number - 1)
        case 9, 99, 255, 999, 9999, 65535, Int(Int32.max):
            // Far above labels without other gaps.
            guard let first = others.min(), let last = others.max() else { return false }
            return last < number - 1 && last - first < others.count
        default: return false
        }
    }

    private func warning(ofGapsBeside missing: [String]) -> DataWarning? {
        guard let numbers else { return nil }
        let labels = present.map { numbers[$0] }.sorted()
        guard let first = labels.first, let last = labels.last, labels.count > 1 else { return nil }
        let gaps = zip(labels, labels.dropFirst()).filter { $1 - $0 > 1 }.map { ($0 + 1, $1 - 1) }
        let list = NameList(gaps.map { $0 == $1 ? "\($0)" : "\($0) to \($1)" }, most: 6)
        if areNamesFound {
            // The classes are right; the numbers may not be.
            let others = labels.filter { !missing.contains("\($0)") }
            let hasGaps = zip(others, others.dropFirst()).contains { $1 - $0 > 1 }
            guard hasGaps, labels.count > 2 else { return nil }
            return DataWarning(
                .gapsInLabels, "labels",
                found: "the numbers \(first) to \(last) have gaps (\(list)); each number that occurs is a class",
                remedy: "check that the column is a class and no measured number")
        }
        if gaps.isEmpty, first == 0 { return nil }
        guard !gaps.isEmpty else {
            return DataWarning(
                .gapsInLabels, "labels",
                found:
                    "they are \(first) to \(last), and \(first == 1 ? "class 0 has" : "the classes below have") no sample: "
                    + "counted from \(first)",
                remedy: "subtract \(first) from all of them; the network has a unit for each number from 0")
        }
        return DataWarning(
            .gapsInLabels, "labels",
            found:
                "no sample has the \(gaps.count == 1 && gaps[0].0 == gaps[0].1 ? "label" : "labels") \(list), and the network "
                + "has a unit for each number from 0 to \(names.count - 1)",
            remedy: "number the classes from 0 without gaps")
    }

    private func warningsOfManyClasses(_ labelColumn: String?) -> [DataWarning] {
        let samples = sets.reduce(0) { $0 + $1.counts.reduce(0, +) }
        let column = labelColumn.map { "the column \(NameList([$0]))" } ?? "they"
        var isContinuous = false
        if areNamesFound, let numbers, present.count >= 20 {
            // Classes that are numbered are numbered from 0 or 1.
            let labels = present.map { numbers[$0] }.sorted()
            isContinuous = labels[0] < 0 || labels[0] > 1 || labels[labels.count - 1] - labels[0] >= labels.count
        }
        guard isContinuous || present.count > 2 && present.count * 10 > samples else { return [] }
        return [
            DataWarning(
                .manyClasses, "labels",
                found: "\(present.count) classes in \(samples) samples"
                    + (isContinuous ? "; \(column) may be a measured number: " : ": ")
                    + "classification needs a few classes with many samples each",
                remedy: isContinuous
                    ? "set task: regression to predict the number, or check which column is the label"
                    : "check which column is the label")
        ]
    }

    private var warningsOfSets: [DataWarning] {
        var warnings: [DataWarning] = []
        // Numbers that do not occur at all have been told as gaps.
        let expected = areNamesFound || numbers == nil ? Array(names.indices) : present
        for (name, counts) in sets {
            let absent = expected.filter { counts[$0] == 0 }.map { names[$0] }
            if let warning = DataWarning(
                ofAbsentClasses: absent, in: name,
                remedy: name == "training set" ? "what it does not have cannot be learned" : DataWarning.notMeasured)
            {
                warnings.append(warning)
            }
        }
        let single = names.indices.filter { training[$0] == 1 }.map { names[$0] }
        if !single.isEmpty {
            warnings.append(
                DataWarning(
                    .classWithoutSamples, "training set",
                    found: "one sample alone of the \(single.count == 1 ? "class" : "classes") \(NameList(single))",
                    remedy: "a class needs several; check the labels"))
        }
        return warnings
    }
}

extension DataWarning {
    package static let notMeasured = "what it does not have is not measured"

    /// Nil where no class is without samples in the set.
    package init?(ofAbsentClasses names: [String], in set: String, remedy: String) {
        if names.isEmpty { return nil }
        self.init(
            .classWithoutSamples, set,
            found: "no sample of the \(names.count == 1 ? "class" : "classes") \(NameList(names))", remedy: remedy)
    }
}
