import Foundation

/// A seeded generator, so that a failing mutation can be made again (Steele, Lea, Flood, OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// How many times as many damaged inputs are read as by default: `ENTRAIN_MUTATIONS`, 1 without it.
enum Mutations {
    static let factor = ProcessInfo.processInfo.environment["ENTRAIN_MUTATIONS"].flatMap { Int($0) } ?? 1
}
