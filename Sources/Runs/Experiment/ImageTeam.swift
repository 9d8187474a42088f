import Datasets
import Foundation
import MPI
import NeuralNetwork
import Synchronization

/// The ranks of a node that decode files of images together, each its part, into memory that they share.
struct ImageTeam {
    let world: any Communicator
    /// This rank's part of `world`, whose ranks can share memory, in the order of `world`.
    let node: any Communicator

    /// Collective over `world`.
    ///
    /// - Parameter check: refuses what does not suit the configuration.
    /// - Returns: the data on the first rank of each node, and the memory that the samples lie in; nil where they stay in their files or
    ///   the node has one rank.
    /// - Throws: `AgreedError` of a `DatasetError`, of the first file that cannot be read in the order of the files, or of a node that
    ///   has no memory for the samples; `MPIError`.
    func load(
        _ images: ImageFiles, root: String?, _ options: LoadOptions, check: (LoadedData) throws -> LoadedData
    ) throws -> (data: LoadedData?, pixels: SharedWindow<UInt8>?) {
        // Without sharing each rank has a copy in the memory of its machine.
        let copies = try world.splitShared().allReduce(node.rank == 0 ? 1 : 0, .sum)
        var plan = try world.agree { node.rank == 0 ? try images.plan(root: root, options, copies: copies) : nil }
        // Where one node has no memory for them no node has them in memory.
        let streams = try world.allReduce(plan?.task.outline.streams == true ? 1 : 0, .max) == 1
        plan?.task.outline.streams = streams
        let list = try shareList(of: plan, images.form)
        guard list.task.isDecodedFirst else {
            try list.free()
            return (try world.agree { try plan.map { try check(images.load($0, nil, nil, of: nil, options)) } }, nil)
        }
        let byteCount = streams ? 0 : list.task.pixelByteCount
        let window =
            streams ? nil : try node.allocateSamples(byteCount: byteCount, canStream: true, agreeingOver: world)
        let own = try world.agree { streams || window != nil ? nil : try AlignedBuffer(claiming: byteCount) }
        let pixels =
            window.map { UnsafeMutableRawBufferPointer($0.segment(of: 0)) }
            ?? own.map { UnsafeMutableRawBufferPointer(start: $0.address, count: byteCount) }
        let report = try list.decode(into: pixels, node, agreeingOver: world)
        try window?.synchronize()
        let all = try gather(report)
        try list.free()
        let data = try world.agree {
            try plan.map { try check(images.load($0, all, pixels, of: window ?? own, options)) }
        }
        return (data, window)
    }

    /// Collective over `world`. Gives all ranks of the node the list that the first one has.
    private func shareList(of plan: ImagePlan?, _ form: ImageForm) throws -> SharedImageList {
        var text = try plan.map { Array(try JSONEncoder().encode($0.task.outline)) } ?? []
        try node.broadcast(resizing: &text, root: 0)
        let outline = try JSONDecoder().decode(ImageTask.Outline.self, from: Foundation.Data(text))
        let byteCount = try node.broadcast(plan?.task.bytes.count ?? 0, root: 0)
        let window = try node.allocateSamples(
            byteCount: SharedImageList.headerByteCount + byteCount, agreeingOver: world)
        guard let window else { return SharedImageList(plan!.task) }
        return try SharedImageList(plan?.task, outline, form, in: window)
    }

    /// Collective over the node. The report of all ranks, on the first one.
    private func gather(_ report: ImageReport) throws -> ImageReport? {
        let texts = try node.gather(Array(try JSONEncoder().encode(report)), root: 0)
        let measures = try node.gather(report.measures.words, root: 0)
        guard let texts, let measures else { return nil }
        var all: ImageReport?
        for (text, words) in zip(texts, measures) {
            var part = try JSONDecoder().decode(ImageReport.self, from: Foundation.Data(text))
            part.measures = SampleMeasures(words: words, groups: report.measures.groups)
            if all == nil { all = part } else { all?.add(part) }
        }
        return all
    }
}

/// A list of images in memory that the ranks of a node share, with a mark by which one that fails stops those behind it.
private struct SharedImageList {
    let task: ImageTask
    private let window: SharedWindow<UInt8>?

    /// Bytes before the list, of which the first ones are the mark.
    static let headerByteCount = 64

    /// The list of a rank alone.
    init(_ task: ImageTask) {
        self.task = task
        window = nil
    }

    /// Collective over the node.
    ///
    /// - Parameter own: on the first rank.
    init(
        _ own: ImageTask?, _ outline: ImageTask.Outline, _ form: ImageForm, in window: SharedWindow<UInt8>
    ) throws {
        let memory = UnsafeMutableRawBufferPointer(window.segment(of: 0))
        let list = UnsafeMutableRawBufferPointer(rebasing: memory[Self.headerByteCount...])
        if let own { list.copyMemory(from: own.bytes) }
        try window.synchronize()
        task = ImageTask(UnsafeRawBufferPointer(list), of: window, form, outline)
        self.window = window
    }

    /// Collective over `world`. Decodes this rank's part.
    ///
    /// - Throws: `AgreedError` of the first file that cannot be read in the order of the files.
    func decode(
        into pixels: UnsafeMutableRawBufferPointer?, _ node: any Communicator, agreeingOver world: any Communicator
    ) throws -> ImageReport {
        let mark = window.map {
            UnsafeMutableRawPointer($0.segment(of: 0).baseAddress!).assumingMemoryBound(to: Atomic<Int>.self)
        }
        // Larger for earlier files; 0 before a failure.
        let own = node.size - node.rank
        return try world.agree {
            do {
                return try task.decode(rank: node.rank, of: node.size, into: pixels) {
                    mark.map { $0.pointee.load(ordering: .relaxed) > own } ?? false
                }
            } catch {
                _ = mark?.pointee.max(own, ordering: .relaxed)
                throw error
            }
        }
    }

    /// Collective over the node.
    func free() throws { try window?.free() }
}
