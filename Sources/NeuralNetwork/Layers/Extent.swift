import Settings

/// Sizes along the dimensions of a map, of a kernel, a stride or a padding: one number for all dimensions, or one for each.
public struct Extent: ExtentOfIntegers, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    public let numbers: [Int]

    public init(_ numbers: [Int]) {
        precondition(!numbers.isEmpty, "an extent without a number")
        self.numbers = numbers
    }

    /// The same along all dimensions.
    public init(_ number: Int) {
        self.init([number])
    }

    public init(integerLiteral number: Int) {
        self.init(number)
    }

    public init(arrayLiteral numbers: Int...) {
        self.init(numbers)
    }

    public static let element = "dimension of the map"

    /// One number for each dimension of a map behind its channels.
    ///
    /// - Parameter name: of the setting.
    /// - Throws: where there are more or fewer.
    func along(_ map: [Int], _ name: String) throws(SpecificationError) -> [Int] {
        guard [1, map.count - 1].contains(numbers.count) else {
            throw SpecificationError(
                "\(name): expected one number, or a list of \(map.count - 1), one for each dimension of \(map) behind its "
                    + "channels; found \(numbers)")
        }
        return along(map.count - 1)
    }

    /// One number a dimension, of a map that has so many.
    func along(_ dimensions: Int) -> [Int] {
        numbers.count == 1 ? [Int](repeating: numbers[0], count: dimensions) : numbers
    }
}

extension Extent: Equatable {
    /// One number for all dimensions is the same as a list of it.
    public static func == (one: Self, other: Self) -> Bool {
        func uniform(_ extent: Self) -> Int? {
            extent.numbers.allSatisfy { $0 == extent.numbers[0] } ? extent.numbers[0] : nil
        }
        return one.numbers == other.numbers || uniform(one).map { $0 == uniform(other) } == true
    }
}

extension Extent: CustomStringConvertible {
    public var description: String { numbers.map(String.init).joined(separator: " × ") }
}

extension Setting {
    static func kernel(_ path: any WritableKeyPath<Root, Extent> & Sendable) -> Self {
        .init(
            extent: "kernel", path, .size, expected: "the kernel's size such as 3 or [3, 5]",
            "size of the window that slides over the map, along each dimension")
    }

    static func padding(_ path: any WritableKeyPath<Root, Extent> & Sendable, _ meaning: String) -> Self {
        .init(extent: "padding", path, .sizeOrNone, meaning)
    }
}
