/// Integers that are mostly the same, such as the sizes of a kernel along the dimensions of a map.
public protocol ExtentOfIntegers: Equatable, Sendable {
    /// One number for all, or at least two.
    init(_ numbers: [Int])
    var numbers: [Int] { get }
    /// What a list has a number for, as messages say it: `dimension of the map`.
    static var element: String { get }
}

extension ExtentOfIntegers {
    /// One number where all are the same.
    package var written: WrittenValue {
        numbers.allSatisfy { $0 == numbers[0] } ? numbers[0].written : .list(numbers.map(\.written))
    }

    static var list: String { "a list of one for each \(element)" }

    static func form(or words: [String]) -> ValueForm {
        let numbers = WrittenValue.Entry("type", .list([.text("integer"), .text("array")]))
        let alone = WrittenValue.Entry("enum", .list(words.map(WrittenValue.text)))
        return ValueForm(
            words.map { "\($0), or " }.joined() + "an integer, or \(list)",
            schema: words.isEmpty ? [numbers] : [.init("anyOf", .list([.object([numbers]), .object([alone])]))])
    }
}

extension Setting {
    /// One integer for all, or a list.
    ///
    /// - Parameters:
    ///   - limit: what is allowed of each.
    ///   - expected: what is missing where it is not given; nil where there is a default.
    public init<Extent: ExtentOfIntegers>(
        extent key: String, _ path: any WritableKeyPath<Root, Extent> & Sendable, _ limit: Limit<Int>,
        expected: String? = nil, _ meaning: String
    ) {
        self.init(
            extent: key, path, or: [], limit, expected: expected, extent: { $0 }, value: { (extent: Extent) in extent },
            meaning)
    }

    /// One integer for all, or a list, or a word.
    ///
    /// - Parameters:
    ///   - words: with the values that they stand for.
    ///   - extent: that of a value; nil of one that a word stands for.
    ///   - value: that of an extent.
    public init<Value: Equatable & Sendable, Extent: ExtentOfIntegers>(
        extent key: String, _ path: any WritableKeyPath<Root, Value> & Sendable,
        or words: [(word: String, value: Value)],
        _ limit: Limit<Int>, expected: String? = nil, extent: @escaping @Sendable (Value) -> Extent?,
        value: @escaping @Sendable (Extent) -> Value, _ meaning: String
    ) {
        let names = words.map(\.word)
        let write: @Sendable (Root) -> WrittenValue = { root in
            let value = root[keyPath: path]
            return extent(value)?.written ?? .word(words.first { $0.value == value }!.word)
        }
        self.init(
            key: key, meaning: meaning, unit: nil,
            content: .value(Extent.form(or: names), limit: limit.text, schema: [], isOptional: false),
            standard: { expected == nil ? write($0) : nil },
            read: { reader, root throws(ConfigurationError) in
                if let (_, value) = words.first(where: { $0.word == reader.value(key)?.plainText }) {
                    root[keyPath: path] = value
                } else if let found = try reader.extent(key, of: Extent.self, or: names, limit) {
                    root[keyPath: path] = value(found)
                } else if let expected {
                    root[keyPath: path] = try reader.required(key, nil, expected: expected)
                }
            },
            write: { [.init(key, write($0))] },
            problem: { root in
                guard let wrong = extent(root[keyPath: path])?.numbers.first(where: { !limit.contains($0) }) else {
                    return nil
                }
                return Contradiction(key, "expected integers \(limit.text), found \(wrong)")
            })
    }
}

extension SectionReader {
    fileprivate func extent<Extent: ExtentOfIntegers>(
        _ key: String, of type: Extent.Type, or words: [String], _ limit: Limit<Int>
    ) throws(ConfigurationError) -> Extent? {
        guard let node = value(key) else { return nil }
        switch node.content {
        case .sequence(let elements) where elements.count >= 1:
            guard let numbers = try list(key, of: Int.self, limit, orElse: nil) else { return nil }
            return Extent(numbers)
        case .scalar:
            guard let number = Int(node), limit.contains(number) else { break }
            return Extent([number])
        default: break
        }
        throw mismatch(
            key, expected: words.map { "\($0), or " }.joined() + "an integer \(limit.text), or \(Extent.list)",
            found: node)
    }
}
