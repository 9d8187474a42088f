/// How a reduction combines the values of two ranks (MPI-3.1 §5.9.2).
///
/// The order in which ranks are combined is the library's choice, so a floating-point sum may differ from the
/// sequential one in its last bits; integer operators, `min` and `max` are exact. With one rank there is nothing to
/// combine and the values stay, also for the logical operators.
public struct ReductionOperator<Scalar: MPIScalar>: Hashable, Sendable {
    public let kind: ReductionKind

    private init(_ kind: ReductionKind) {
        self.kind = kind
    }

    public static var sum: Self { Self(.sum) }
    public static var product: Self { Self(.product) }
    /// Unspecified if a value is not a number.
    public static var min: Self { Self(.min) }
    /// Unspecified if a value is not a number.
    public static var max: Self { Self(.max) }
}

/// MPI defines these for integers only, and so they exist for integers only.
extension ReductionOperator where Scalar: FixedWidthInteger {
    /// 1 where every rank has a value other than 0, else 0.
    public static var logicalAnd: Self { Self(.logicalAnd) }
    /// 1 where any rank has a value other than 0, else 0.
    public static var logicalOr: Self { Self(.logicalOr) }
    /// 1 where an odd number of ranks have a value other than 0, else 0.
    public static var logicalXor: Self { Self(.logicalXor) }
    public static var bitwiseAnd: Self { Self(.bitwiseAnd) }
    public static var bitwiseOr: Self { Self(.bitwiseOr) }
    public static var bitwiseXor: Self { Self(.bitwiseXor) }
}

/// The operator's name. The values are those of the switch in the shim header.
public enum ReductionKind: Int32, CaseIterable, Sendable {
    case sum, product, min, max, logicalAnd, logicalOr, logicalXor, bitwiseAnd, bitwiseOr, bitwiseXor
}
