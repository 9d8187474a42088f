import CKernels
import DataParallel
import Foundation
import LearningRate
import MPI
import NeuralNetwork
import Optimizers
import Synchronization

/// The reduction of gradients: what the update's costs beside `MPI_Allreduce` of the same bytes, and what hides it behind a
/// backward pass.
///
///     reduction UNITS LAYERS MILLISECONDS
///
/// Of a perceptron of LAYERS layers of UNITS units; a backward pass takes MILLISECONDS of arithmetic. Medians on the slowest
/// rank.
MPIRuntime.main(requesting: .multiple) { runtime in
    let world = runtime.world
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 3, let units = Int(arguments[1]), let layers = Int(arguments[2]),
        let milliseconds = Double(arguments[3]), units > 0, layers > 1, milliseconds > 0
    else { throw AgreedError(everywhere: Usage()) }
    Processor.setThreadCount(1)
    let network = try Network(
        .mlp(inputShape: [units], hidden: Array(repeating: units, count: layers - 1), classes: units),
        nominalBatch: 1, maximumBatch: 1, seed: 1)
    let layout = network.layout

    /// Seconds of the median of some calls, each on the slowest rank.
    func median(_ body: () throws -> Void) throws -> Double {
        var seconds: [Double] = []
        for repetition in 0..<24 {
            try world.barrier()
            let start = Timeline.now()
            try body()
            let own = Double(Timeline.now() - start) * 1e-9
            let slowest = try world.allReduce(own, .max)
            if repetition >= 3 { seconds.append(slowest) }
        }
        return seconds.sorted()[seconds.count / 2]
    }
    func row(_ cells: [String]) {
        if world.rank == 0 { print("| " + cells.joined(separator: " | ") + " |") }
    }
    func number(_ value: Double) -> String { String(format: "%.3f", value) }

    // What the update's reduction takes.
    let memory = AlignedBuffer(floats: layout.count)
    let floats = memory.floats
    defer { withExtendedLifetime(memory) {} }
    let raw = try median {
        var span = floats.mutableSpan
        try world.allReduce(&span, .sum)
    }
    let size = String(format: "%.1f MiB", Double(layout.count) * 4 / 1_048_576)
    row(["\(world.size) ranks, \(size)", "ms", "to MPI_Allreduce"])
    row(["---", "---", "---"])
    row(["MPI_Allreduce", number(raw * 1e3), "1.000"])
    for (name, sharesMemory, shards, compresses) in [
        ("a node each", false, nil, false), ("a node each, fixed order", false, world.size, false),
        ("a node each, bf16", false, nil, true), ("one node, shared memory", true, nil, false),
    ] {
        var reduction = ReductionSettings()
        reduction.compresses = compresses
        let fixed = try shards.map { try Shards(count: $0, rank: world.rank, ranks: world.size) }
        let update = try ParallelUpdate(
            NodeTopology(world, sharesMemory: sharesMemory), layout: layout, optimizer: SGD(momentum: 0),
            // Looked at, so that sum and update are one after the other.
            clipNorm: .infinity, shards: fixed, reduction: reduction)
        let profile = UpdateProfile()
        var (step, last) = (0, 0.0)
        var seconds: [Double] = []
        for _ in 0..<24 {
            try world.barrier()
            _ = try update(loss: BatchLoss(), step: step, rates: .uniform(0), profile: profile)
            seconds.append(try world.allReduce(profile.reduction - last, .max))
            last = profile.reduction
            step += 1
        }
        let middle = seconds.dropFirst(3).sorted()[10]
        row([name, number(middle * 1e3), number(middle / raw)])
        try update.arenas.free()
    }

    // What hides it. The arithmetic is the same amount, however long it takes.
    let scratch = AlignedBuffer(floats: 4096)
    let numbers = scratch.floats
    defer { withExtendedLifetime(scratch) {} }
    func compute(_ amount: Int) {
        var sum = 0.0
        for _ in 0..<amount { sum += kernels_sum_of_squares(numbers.baseAddress, 4096) }
        precondition(sum == 0)
    }
    let perUnit = try median { compute(1000) } / 1000
    let perLayer = max(1, Int(milliseconds / 1e3 / Double(layers) / perUnit))
    let buckets = (0..<layers).map { layer in
        UnsafeMutableBufferPointer(
            rebasing: floats[layout.count * layer / layers..<layout.count * (layer + 1) / layers])
    }
    row(["", "", ""])
    row(["a backward pass of \(layers) layers", "ms", "beyond the arithmetic, ms"])
    row(["---", "---", "---"])
    let alone = try median { for _ in buckets { compute(perLayer) } }
    func report(_ name: String, _ seconds: Double) {
        row([name, number(seconds * 1e3), number((seconds - alone) * 1e3)])
    }
    report("arithmetic alone", alone)
    report(
        "MPI_Allreduce at the end",
        try median {
            for _ in buckets { compute(perLayer) }
            for bucket in buckets {
                var span = bucket.mutableSpan
                try world.allReduce(&span, .sum)
            }
        })
    report(
        "MPI_Iallreduce, progressed between layers",
        try median {
            var pending: [PendingReduction] = []
            for bucket in buckets {
                compute(perLayer)
                pending.append(try world.startAllReduce(ofKept: bucket, .sum))
                for reduction in pending { _ = try reduction.isComplete }
            }
            for reduction in pending { try reduction.wait() }
        })
    guard runtime.threadLevel == .multiple else { return row(["a thread", "MPI has no threads here", ""]) }
    let channel = try world.duplicate()
    let ready = Atomic(0)
    let done = Atomic(0)
    let addresses = buckets.map { UInt(bitPattern: $0.baseAddress!) }
    let counts = buckets.map(\.count)
    let steps = 24
    let thread = Thread {
        for bucket in 0..<steps * addresses.count {
            while ready.load(ordering: .acquiring) <= bucket { sched_yield() }
            let place = bucket % addresses.count
            var span = UnsafeMutableBufferPointer(
                start: UnsafeMutablePointer<Float>(bitPattern: addresses[place]), count: counts[place]
            ).mutableSpan
            do { try channel.allReduce(&span, .sum) } catch { fatalError("\(error)") }
            done.store(bucket + 1, ordering: .releasing)
        }
    }
    thread.start()
    var started = 0
    report(
        "MPI_Allreduce on a thread",
        try median {
            for _ in buckets {
                compute(perLayer)
                started += 1
                ready.store(started, ordering: .releasing)
            }
            while done.load(ordering: .acquiring) < started { sched_yield() }
        })
}

struct Usage: ExitStatusProviding, CustomStringConvertible {
    var description: String { "usage: reduction UNITS LAYERS MILLISECONDS" }
    var exitStatus: ExitStatus { 64 }
}
