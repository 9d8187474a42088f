import Datasets
import Foundation
import MPI
import NeuralNetwork
import Settings

/// An experiment's data as a rank holds them. Where they come from files the ranks of a node have one copy of the samples, or each
/// maps the files that they stay in.
public final class SharedData {
    public let samples: LoadedData
    /// Bytes of samples in this node's shared memory; 0 where this rank holds its own.
    public let sharedByteCount: Int
    private let windows: [SharedWindow<UInt8>]

    /// Data of this rank alone.
    public init(_ samples: LoadedData) {
        self.samples = samples
        sharedByteCount = 0
        windows = []
    }

    /// - Parameter pixels: where samples lie that the ranks have decoded together.
    fileprivate init(
        _ contents: DataContents, in window: SharedWindow<UInt8>, and pixels: SharedWindow<UInt8>?
    ) throws(DatasetError) {
        samples = try contents.data(
            in: UnsafeRawBufferPointer(window.segment(of: 0)), of: window,
            and: pixels.map { (UnsafeRawBufferPointer($0.segment(of: 0)), $0) })
        sharedByteCount = contents.byteCount + (pixels?.segment(of: 0).count ?? 0)
        windows = [window] + [pixels].compactMap(\.self)
    }

    /// Collective over the ranks that loaded the data. Gives shared memory back; the samples end with it. To be called at most
    /// once. Else the memory is given back when the last reference to the samples has gone on all ranks, at the next allocation of
    /// shared memory.
    public func free() throws {
        // Reading ahead looks up names and places in this memory.
        for set in [samples.train, samples.test, samples.validation] { set?.endReading() }
        for window in windows { try window.free() }
    }
}

extension Configuration {
    /// Collective. The data that the configuration names, each file read once for all ranks of a node: its first rank reads
    /// and lays the samples into shared memory; files of images are decoded by all of them. With `data.broadcast` the first rank
    /// of all reads for all nodes.
    ///
    /// - Parameters:
    ///   - root: the directory that relative paths start from; nil where none was given.
    ///   - standardization: values measured before, as kept with weights; nil to measure them if the configuration says so.
    ///   - meaning: what the data have to mean, as kept with weights; nil for what the training files say.
    /// - Throws: `AgreedError` of a `DatasetError`, or of a node that has no memory for the samples; `MPIError`.
    public func loadData(
        root: String?, standardization: Standardization? = nil, meaning: DataMeaning? = nil,
        over communicator: any Communicator
    ) throws -> SharedData {
        try checkSharing(over: communicator)
        guard communicator.size > 1, data.source.hasFiles else {
            return SharedData(
                try communicator.agree {
                    try loadData(root: root, standardization: standardization, meaning: meaning)
                })
        }
        let node =
            try data.sharedMemory
            ? communicator.splitShared() : communicator.split(color: communicator.rank, key: 0)!
        return try loadData(
            root: root, standardization: standardization, meaning: meaning, over: communicator, node: node)
    }

    /// Collective over `world`.
    ///
    /// - Parameter node: this rank's part of `world`, whose ranks can share memory, in the order that they have there.
    package func loadData(
        root: String?, standardization: Standardization? = nil, meaning: DataMeaning? = nil,
        over world: any Communicator, node: any Communicator
    ) throws -> SharedData {
        let options = loadOptions(standardization, meaning)
        if let images = data.source as? ImageFiles, !data.broadcast {
            let team = ImageTeam(world: world, node: node)
            let (read, pixels) = try team.load(images, root: root, options) { try checked($0) }
            return try share(read, pixels, over: world, node: node) {
                preconditionFailure("images that no rank can share")
            }
        }
        let isReader = node.rank == 0 && (!data.broadcast || world.rank == 0)
        let read = try world.agree {
            isReader ? try loadData(root: root, standardization: standardization, meaning: meaning) : nil
        }
        return try share(read, nil, over: world, node: node) {
            try loadData(root: root, standardization: standardization, meaning: meaning)
        }
    }

    /// Collective over `world`. Gives all ranks what those that read have.
    ///
    /// - Parameters:
    ///   - read: on the first rank of each node; with `data.broadcast` on the first one of all.
    ///   - pixels: shared memory of the node that samples lie in already.
    ///   - load: what each rank does by itself where samples cannot be shared.
    private func share(
        _ read: LoadedData?, _ pixels: SharedWindow<UInt8>?, over world: any Communicator, node: any Communicator,
        orLoad load: () throws -> LoadedData
    ) throws -> SharedData {
        let firsts = try world.split(color: node.rank == 0 ? 0 : nil, key: world.rank)
        let placed = pixels.map { UnsafeRawBufferPointer($0.segment(of: 0)) }
        var text =
            try read?.contents(copyingFiles: data.broadcast, sharing: placed).map {
                Array(try JSONEncoder().encode($0))
            } ?? []
        if data.broadcast { try firsts?.broadcast(resizing: &text, root: 0) }
        try node.broadcast(resizing: &text, root: 0)
        // Samples of another package's format can be held by the ranks themselves alone.
        guard !text.isEmpty else {
            return SharedData(
                try world.agree { try read ?? load() })
        }
        let contents = try JSONDecoder().decode(DataContents.self, from: Foundation.Data(text))

        let window = try node.allocateSamples(byteCount: contents.byteCount, agreeingOver: world)
        // All agree, whatever their nodes are like.
        let own = try world.agree {
            window == nil && data.broadcast ? try AlignedBuffer(claiming: contents.byteCount) : nil
        }
        // A rank may not be able to map a file that its node's first rank has mapped.
        guard let window else {
            guard let memory = own else { return try world.agree { SharedData(read!) } }
            let bytes = UnsafeMutableRawBufferPointer(start: memory.address, count: contents.byteCount)
            read?.copySamples(to: bytes, copyingFiles: data.broadcast)
            try firsts?.broadcastBytes(bytes)
            return try world.agree {
                SharedData(try contents.data(in: UnsafeRawBufferPointer(bytes), of: memory))
            }
        }
        if node.rank == 0 {
            let bytes = UnsafeMutableRawBufferPointer(window.segment(of: 0))
            read?.copySamples(to: bytes, copyingFiles: data.broadcast, sharing: placed)
            if data.broadcast { try firsts?.broadcastBytes(bytes) }
        }
        try window.synchronize()
        return try world.agree { try SharedData(contents, in: window, and: pixels) }
    }

    /// Collective. The ranks must take part in the same exchanges, before anything can tell whether their configurations differ.
    private func checkSharing(over communicator: any Communicator) throws {
        let own =
            (data.source is ImageFiles ? 8 : 0) + (data.source.hasFiles ? 4 : 0) + (data.sharedMemory ? 2 : 0)
            + (data.broadcast ? 1 : 0)
        var extremes = [own, -own]
        try communicator.allReduce(&extremes, .max)
        guard extremes[0] != -extremes[1] else { return }
        throw AgreedError(
            everywhere: ConfigurationError(
                place: "", keyPath: "data",
                problem: "format, sharedMemory and broadcast must be the same on all ranks; give all ranks the same one"
            ))
    }
}

extension Communicator {
    /// Collective. Copies the first rank's bytes into those of the others, as many.
    fileprivate func broadcastBytes(_ bytes: UnsafeMutableRawBufferPointer) throws(MPIError) {
        var span = bytes.bindMemory(to: UInt8.self).mutableSpan
        try broadcast(&span, root: 0)
    }
}
