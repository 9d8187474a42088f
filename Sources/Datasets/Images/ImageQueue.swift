import Foundation

/// Room for decoded samples, filled by threads in the order in which they were announced.
final class ImageQueue: @unchecked Sendable {
    // Sendable: all variables are touched only with the lock held, but for the bytes of a slot, which belong to who decodes or
    // reads it.
    private let index: ImageIndex
    private let form: ImageForm
    private let sampleByteCount: Int
    private let condition = NSCondition()

    private enum State {
        case free, waiting, decoding, ready, failed
    }

    private struct Slot {
        var sample = -1
        var state = State.free
        /// The announcement that the sample was in last.
        var announcement = 0
        /// Calls that read the bytes at the moment.
        var readers = 0
    }

    private var slots: [Slot] = []
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var slotOfSample: [Int: Int] = [:]
    /// Slots of the samples announced last, in their order.
    private var window: [Int] = []
    /// The most samples of an announcement so far.
    private var room = 0
    /// The first of the window that may wait.
    private var next = 0
    private var announcement = 0
    /// Where the search for a slot goes on.
    private var hand = 0
    private var errors: [Int: DatasetError] = [:]
    private var firstFailure: DatasetError?
    /// True while room is made, which no slot may be read in.
    private var isWaitedFor = false
    private var hasThreads = false
    private var runningThreads = 0
    private var isOver = false

    init(_ index: ImageIndex, _ form: ImageForm) {
        self.index = index
        self.form = form
        sampleByteCount = form.sampleShape.reduce(1, *)
    }

    deinit { memory.deallocate() }

    var failure: DatasetError? { locked { firstFailure } }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    /// Ends the threads and waits for them.
    func end() {
        locked {
            isOver = true
            condition.broadcast()
            while runningThreads > 0 { condition.wait() }
        }
    }

    func expect(_ samples: Span<Int>) {
        locked {
            if samples.count > room { makeRoom(for: (samples.count + 63) / 64 * 64) }
            announcement += 1
            for place in 0..<samples.count {
                if let slot = slotOfSample[samples[place]] { slots[slot].announcement = announcement }
            }
            window.removeAll(keepingCapacity: true)
            for place in 0..<samples.count {
                guard let slot = slotOfSample[samples[place]] ?? slot(for: samples[place]) else { break }
                window.append(slot)
            }
            next = 0
            startThreads()
            condition.broadcast()
        }
    }

    /// A slot that no sample of the present announcement has; nil where threads still hold all others.
    private func slot(for sample: Int) -> Int? {
        for _ in slots.indices {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            let slot = slots[hand]
            guard slot.announcement != announcement, slot.state != .decoding, slot.readers == 0 else { continue }
            if slot.state != .free { slotOfSample[slot.sample] = nil }
            errors[slot.sample] = nil
            slots[hand] = Slot(sample: sample, state: .waiting, announcement: announcement)
            slotOfSample[sample] = hand
            return hand
        }
        return nil
    }

    /// Room for as many samples, and for those that threads may still decode of the announcement before.
    private func makeRoom(for count: Int) {
        // Threads begin nothing else meanwhile.
        (window, next) = ([], 0)
        isWaitedFor = true
        while slots.contains(where: { $0.state == .decoding || $0.readers > 0 }) { condition.wait() }
        isWaitedFor = false
        let slotCount = count + form.readers + 1
        memory.deallocate()
        memory = .allocate(byteCount: slotCount * sampleByteCount, alignment: 64)
        slots = Array(repeating: Slot(), count: slotCount)
        slotOfSample = [:]
        slotOfSample.reserveCapacity(2 * slotCount)
        errors = [:]
        window.reserveCapacity(count)
        (room, hand) = (count, 0)
    }
}

extension ImageQueue {
    /// The slot with the bytes of a sample, to be given back; nil where the sample has none, or cannot be decoded.
    func take(_ sample: Int) -> Int? {
        locked {
            while let slot = slotOfSample[sample] {
                switch slots[slot].state {
                case .ready:
                    slots[slot].readers += 1
                    return slot
                case .waiting: decode(slot, ImageFileReader(index))
                case .decoding: condition.wait()
                case .failed, .free: return nil
                }
            }
            return nil
        }
    }

    func giveBack(_ slot: Int) {
        locked {
            slots[slot].readers -= 1
            if slots[slot].readers == 0, isWaitedFor { condition.broadcast() }
        }
    }

    /// Bytes of the sample in a slot that was taken.
    func bytes(ofSlot slot: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(memory.baseAddress!.advanced(by: slot * sampleByteCount).assumingMemoryBound(to: UInt8.self))
    }

    /// Decodes a sample that was not announced, or notes why it cannot be decoded and gives zeros; to be deallocated.
    func decodeAlone(_ sample: Int) -> UnsafeMutableRawBufferPointer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: sampleByteCount, alignment: 64)
        var failure = locked { errors[sample] }
        if failure == nil {
            do throws(DatasetError) {
                try decode(sample, ImageFileReader(index), into: bytes)
            } catch {
                failure = error
            }
        }
        if let failure {
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            locked { firstFailure = firstFailure ?? failure }
        }
        return bytes
    }

    /// With the lock held, which is released meanwhile.
    private func decode(_ slot: Int, _ reader: ImageFileReader) {
        let sample = slots[slot].sample
        let start = slot * sampleByteCount
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + sampleByteCount])
        slots[slot].state = .decoding
        condition.unlock()
        var failure: DatasetError?
        do throws(DatasetError) {
            try decode(sample, reader, into: bytes)
        } catch {
            failure = error
        }
        condition.lock()
        if let failure { errors[sample] = failure }
        slots[slot].state = failure == nil ? .ready : .failed
        condition.broadcast()
    }

    private func decode(
        _ sample: Int, _ reader: ImageFileReader, into bytes: UnsafeMutableRawBufferPointer
    ) throws(DatasetError) {
        let contents = try reader.read(sample)
        do throws(ImageDecoder.Failure) {
            try ImageDecoder(form).decode(contents, into: bytes)
        } catch {
            guard form.corrupt == .skip else { throw error.error(index.name(of: sample)) }
            throw DatasetError(
                .corruptImage, index.name(of: sample), expected: "the image that could be decoded at the beginning",
                found: error.found, remedy: "leave the files as they are while they are in use, and start again")
        }
    }

    /// With the lock held.
    private func startThreads() {
        guard !hasThreads, !isOver else { return }
        hasThreads = true
        for _ in 0..<form.readers where startThread() { runningThreads += 1 }
    }

    /// False where the system gives no thread: its samples are decoded by the others, or by who asks for them.
    private func startThread() -> Bool {
        let queue = Unmanaged.passRetained(self)
        var thread = pthread_t()
        // Foundation's Thread does not tell that it could not be started.
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<ImageQueue>.fromOpaque(argument!).takeRetainedValue().decodeAhead()
                return nil
            }, queue.toOpaque())
        guard status == 0 else {
            queue.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func decodeAhead() {
        let reader = ImageFileReader(index)
        locked {
            while !isOver {
                while next < window.count, slots[window[next]].state != .waiting { next += 1 }
                if next < window.count { decode(window[next], reader) } else { condition.wait() }
            }
            runningThreads -= 1
            condition.broadcast()
        }
    }
}
