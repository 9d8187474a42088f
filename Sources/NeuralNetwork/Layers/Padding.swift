import Settings

/// Zeros around a map.
public enum Padding: Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// As many in front of a dimension as behind it.
    case zeros(Extent)
    /// As many as keep the size, at stride 1; where their number is odd, one more behind than in front.
    case same

    public init(integerLiteral number: Int) {
        self = .zeros(Extent(number))
    }

    public init(arrayLiteral numbers: Int...) {
        self = .zeros(Extent(numbers))
    }

    /// Nil where they follow from the kernel.
    var zeros: Extent? { if case .zeros(let extent) = self { extent } else { nil } }
}

extension Padding: CustomStringConvertible {
    public var description: String { zeros?.description ?? "same" }
}
