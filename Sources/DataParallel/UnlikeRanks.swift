import MPI

/// Two ranks that differ in what all must have alike.
public struct UnlikeRanks: Sendable, Equatable, CustomStringConvertible {
    /// For example "parameters".
    public let what: String
    /// Where and how to go on.
    public let advice: String
    public let rank: Int
    /// Hosts of rank 0 and of `rank`.
    public let hosts: [String]
    /// Values of rank 0 and of `rank`.
    public let values: [String]

    public var description: String {
        "rank \(rank) on \(hosts[1]) has the \(what) \(values[1]), rank 0 on \(hosts[0]) has \(values[0]); \(advice)"
    }
}

extension Communicator {
    /// Collective. The place of the first text that is not the same on all ranks, as many texts on each; nil where all are.
    public func firstUnlike(of texts: [String]) throws(MPIError) -> Int? {
        // FNV-1a of each text: equal on all ranks where the smallest is the largest.
        let hashes = texts.map { text in
            Int64(
                bitPattern: text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
                    ($0 ^ UInt64($1)) &* 0x100_0000_01B3
                })
        }
        var (least, most) = (hashes, hashes)
        try allReduce(&least, .min)
        try allReduce(&most, .max)
        return hashes.indices.first { least[$0] != most[$0] }
    }

    /// Collective. Holds texts of all ranks against those of rank 0, one after the other.
    ///
    /// - Parameter texts: what is compared, this rank's value and what to do where it differs; as many on all ranks, called
    ///   the same.
    /// - Returns: the first difference of the lowest rank that has one; the same on all ranks, nil where there is none.
    public func firstDifference(
        in texts: [(what: String, value: String, advice: String)]
    ) throws(MPIError) -> UnlikeRanks? {
        guard let index = try firstUnlike(of: texts.map(\.value)) else { return nil }
        let values = try allGather(Array(texts[index].value.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let hosts = try allGather(Array(hostName.utf8)).map { String(decoding: $0, as: UTF8.self) }
        let other = values.firstIndex { $0 != values[0] } ?? 0
        return UnlikeRanks(
            what: texts[index].what, advice: texts[index].advice, rank: other, hosts: [hosts[0], hosts[other]],
            values: [values[0], values[other]])
    }
}
