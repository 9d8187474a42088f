import MPI

/// A way to come from the gradients of all ranks to their sum, each rank having its slice of it.
///
/// All ranks have the same one and do the same with it in each step: `gradientIsFinal(from:_:)` in the backward pass, as often
/// as layers are done, or not at all; then, when the gradients of all ranks of the node are final, either `reduce` or, where
/// the step is left out, `skip(_:)`. The sum is in the slice of this rank's own gradient, which nobody else reads. Buffers are
/// made with the reduction, none in a step.
///
/// An implementation makes the sum in `sum(_:)`; the other requirements are there for those that gain from more.
package protocol GradientReduction: AnyObject {
    /// Collective over the ranks that own a slice together. Leaves the sum in the slice.
    func sum(_ measurement: UpdateMeasurement) throws(MPIError)

    /// This rank's gradients from element `floor` on are final, those before it are not yet. By default nothing is done with
    /// what is final before the rest.
    func gradientIsFinal(from floor: Int, _ measurement: UpdateMeasurement) throws(MPIError)

    /// Collective as `sum(_:)`. Makes the sum and hands it out for use in parts, by default when all of it is there.
    ///
    /// - Parameters:
    ///   - parts: the slice cut up, in rising order; gaps between parts are in no sum.
    ///   - use: called with the place of a part and with a range of it, in rising order, until all parts are used up.
    func reduce(
        _ parts: [Range<Int>], _ measurement: UpdateMeasurement, use: (_ part: Int, _ range: Range<Int>) -> Void
    ) throws(MPIError)

    /// Collective as `sum(_:)`, in its place. Ends what `gradientIsFinal(from:_:)` has begun, so that nothing of these
    /// gradients is in a later sum; by default nothing has begun.
    func skip(_ measurement: UpdateMeasurement) throws(MPIError)

    /// The rounding errors of this rank's messages that the next sum makes up for. Nil, the default, for a reduction that
    /// rounds no messages: on all ranks or on none.
    var leftOvers: LeftOvers? { get }

    /// Makes up for these rounding errors in the next sum, which `leftOvers` gave on the same slice; nil for none. By default
    /// there are none.
    func takeUp(_ leftOvers: LeftOvers?)
}

extension GradientReduction {
    package func gradientIsFinal(from floor: Int, _ measurement: UpdateMeasurement) throws(MPIError) {}

    /// Collective as `sum(_:)`, which it measures.
    package func reduce(_ measurement: UpdateMeasurement) throws(MPIError) {
        try traced(measurement.timeline, "reduction") { () throws(MPIError) in
            try measured(measurement.profile, \.reduction) { () throws(MPIError) in try sum(measurement) }
        }
    }

    package func reduce(
        _ parts: [Range<Int>], _ measurement: UpdateMeasurement, use: (_ part: Int, _ range: Range<Int>) -> Void
    ) throws(MPIError) {
        try reduce(measurement)
        traced(measurement.timeline, "update") { for (part, range) in parts.enumerated() { use(part, range) } }
    }

    package func skip(_ measurement: UpdateMeasurement) throws(MPIError) {}

    package var leftOvers: LeftOvers? { nil }

    package func takeUp(_ leftOvers: LeftOvers?) {}
}
