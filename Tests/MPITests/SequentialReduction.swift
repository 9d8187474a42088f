import MPI

/// What a reduction over ranks must give, in the plainest words: independent of the operators in the library.
func sequentialReduction<Scalar: MPIScalar>(_ ranks: [[Scalar]], _ kind: ReductionKind) -> [Scalar] {
    // Nothing is combined: also the logical operators leave the values of a single rank.
    if ranks.count == 1 { return ranks[0] }
    return ranks[0].indices.map { index in
        let column = ranks.map { $0[index] }
        return switch kind {
        case .sum: wrapping(column.map(number).reduce(0, +))
        case .product: wrapping(column.map(number).reduce(1, *))
        case .min: column.min()!
        case .max: column.max()!
        case .logicalAnd: column.contains(0) ? 0 : 1
        case .logicalOr: column.allSatisfy { $0 == 0 } ? 0 : 1
        case .logicalXor: column.count { $0 != 0 } % 2 == 1 ? 1 : 0
        case .bitwiseAnd: wrapping(column.map(number).reduce(~0, &))
        case .bitwiseOr: wrapping(column.map(number).reduce(0, |))
        case .bitwiseXor: wrapping(column.map(number).reduce(0, ^))
        }
    }
}

/// The samples are small whole numbers, whatever their type.
private func number<Scalar: MPIScalar>(_ value: Scalar) -> Int {
    (0...6).first { Scalar(exactly: $0) == value }!
}

private func wrapping<Scalar: MPIScalar>(_ value: Int) -> Scalar {
    if let integer = Scalar.self as? any FixedWidthInteger.Type {
        func truncate<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Scalar {
            Integer(truncatingIfNeeded: value) as! Scalar
        }
        return truncate(integer)
    }
    return Scalar(exactly: value)!
}
