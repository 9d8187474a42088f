/// A number that MPI can send and reduce: the fixed-width integers, `Int`, `UInt`, `Float`, `Double`.
///
/// The set is closed: a further type could not be named to the library.
public protocol MPIScalar: BitwiseCopyable, Numeric, Comparable, Sendable {
    /// The type's name in the MPI library (MPI-3.1 §3.2.2).
    static var scalarKind: ScalarKind { get }

    /// Combines two numbers as the library does it: integer sums and products wrap, logical operators give 0 or 1.
    static func combine(_ lhs: Self, _ rhs: Self, by kind: ReductionKind) -> Self
}

/// The C types of MPI that Swift's numbers map to. The values are those of the switch in the shim header.
public enum ScalarKind: Int32, CaseIterable, Sendable {
    case int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double
}

extension MPIScalar where Self: FixedWidthInteger {
    public static func combine(_ lhs: Self, _ rhs: Self, by kind: ReductionKind) -> Self {
        switch kind {
        case .sum: lhs &+ rhs
        case .product: lhs &* rhs
        case .min: Swift.min(lhs, rhs)
        case .max: Swift.max(lhs, rhs)
        case .logicalAnd: lhs != 0 && rhs != 0 ? 1 : 0
        case .logicalOr: lhs != 0 || rhs != 0 ? 1 : 0
        case .logicalXor: (lhs != 0) != (rhs != 0) ? 1 : 0
        case .bitwiseAnd: lhs & rhs
        case .bitwiseOr: lhs | rhs
        case .bitwiseXor: lhs ^ rhs
        }
    }
}

extension MPIScalar where Self: BinaryFloatingPoint {
    public static func combine(_ lhs: Self, _ rhs: Self, by kind: ReductionKind) -> Self {
        switch kind {
        case .sum: lhs + rhs
        case .product: lhs * rhs
        case .min: Swift.min(lhs, rhs)
        case .max: Swift.max(lhs, rhs)
        case .logicalAnd, .logicalOr, .logicalXor, .bitwiseAnd, .bitwiseOr, .bitwiseXor:
            preconditionFailure("the operator \(kind) is not defined for \(Self.self)")
        }
    }
}

extension Int8: MPIScalar { public static var scalarKind: ScalarKind { .int8 } }
extension Int16: MPIScalar { public static var scalarKind: ScalarKind { .int16 } }
extension Int32: MPIScalar { public static var scalarKind: ScalarKind { .int32 } }
extension Int64: MPIScalar { public static var scalarKind: ScalarKind { .int64 } }
extension UInt8: MPIScalar { public static var scalarKind: ScalarKind { .uint8 } }
extension UInt16: MPIScalar { public static var scalarKind: ScalarKind { .uint16 } }
extension UInt32: MPIScalar { public static var scalarKind: ScalarKind { .uint32 } }
extension UInt64: MPIScalar { public static var scalarKind: ScalarKind { .uint64 } }
extension Int: MPIScalar {
    public static var scalarKind: ScalarKind { MemoryLayout<Int>.size == 8 ? .int64 : .int32 }
}
extension UInt: MPIScalar {
    public static var scalarKind: ScalarKind { MemoryLayout<UInt>.size == 8 ? .uint64 : .uint32 }
}
extension Float: MPIScalar { public static var scalarKind: ScalarKind { .float } }
extension Double: MPIScalar { public static var scalarKind: ScalarKind { .double } }
