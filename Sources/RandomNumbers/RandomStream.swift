#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Random values as a pure function of (seed, purpose, `stream`, index): nothing advances, any value can be asked for at
/// any time.
///
/// `stream` is what separates one set of values from the next under the same purpose: the epoch, the step, the number of
/// a parameter tensor. The seed is Philox's key; the counter is, from the low to the high bits, 64 bits of block index,
/// 48 bits of `stream` and 16 bits of purpose.
public struct RandomStream: Sendable, Hashable {
    @usableFromInline let key: SIMD2<UInt32>
    @usableFromInline let high: SIMD2<UInt32>

    /// - Parameter stream: 0 ..< 2⁴⁸.
    @inlinable
    public init(seed: UInt64, purpose: RandomPurpose, stream: UInt64 = 0) {
        precondition(stream < 1 << 48, "stream \(stream) is not below 2^48 = \(UInt64(1) << 48)")
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed &>> 32))
        let word = UInt64(purpose.rawValue) &<< 48 | stream
        high = SIMD2(UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word &>> 32))
    }

    /// Four independent 32-bit words; different for every `index`.
    @inlinable
    public func block(_ index: UInt64) -> SIMD4<UInt32> {
        let low = SIMD2(UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index &>> 32))
        return Philox4x32.block(counter: SIMD4(lowHalf: low, highHalf: high), key: key)
    }

    /// The 64-bit word `index` (two words come from one block).
    @inlinable
    public func word(_ index: UInt64) -> UInt64 {
        let words = block(index &>> 1)
        let pair = index & 1 == 0 ? words.lowHalf : words.highHalf
        return UInt64(pair[0]) | UInt64(pair[1]) &<< 32
    }

    /// A multiple of 2⁻²⁴ in [0, 1), the value `index` of the stream (four values come from one block).
    @inlinable
    public func uniformFloat(_ index: UInt64) -> Float {
        Self.uniform(block(index &>> 2)[Int(truncatingIfNeeded: index & 3)])
    }

    /// A multiple of 2⁻⁵³ in [0, 1), the value `index` of the stream (two values come from one block).
    @inlinable
    public func uniformDouble(_ index: UInt64) -> Double {
        Double(word(index) &>> 11) * 0x1p-53
    }

    /// An integer in 0 ..< `bound`, by Lemire's multiply-and-shift without rejection: the bias is below `bound` / 2⁶⁴.
    @inlinable
    public func integer(_ index: UInt64, below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "bound \(bound) leaves no integer to draw")
        return word(index).multipliedFullWidth(by: bound).high
    }

    /// A standard normal value, the value `index` of the stream (two values come from one block).
    ///
    /// Box–Muller on 53-bit uniforms in Double: tails to 8.57 standard deviations. Equal on all machines of one C
    /// library; `log` and `cos` of another one may differ in the last bit of a Double.
    @inlinable
    public func normal(_ index: UInt64) -> Double {
        let pair = normalPair(index &>> 1)
        return index & 1 == 0 ? pair.0 : pair.1
    }

    /// The two normal values of block `index`: values 2·`index` and 2·`index` + 1 of ``normal(_:)``.
    @inlinable
    public func normalPair(_ index: UInt64) -> (Double, Double) {
        let words = block(index)
        let first = UInt64(words[0]) | UInt64(words[1]) &<< 32
        let second = UInt64(words[2]) | UInt64(words[3]) &<< 32
        // (0, 1], so that the logarithm is finite.
        let radius = (-2 * log(Double((first &>> 11) &+ 1) * 0x1p-53)).squareRoot()
        let angle = 2 * Double.pi * (Double(second &>> 11) * 0x1p-53)
        return (radius * cos(angle), radius * sin(angle))
    }

    /// A multiple of 2⁻²⁴ in [0, 1) made from the upper 24 bits of a word.
    @inlinable
    public static func uniform(_ word: UInt32) -> Float {
        Float(word &>> 8) * 0x1p-24
    }
}

extension RandomStream {
    /// Fills `values` with ``uniformFloat(_:)`` of 4·`firstBlock`, 4·`firstBlock` + 1, …
    @inlinable
    public func fillUniform(_ values: inout MutableSpan<Float>, firstBlock: UInt64 = 0) {
        var index = 0
        var number = firstBlock
        while index < values.count {
            let words = block(number)
            for lane in 0..<min(4, values.count - index) {
                values[index + lane] = Self.uniform(words[lane])
            }
            index += 4
            number &+= 1
        }
    }

    /// Fills `values` with ``normal(_:)`` of 2·`firstBlock`, 2·`firstBlock` + 1, …, rounded to Float and times
    /// `standardDeviation`.
    @inlinable
    public func fillNormal(
        _ values: inout MutableSpan<Float>, standardDeviation: Double = 1, firstBlock: UInt64 = 0
    ) {
        var index = 0
        var number = firstBlock
        while index < values.count {
            let pair = normalPair(number)
            values[index] = Float(pair.0 * standardDeviation)
            if index + 1 < values.count { values[index + 1] = Float(pair.1 * standardDeviation) }
            index += 2
            number &+= 1
        }
    }
}
