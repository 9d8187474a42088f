/// Integers that are mostly the same, such as the sizes of a kernel along the dimensions of a map.
public protocol ExtentOfIntegers: Sendable {
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

    static var form: ValueForm {
        ValueForm(
            "an integer, or \(list)", schema: [.init("type", .list([.text("integer"), .text("array")]))])
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
            key: key, meaning: meaning, unit: nil,
            content: .value(Extent.form, limit: limit.text, schema: [], isOptional: false),
            standard: { expected == nil ? $0[keyPath: path].written : nil },
            read: { reader, root throws(ConfigurationError) in
                if let extent = try reader.extent(key, of: Extent.self, limit) {
                    root[keyPath: path] = extent
                } else if let expected {
                    root[keyPath: path] = try reader.required(key, nil, expected: expected)
                }
            },
            write: { [.init(key, $0[keyPath: path].written)] },
            problem: { root in
                guard let wrong = root[keyPath: path].numbers.first(where: { !limit.contains($0) }) else { return nil }
                return Contradiction(key, "expected integers \(limit.text), found \(wrong)")
            })
    }
}

extension SectionReader {
    fileprivate func extent<Extent: ExtentOfIntegers>(
        _ key: String, of type: Extent.Type, _ limit: Limit<Int>
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
        throw mismatch(key, expected: "an integer \(limit.text), or \(Extent.list)", found: node)
    }
}
