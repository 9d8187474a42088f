import MPI

/// What the rounding of compressed gradients has left over on one rank: it is added to the gradients of the next step.
public struct LeftOvers: Sendable, Equatable {
    /// Place of the gradients: the bounds of the rank's slice, its place among the owners of the slice, and their number; empty
    /// where the rank sends none.
    public let place: [Int]
    /// Left-overs of the slice, then of the rank's part of its sum.
    public let values: [Float]

    public init(place: [Int], values: [Float]) {
        self.place = place
        self.values = values
    }
}

extension ParallelUpdate {
    /// Collective. What compressed gradients have left over on each rank; nil but on rank 0, empty where none are compressed.
    public func gatherLeftOvers() throws(MPIError) -> [LeftOvers]? {
        guard let own = reduction.leftOvers else { return [] }
        let places = try topology.world.gather(own.place, root: 0)
        let values = try topology.world.gather(own.values, root: 0)
        guard let places, let values else { return nil }
        return zip(places, values).map { LeftOvers(place: $0, values: $1) }
    }

    /// Collective. Goes on with what was left over, by rank, or with nothing where it is that of other slices.
    public func takeUp(_ kept: [LeftOvers]) throws(MPIError) {
        let nothing = LeftOvers(place: [], values: [])
        let own = reduction.leftOvers ?? nothing
        let rank = topology.world.rank
        let found = kept.count == topology.world.size ? kept[rank] : nothing
        let fits = found.place == own.place && found.values.count == own.values.count
        reduction.takeUp(try topology.world.allReduce(fits ? 1 : 0, .min) == 1 ? found : nil)
    }
}
