/// Numbers of single samples of bytes, from which statistics and digests of any of them follow without a second look.
package struct SampleMeasures: Sendable {
    /// Sums and sums of squares of each sample's groups, and a digest of its bytes.
    package private(set) var words: [UInt64]
    /// Groups of each sample, with the same number of bytes each.
    package let groups: Int

    /// - Parameter words: those of another rank; none to begin with.
    package init(words: [UInt64] = [], groups: Int) {
        self.words = words
        self.groups = groups
    }

    private var width: Int { 2 * groups + 1 }

    /// Takes in a sample.
    mutating func add(_ sample: UnsafeRawBufferPointer) {
        let size = sample.count / groups
        for group in 0..<groups {
            let (sum, square) = Self.sums(
                of: UnsafeRawBufferPointer(rebasing: sample[group * size..<(group + 1) * size]))
            words += [sum, square]
        }
        words.append(Self.digest(of: sample))
    }

    mutating func add(_ other: SampleMeasures) { words += other.words }

    /// Those of some samples one after another.
    func part(_ samples: Range<Int>) -> SampleMeasures {
        SampleMeasures(words: Array(words[samples.lowerBound * width..<samples.upperBound * width]), groups: groups)
    }

    func sum(_ sample: Int, _ group: Int) -> UInt64 { words[sample * width + 2 * group] }
    func square(_ sample: Int, _ group: Int) -> UInt64 { words[sample * width + 2 * group + 1] }
    func digest(_ sample: Int) -> UInt64 { words[sample * width + width - 1] }

    static func sums(of bytes: UnsafeRawBufferPointer) -> (sum: UInt64, square: UInt64) {
        var (sum, square): (UInt64, UInt64) = (0, 0)
        for byte in bytes {
            let value = UInt32(byte)
            sum &+= UInt64(value)
            square &+= UInt64(value &* value)
        }
        return (sum, square)
    }

    /// As FNV-1a on words of 8 bytes, the last one filled up with zeros.
    static func digest(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x100_0000_01B3
            hash ^= hash >> 32
        }
        let whole = bytes.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)))
        }
        var last: UInt64 = 0
        for place in whole..<bytes.count { last |= UInt64(bytes[place]) << UInt64(8 * (place - whole)) }
        if whole < bytes.count { mix(last) }
        return hash
    }
}
