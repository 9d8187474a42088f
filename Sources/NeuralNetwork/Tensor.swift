import RandomNumbers

/// A named tensor in the plain layout, the last dimension running fastest.
public struct Tensor: Sendable, Equatable {
    public var name: String
    public var shape: [Int]
    /// `shape`'s product of values.
    public var values: [Float]

    public init(name: String, shape: [Int], values: [Float]) {
        precondition(
            values.count == shape.reduce(1, *), "\(name) has \(values.count) values for the shape \(shape)")
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// Tensors that don't fit a network.
public struct ParameterMismatch: Error, CustomStringConvertible, Sendable {
    /// A verb and what follows, for example "has no tensor 0.weight [16, 4]"; the reader puts the file's name before it.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension InitialValue {
    /// `count` values, random ones from the start of `stream`.
    func values(count: Int, from stream: RandomStream) -> [Float] {
        switch self {
        case .constant(let value): [Float](repeating: value, count: count)
        case .normal(let standardDeviation):
            (0..<count).map { Float(stream.normal(UInt64($0)) * standardDeviation) }
        case .normalRows(let standardDeviation, let width, let zeroRow):
            Self.normal(standardDeviation: standardDeviation).values(count: count, from: stream).enumerated().map {
                $0.offset / width == zeroRow ? 0 : $0.element
            }
        case .uniform(let bound): (0..<count).map { Float((2 * stream.uniformDouble(UInt64($0)) - 1) * bound) }
        case .random(.he, let fanIn, _):
            Self.normal(standardDeviation: (2 / Double(fanIn)).squareRoot()).values(count: count, from: stream)
        case .random(.glorot, let fanIn, let fanOut):
            Self.uniform(bound: (6 / Double(fanIn + fanOut)).squareRoot()).values(count: count, from: stream)
        }
    }
}
