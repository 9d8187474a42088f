#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The probabilities of the classes, [K], by their logits, [K]; nil where these are not finite.
package func softmax(_ logits: some Collection<Float>) -> [Double]? {
    guard let highest = logits.max() else { return nil }
    let exponentials = logits.map { exp(Double($0) - Double(highest)) }
    let sum = exponentials.reduce(0, +)
    return sum.isFinite && sum > 0 ? exponentials.map { $0 / sum } : nil
}
