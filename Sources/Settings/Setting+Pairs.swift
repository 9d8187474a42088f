/// Two integers that are mostly the same, such as the height and the width of a kernel.
public protocol PairOfIntegers: Sendable {
    init(_ first: Int, _ second: Int)
    var pair: (Int, Int) { get }
    /// Their names, as messages give them: `[height, width]`.
    static var names: String { get }
}

extension PairOfIntegers {
    /// One number where both are the same.
    var written: WrittenValue {
        let (first, second) = pair
        return first == second ? first.written : .list([first.written, second.written])
    }

    static var form: ValueForm {
        ValueForm(
            "an integer or \(names)",
            schema: [.init("type", .list([.text("integer"), .text("array")]))])
    }
}

extension Setting {
    /// One integer for both, or a list of two.
    ///
    /// - Parameters:
    ///   - limit: what is allowed of each.
    ///   - expected: what is missing where it is not given; nil where there is a default.
    public init<Pair: PairOfIntegers>(
        pair key: String, _ path: any WritableKeyPath<Root, Pair> & Sendable, _ limit: Limit<Int>,
        expected: String? = nil, _ meaning: String
    ) {
        self.init(
            key: key, meaning: meaning, unit: nil,
            content: .value(Pair.form, limit: limit.text, schema: [], isOptional: false),
            standard: { expected == nil ? $0[keyPath: path].written : nil },
            read: { reader, root throws(ConfigurationError) in
                if let pair = try reader.pair(key, of: Pair.self, limit) {
                    root[keyPath: path] = pair
                } else if let expected {
                    root[keyPath: path] = try reader.required(key, nil, expected: expected)
                }
            },
            write: { [.init(key, $0[keyPath: path].written)] },
            problem: { root in
                let (first, second) = root[keyPath: path].pair
                guard let wrong = [first, second].first(where: { !limit.contains($0) }) else { return nil }
                return Contradiction(key, "expected integers \(limit.text), found \(wrong)")
            })
    }
}

extension SectionReader {
    fileprivate func pair<Pair: PairOfIntegers>(
        _ key: String, of type: Pair.Type, _ limit: Limit<Int>
    ) throws(ConfigurationError) -> Pair? {
        guard let node = value(key) else { return nil }
        switch node.content {
        case .sequence(let elements) where elements.count == 2:
            guard let numbers = try list(key, of: Int.self, limit, orElse: nil) else { return nil }
            return Pair(numbers[0], numbers[1])
        case .scalar:
            guard let number = Int(node), limit.contains(number) else { break }
            return Pair(number, number)
        default: break
        }
        throw mismatch(key, expected: "an integer \(limit.text), or \(Pair.names)", found: node)
    }
}
