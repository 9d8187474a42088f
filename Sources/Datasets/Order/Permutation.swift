import RandomNumbers

/// A random permutation of 0 ..< `count` as a pure function: any element costs O(1) time and no memory, so that the order
/// of 10⁹ samples costs as much as that of ten.
///
/// A Feistel network permutes the next power of two (at least 2⁸, where its rounds still mix); a value outside
/// 0 ..< `count` is permuted again until it falls inside ("cycle walking", fewer than two passes on average for counts
/// over 2⁷). Both are bijections whatever the round function is.
///
/// Source: J. Black, P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002, methods 2 and 3.
public struct Permutation: Sendable {
    public let count: Int

    private static let roundCount = 8
    /// Round keys: added to the half, and multiplied with the sum.
    private let addends: SIMD8<UInt64>
    private let multipliers: SIMD8<UInt64>
    private let lowBits: UInt64
    private let highBits: UInt64

    /// The permutation that `stream` picks out of the count! possible ones.
    public init(count: Int, stream: RandomStream) {
        precondition(count >= 0, "a permutation of \(count) elements")
        self.count = count
        let bits = max(8, UInt64(Int.bitWidth - max(count - 1, 0).leadingZeroBitCount))
        lowBits = bits / 2
        highBits = bits - bits / 2
        var (addends, multipliers) = (SIMD8<UInt64>(), SIMD8<UInt64>())
        for round in 0..<Self.roundCount {
            addends[round] = stream.word(UInt64(2 * round))
            multipliers[round] = stream.word(UInt64(2 * round + 1)) | 1
        }
        self.addends = addends
        self.multipliers = multipliers
    }

    /// Element `position`, 0 ..< ``count``.
    public subscript(position: Int) -> Int {
        precondition(position >= 0 && position < count, "position \(position) of \(count) elements")
        var value = UInt64(position)
        repeat { value = permuted(value) } while value >= UInt64(count)
        return Int(value)
    }

    @inline(__always)
    private func permuted(_ value: UInt64) -> UInt64 {
        var low = value & (1 &<< lowBits &- 1)
        var high = value &>> lowBits
        for round in stride(from: 0, to: Self.roundCount, by: 2) {
            low ^= hash(high, round) &>> (64 &- lowBits)
            high ^= hash(low, round &+ 1) &>> (64 &- highBits)
        }
        return high &<< lowBits | low
    }

    /// The upper bits of this depend on all bits of `half`.
    @inline(__always)
    private func hash(_ half: UInt64, _ round: Int) -> UInt64 {
        var mixed = (half &+ addends[round]) &* multipliers[round]
        mixed ^= mixed &>> 32
        return mixed &* 0x9E37_79B9_7F4A_7C15
    }
}
