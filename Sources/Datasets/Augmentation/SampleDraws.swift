import RandomNumbers

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Random numbers of one sample in one epoch, drawn one after another; 2⁸ of them are its own.
package struct SampleDraws {
    /// Each operation has numbers of its own, so that another one beside it does not change them.
    package enum Operation: UInt64 {
        case randomResizedCrop = 0
        case rotation = 32
        case colorJitter = 40
        case randAugment = 64
    }

    private let stream: RandomStream
    private var next: UInt64

    package init(_ operation: Operation, seed: UInt64, epoch: Int, sample: Int) {
        stream = RandomStream(seed: seed, purpose: .imageOperations, stream: UInt64(epoch))
        next = UInt64(sample) << 8 | operation.rawValue
    }

    /// Numbers for mixing, whose stream begins with those of the permutation of partners.
    init(mixing stream: RandomStream, sample: Int) {
        self.stream = stream
        next = UInt64(sample + 1) << 8
    }

    /// In [0, 1).
    mutating func uniform() -> Double {
        defer { next += 1 }
        return stream.uniformDouble(next)
    }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// In 0 ..< `bound`.
    mutating func integer(below bound: Int) -> Int {
        defer { next += 1 }
        return Int(stream.integer(next, below: UInt64(bound)))
    }

    mutating func coin() -> Bool { integer(below: 2) == 1 }

    private mutating func normal() -> Double {
        // (0, 1], so that the logarithm is finite.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * Double.pi * uniform())
    }

    /// The logarithm of a number of the gamma distribution with scale 1.
    ///
    /// Source: G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000; shapes below 1
    /// by the note to their algorithm: Γ(a) is Γ(a + 1) · U^(1/a).
    private mutating func logGamma(shape: Double) -> Double {
        if shape < 1 {
            let boost = log(1 - uniform()) / shape
            return logGamma(shape: shape + 1) + boost
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let u = 1 - uniform()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            if v > 0, log(u) < 0.5 * x * x + d - d * v + d * log(v) { return log(d * v) }
        }
    }

    /// A number of the distribution Beta(`alpha`, `alpha`).
    package mutating func beta(_ alpha: Double) -> Double {
        let (first, second) = (logGamma(shape: alpha), logGamma(shape: alpha))
        // By the logarithms, since with a small α both numbers can be too small for a Double.
        return 1 / (1 + exp(second - first))
    }
}
