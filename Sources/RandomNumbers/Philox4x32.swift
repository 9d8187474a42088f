/// The counter-based generator Philox4x32-10: a keyed bijection of 128-bit counters whose outputs pass BigCrush.
///
/// There is no state: the n-th value of any stream is a pure function of its counter and key, so that values can be
/// drawn in any order, by any rank, and a resumed run needs no replay.
///
/// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11,
/// section 4.3 (multipliers and Weyl constants: table 3 and Random123's `philox.h`).
public enum Philox4x32 {
    /// Rounds of the recommended variant; seven already pass BigCrush, ten keep a margin.
    public static let rounds = 10

    @usableFromInline static let multiplier0: UInt64 = 0xD251_1F53
    @usableFromInline static let multiplier1: UInt64 = 0xCD9E_8D57
    @usableFromInline static let weyl0: UInt32 = 0x9E37_79B9
    @usableFromInline static let weyl1: UInt32 = 0xBB67_AE85

    /// Four independent, uniformly distributed 32-bit words for `counter` under `key`.
    @inlinable
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
        var (k0, k1) = (key[0], key[1])
        for _ in 0..<rounds {
            let product0 = multiplier0 &* UInt64(c0)
            let product1 = multiplier1 &* UInt64(c2)
            c0 = UInt32(truncatingIfNeeded: product1 &>> 32) ^ c1 ^ k0
            c1 = UInt32(truncatingIfNeeded: product1)
            c2 = UInt32(truncatingIfNeeded: product0 &>> 32) ^ c3 ^ k1
            c3 = UInt32(truncatingIfNeeded: product0)
            k0 &+= weyl0
            k1 &+= weyl1
        }
        return SIMD4(c0, c1, c2, c3)
    }
}
