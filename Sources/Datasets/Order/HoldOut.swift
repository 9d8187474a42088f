import RandomNumbers

extension Dataset {
    /// Splits the samples by a pure function of (`seed`, labels): `held` has the share `fraction` of them, rounded to
    /// whole samples, and of every class the same share as nearly as that allows. Both keep the order of the set and
    /// copy no samples.
    ///
    /// - Throws: code `invalidOption` when `fraction` is not in 0 ..< 1 or leaves one side without samples, or when the
    ///   set has more than 2³¹ − 1 samples.
    public func holdingOut(
        _ fraction: Double, seed: UInt64
    ) throws(DatasetError) -> (rest: Subset, held: Subset) {
        let (rest, held) = try heldOut(fraction, of: count, classCount: classCount, seed: seed) { label(at: $0) }
        return (Subset(self, .indices(rest)), Subset(self, .indices(held)))
    }
}

/// The split of ``Dataset/holdingOut(_:seed:)`` of `count` samples, by their labels alone.
func heldOut(
    _ fraction: Double, of count: Int, classCount: Int, seed: UInt64, label: (Int) -> Int32
) throws(DatasetError) -> (rest: [Int32], held: [Int32]) {
    guard fraction >= 0, fraction < 1, count <= Int32.max else {
        throw DatasetError(
            .invalidOption, "share held out", expected: "a number in 0 ..< 1 and at most \(Int32.max) samples",
            found: "\(fraction) of \(count) samples", remedy: "give a share such as 0.1")
    }
    let heldCount = Int((fraction * Double(count)).rounded())
    guard heldCount > 0, heldCount < count else {
        throw DatasetError(
            .invalidOption, "share held out", expected: "at least one sample on both sides",
            found: "\(heldCount) of \(count) samples held out", remedy: "change the share of \(fraction)")
    }
    var members = [[Int32]](repeating: [], count: classCount)
    for index in 0..<count { members[Int(label(index))].append(Int32(index)) }

    var isHeld = [Bool](repeating: false, count: count)
    let shares = apportion(heldCount, among: members.map(\.count))
    for (label, share) in shares.enumerated() {
        let stream = RandomStream(seed: seed, purpose: .holdOut, stream: UInt64(label))
        let permutation = Permutation(count: members[label].count, stream: stream)
        for position in 0..<share { isHeld[Int(members[label][permutation[position]])] = true }
    }
    let indices = 0..<Int32(count)
    return (indices.filter { !isHeld[Int($0)] }, indices.filter { isHeld[Int($0)] })
}

/// Whole numbers in proportion to `sizes` whose sum is `total`, by the method of largest remainders.
private func apportion(_ total: Int, among sizes: [Int]) -> [Int] {
    let all = sizes.reduce(0, +)
    var shares = sizes.map { $0 * total / all }
    let remainders = sizes.map { $0 * total % all }
    let byRemainder = sizes.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
    for index in byRemainder.prefix(total - shares.reduce(0, +)) { shares[index] += 1 }
    return shares
}
