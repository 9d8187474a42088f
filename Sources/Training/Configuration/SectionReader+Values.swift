/// The numbers a key allows, with the words an error message uses for them.
package struct NumberLimit<Number: Sendable>: Sendable {
    var text: String
    var contains: @Sendable (Number) -> Bool
}

extension NumberLimit where Number: Comparable {
    package static func atLeast(_ bound: Number) -> Self { Self(text: "of at least \(bound)") { $0 >= bound } }
    package static func above(_ bound: Number) -> Self { Self(text: "above \(bound)") { $0 > bound } }
    /// low ≤ x < high
    package static func from(_ low: Number, below high: Number) -> Self {
        Self(text: "in [\(low), \(high))") { $0 >= low && $0 < high }
    }
    /// low < x < high
    package static func between(_ low: Number, _ high: Number) -> Self {
        Self(text: "in (\(low), \(high))") { $0 > low && $0 < high }
    }
    /// low < x ≤ high
    package static func above(_ low: Number, through high: Number) -> Self {
        Self(text: "in (\(low), \(high)]") { $0 > low && $0 <= high }
    }
    /// low ≤ x ≤ high
    package static func from(_ low: Number, through high: Number) -> Self {
        Self(text: "from \(low) to \(high)") { $0 >= low && $0 <= high }
    }
}

extension SectionReader {
    package func integer(_ key: String, _ limit: NumberLimit<Int>) throws(ConfigurationError) -> Int? {
        guard let node = value(key) else { return nil }
        return try integer(node, at: key, limit)
    }

    /// A seed: any integer from 0 to 2⁶⁴ − 1.
    package func seed(_ key: String) throws(ConfigurationError) -> UInt64? {
        guard let node = value(key) else { return nil }
        guard let number = Self.plainText(node).flatMap({ UInt64($0) }) else {
            throw mismatch(key, expected: "an integer from 0 to \(UInt64.max)", found: node)
        }
        return number
    }

    package func double(_ key: String, _ limit: NumberLimit<Double>) throws(ConfigurationError) -> Double? {
        guard let number = try number(key, limit) else { return nil }
        // Training flushes what is smaller to 0, which the limit may not allow.
        guard !number.isSubnormal else {
            throw mismatch(
                key, expected: "a number \(limit.text), of at least \(Double.leastNormalMagnitude) if it is not 0",
                found: value(key)!)
        }
        return number
    }

    /// A number that is computed with in single precision: one that is in the limits there too, and 0 only if it is 0.
    package func single(_ key: String, _ limit: NumberLimit<Double>) throws(ConfigurationError) -> Double? {
        guard let number = try number(key, limit) else { return nil }
        let rounded = Float(number)
        guard rounded.isFinite, rounded.isNormal || number == 0, limit.contains(Double(rounded)) else {
            throw mismatch(
                key,
                expected: "a number \(limit.text), that stays one in single precision (0, and 1.18e-38 to 3.40e38)",
                found: value(key)!)
        }
        return number
    }

    private func number(_ key: String, _ limit: NumberLimit<Double>) throws(ConfigurationError) -> Double? {
        guard let node = value(key) else { return nil }
        // Only decimal notation: Double.init alone would also take "inf", "nan" and hexadecimal.
        guard let text = Self.plainText(node), text.allSatisfy({ "+-.0123456789eE".contains($0) }),
            let number = Double(text), number.isFinite, limit.contains(number)
        else { throw mismatch(key, expected: "a number \(limit.text)", found: node) }
        return number
    }

    func boolean(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let node = value(key) else { return nil }
        switch Self.plainText(node) {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: throw mismatch(key, expected: "true or false", found: node)
        }
    }

    package func string(_ key: String, expected: String) throws(ConfigurationError) -> String? {
        guard let node = value(key) else { return nil }
        guard case .scalar(let text, _) = node.content, !text.isEmpty else {
            throw mismatch(key, expected: expected, found: node)
        }
        return text
    }

    /// One of a few words.
    func choice(_ key: String, _ words: [String]) throws(ConfigurationError) -> String? {
        guard let node = value(key) else { return nil }
        let text = try? string(key, expected: "")
        if let text, words.contains(text) { return text }
        var error = mismatch(key, expected: "one of \(words.joined(separator: ", "))", found: node)
        if let near = text.flatMap({ KeySuggestion.nearest(to: $0, among: words) }) {
            error.problem += "; did you mean \(near)?"
        }
        throw error
    }

    /// One of the cases of an enumeration, by its raw value.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(ConfigurationError) -> Choice? {
        try choice(key, Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
    }

    func integers(_ key: String, _ limit: NumberLimit<Int>) throws(ConfigurationError) -> [Int]? {
        guard let elements = try elements(key, expected: "a list of integers \(limit.text)") else { return nil }
        var result: [Int] = []
        for (index, element) in elements.enumerated() {
            result.append(try integer(element, at: "\(key)[\(index)]", limit))
        }
        return result
    }

    /// A list of texts that are not empty.
    ///
    /// - Parameters:
    ///   - list: what is expected, in words.
    ///   - element: what is expected of an element, in words.
    ///   - repeats: whether an element may occur twice.
    func strings(
        _ key: String, list: String, element: String, repeats: Bool
    ) throws(ConfigurationError) -> [String]? {
        guard let nodes = try elements(key, expected: list) else { return nil }
        var texts: [String] = []
        for (index, node) in nodes.enumerated() {
            guard case .scalar(let text, _) = node.content, !node.isNull, !text.isEmpty,
                repeats || !texts.contains(text)
            else { throw mismatch("\(key)[\(index)]", expected: element, found: node) }
            texts.append(text)
        }
        return texts
    }

    /// The values of the list under `key`, each read by the caller.
    package func elements(_ key: String, expected: String) throws(ConfigurationError) -> [ConfigurationNode]? {
        guard let node = value(key) else { return nil }
        guard case .sequence(let elements) = node.content else { throw mismatch(key, expected: expected, found: node) }
        return elements
    }

    private func integer(
        _ node: ConfigurationNode, at key: String, _ limit: NumberLimit<Int>
    ) throws(ConfigurationError) -> Int {
        guard let number = Self.plainText(node).flatMap({ Int($0) }), limit.contains(number) else {
            throw mismatch(key, expected: "an integer \(limit.text)", found: node)
        }
        return number
    }

    /// The text of an unquoted scalar, the only kind that can be a number or a truth value.
    package static func plainText(_ node: ConfigurationNode) -> String? {
        if case .scalar(let text, true) = node.content { return text }
        return nil
    }
}
