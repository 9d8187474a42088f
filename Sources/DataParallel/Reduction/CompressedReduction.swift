import CKernels
import MPI
import NeuralNetwork

/// The sum over nodes of gradients that travel as bfloat16, half as many bytes. What the rounding leaves over is added to the
/// gradient of the next step (error feedback: Seide et al., Interspeech 2014; Karimireddy et al., ICML 2019).
final class CompressedReduction: GradientReduction {
    private let arenas: NodeArenas
    private let slice: Range<Int>
    /// Nil for a rank whose slice is empty.
    private let exchange: Exchange?

    private struct Exchange {
        let part: OwnedPart
        /// Which gradients they are: the bounds of the slice, the rank's place among the owners, and their number.
        let place: [Int]
        /// The slice of this rank, as bfloat16 as the next two.
        let sent: AlignedBuffer
        /// This rank's part, of all ranks.
        let received: AlignedBuffer
        /// This rank's part of the sum.
        let sum: AlignedBuffer
        /// The rounding errors of the slice.
        let leftOver: AlignedBuffer
        /// The rounding errors of this rank's part of the sum.
        let sumLeftOver: AlignedBuffer
    }

    /// - Parameter owners: of the slice; nil for a rank whose slice is empty.
    /// - Throws: where the system gives no memory.
    init(over owners: (any Communicator)?, _ arenas: NodeArenas, slice: Range<Int>) throws(MemoryShortage) {
        self.arenas = arenas
        self.slice = slice
        exchange = try owners.map { (owners) throws(MemoryShortage) in
            let part = try OwnedPart(of: slice.count, over: owners)
            return Exchange(
                part: part, place: [slice.lowerBound, slice.upperBound, owners.rank, owners.size],
                sent: try AlignedBuffer(claiming: 2 * slice.count),
                received: try AlignedBuffer(claiming: 2 * part.received.floats.count),
                sum: try AlignedBuffer(claiming: 2 * part.sum.floats.count),
                leftOver: try AlignedBuffer(claimingFloats: slice.count),
                sumLeftOver: try AlignedBuffer(claimingFloats: part.sum.floats.count))
        }
    }

    func sum(_ measurement: UpdateMeasurement) throws(MPIError) {
        guard let exchange else { return }
        arenas.sumGradients(slice)
        let gradient = UnsafeMutableBufferPointer(rebasing: arenas.gradient[slice])
        let part = exchange.part
        compress(gradient, into: exchange.sent, exchange.leftOver)
        try part.scatter(halves(exchange.sent), into: halves(exchange.received))
        expand(exchange.received, into: part.received.floats)
        part.addUp()
        compress(part.sum.floats, into: exchange.sum, exchange.sumLeftOver)
        // The owner of a part too takes what the others get.
        try part.gather(halves(exchange.sum), into: halves(exchange.sent))
        expand(exchange.sent, into: gradient)
    }

    /// The rounding errors of the slice, then those of this rank's part of the sum.
    var leftOvers: LeftOvers? {
        guard let exchange else { return LeftOvers(place: [], values: []) }
        return LeftOvers(
            place: exchange.place, values: Array(exchange.leftOver.floats) + Array(exchange.sumLeftOver.floats))
    }

    func takeUp(_ leftOvers: LeftOvers?) {
        guard let exchange else { return }
        let (own, ofSum) = (exchange.leftOver.floats, exchange.sumLeftOver.floats)
        guard let values = leftOvers?.values else {
            own.update(repeating: 0)
            ofSum.update(repeating: 0)
            return
        }
        precondition(
            values.count == own.count + ofSum.count, "\(values.count) left over, \(own.count + ofSum.count) expected")
        _ = own.update(from: values[..<own.count])
        _ = ofSum.update(from: values[own.count...])
    }

    private func compress(
        _ values: UnsafeMutableBufferPointer<Float>, into buffer: AlignedBuffer, _ leftOver: AlignedBuffer
    ) {
        kernels_compress(
            halves(buffer).baseAddress, values.baseAddress, leftOver.floats.baseAddress, Int64(values.count))
    }

    private func expand(_ buffer: AlignedBuffer, into values: UnsafeMutableBufferPointer<Float>) {
        kernels_expand(values.baseAddress, halves(buffer).baseAddress, Int64(values.count))
    }

    private func halves(_ buffer: AlignedBuffer) -> UnsafeMutableBufferPointer<UInt16> {
        UnsafeMutableBufferPointer(
            start: buffer.address.assumingMemoryBound(to: UInt16.self), count: buffer.byteCount / 2)
    }
}
