import Foundation

/// Samples of images that stay in their files: decoded when they are asked for, by threads that keep ahead in the order announced.
///
/// Threads change the time of a sample, never its bits: one that is not ready is decoded by who asks for it. Memory is that of the
/// samples announced at once.
final class DecodedImages: Sendable {
    let index: ImageIndex
    let form: ImageForm
    private let queue: ImageQueue

    init(_ index: ImageIndex, _ form: ImageForm) {
        self.index = index
        self.form = form
        queue = ImageQueue(index, form)
    }

    deinit { end() }

    /// Ends the threads, and waits for them.
    func end() { queue.end() }

    /// The first failure of a sample that was asked for.
    var failure: DatasetError? { queue.failure }

    /// Has the samples decoded that are asked for next, in this order; those of an announcement before that are not among them are
    /// dropped.
    func expect(_ samples: Span<Int>) { queue.expect(samples) }

    /// Calls `body` with the bytes of a sample, [C, H, W]; of one that cannot be read zeros, after which ``failure`` is set.
    @inline(__always)
    func withSample(_ sample: Int, _ body: (UnsafePointer<UInt8>) -> Void) {
        precondition(sample >= 0 && sample < index.count, "sample \(sample) of \(index.count)")
        if let slot = queue.take(sample) {
            body(queue.bytes(ofSlot: slot))
            queue.giveBack(slot)
        } else {
            let bytes = queue.decodeAlone(sample)
            body(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
            bytes.deallocate()
        }
    }
}
