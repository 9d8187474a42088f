import DataFilesTestSupport
import Datasets
import Foundation
import MPI
import Runs
import TrainingTestSupport
import XCTest

/// Each rank has a data directory of its own, so that a rank without files can only have got its samples from another.
final class SharedDataTests: XCTestCase {
    private static let configuration = """
        data:
          format: idx
          train: {images: images, labels: labels}
          test: {images: images, labels: labels}
          validation: 0.2
        model: {preset: mlp, hidden: [8]}
        training: {batch: 8}
        """

    /// How ranks lie on nodes: the node of a rank, of so many.
    private let placements: [@Sendable (Int, Int) -> Int] = [
        { _, _ in 0 }, { rank, _ in rank }, { rank, _ in rank / 2 }, { rank, _ in rank % 2 },
        { rank, ranks in rank == ranks - 1 ? 1 : 0 },
    ]

    /// A directory a rank, with files for those of `readers`.
    private func directories(ranks: Int, readers: Set<Int>) throws -> [TemporaryDirectory] {
        try (0..<ranks).map { rank in
            let directory = try TemporaryDirectory()
            guard readers.contains(rank) else { return directory }
            let pixels = (0..<50 * 12).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 12) }
            try Data(idx([50, 3, 4], pixels)).write(to: URL(fileURLWithPath: directory.file("images")))
            try Data(idx([50], (0..<50).map { UInt8($0 % 5) }))
                .write(to: URL(fileURLWithPath: directory.file("labels")))
            return directory
        }
    }

    /// The first rank of each node.
    private func firsts(ranks: Int, _ placement: (Int, Int) -> Int) -> Set<Int> {
        Set(Dictionary(grouping: 0..<ranks) { placement($0, ranks) }.values.map { $0.min()! })
    }

    /// Arrays that stay in their files: every rank maps the file that the first one of its node has found, and holds labels alone.
    func testEveryRankMapsTheFile() throws {
        let directory = try TemporaryDirectory()
        let pixels = (0..<50 * 12).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 12) }
        try Data(npy("|u1", [50, 3, 4], pixels)).write(to: URL(fileURLWithPath: directory.file("x.npy")))
        try Data(npy("|u1", [50], (0..<50).map { UInt8($0 % 5) }))
            .write(to: URL(fileURLWithPath: directory.file("y.npy")))
        let text = """
            data:
              format: npy
              train: {features: x.npy, labels: y.npy}
              test: {features: x.npy, labels: y.npy}
            model: {preset: mlp, hidden: [8]}
            """
        let path = directory.path
        let expected = try Configuration(yaml: text, name: "x", overrides: ["data.memory=read"])
            .loadData(root: path).bits
        for ranks in 1...3 {
            for placement in placements {
                for broadcasts in [false, true] {
                    let found = try InProcessCommunicator.run(ranks: ranks) { world in
                        let configuration = try Configuration(
                            yaml: text, name: "x", overrides: ["data.memory=map", "data.broadcast=\(broadcasts)"])
                        let node = try world.split(color: placement(world.rank, ranks), key: 0)!
                        let data = try configuration.loadData(root: path, over: world, node: node)
                        let (bits, byteCount) = (data.samples.bits, data.sharedByteCount)
                        try world.barrier()
                        try data.free()
                        return (bits, byteCount)
                    }
                    for (bits, byteCount) in found {
                        XCTAssertEqual(bits, expected)
                        // 2 · 50 labels of 4 bytes, in whole lines, without 50 · 12 pixels.
                        XCTAssertLessThan(byteCount, broadcasts ? 2000 : 600)
                    }
                }
            }
        }
    }

    func testOneRankOfANodeReadsForAll() throws {
        let alone = try directories(ranks: 1, readers: [0])[0]
        let expected = try Configuration(yaml: Self.configuration, name: "x").loadData(root: alone.path).bits
        for ranks in 1...4 {
            for (number, placement) in placements.enumerated() {
                for broadcasts in [false, true] {
                    let readers = broadcasts ? [0] : firsts(ranks: ranks, placement)
                    let places = try directories(ranks: ranks, readers: readers)
                    let paths = places.map(\.path)
                    let outcomes = try InProcessCommunicator.run(ranks: ranks) { world in
                        let configuration = try Configuration(
                            yaml: Self.configuration, name: "x", overrides: ["data.broadcast=\(broadcasts)"])
                        let node = try world.split(color: placement(world.rank, ranks), key: 0)!
                        let data = try configuration.loadData(root: paths[world.rank], over: world, node: node)
                        let found = data.samples.bits
                        let isShared = data.sharedByteCount > 0
                        try world.barrier()
                        try data.free()
                        return (found, isShared == (node.size > 1))
                    }
                    withExtendedLifetime(places) {}
                    for (rank, outcome) in outcomes.enumerated() {
                        let what = "rank \(rank) of \(ranks), placement \(number), broadcast \(broadcasts)"
                        XCTAssertEqual(outcome.0, expected, what)
                        XCTAssertTrue(outcome.1, what)
                    }
                }
            }
        }
    }

    /// Sets an experiment up on `ranks` ranks; the messages, by rank, empty where there is none. A rank's own directory is
    /// called OWN in them.
    private func messages(
        ranks: Int, readers: Set<Int>, _ overrides: @escaping @Sendable (Int) -> [String]
    ) throws -> [String] {
        let places = try directories(ranks: ranks, readers: readers)
        let paths = places.map(\.path)
        defer { withExtendedLifetime(places) {} }
        return try InProcessCommunicator.run(ranks: ranks) { world in
            let configuration = try Configuration(
                yaml: Self.configuration, name: "x", overrides: overrides(world.rank))
            do {
                let experiment = try Experiment(configuration, dataRoot: paths[world.rank], over: world)
                try world.barrier()
                try experiment.free()
                return ""
            } catch let error as AgreedError {
                return error.message.replacingOccurrences(of: paths[world.rank], with: "OWN")
            }
        }
    }

    func testTheConfigurationSaysWhoReads() throws {
        XCTAssertEqual(try messages(ranks: 3, readers: [0]) { _ in [] }, ["", "", ""])
        // Without shared memory every rank reads, unless the first one sends.
        let apart = try messages(ranks: 3, readers: [0, 2]) { _ in ["data.sharedMemory=false"] }
        XCTAssertTrue(apart[1].hasPrefix("OWN/images: expected a file, found none; "), "\(apart)")
        XCTAssertTrue(apart[0].hasSuffix(String(apart[1].dropFirst(3))), "\(apart)")
        XCTAssertEqual(apart[0], apart[2])
        XCTAssertEqual(try messages(ranks: 3, readers: [0, 1, 2]) { _ in ["data.sharedMemory=false"] }, ["", "", ""])
        XCTAssertEqual(
            try messages(ranks: 3, readers: [0]) { _ in ["data.sharedMemory=false", "data.broadcast=true"] },
            ["", "", ""])
        // The files of a rank that does not read are of no use.
        let lacking = try messages(ranks: 3, readers: [1, 2]) { _ in ["data.broadcast=true"] }
        XCTAssertTrue(lacking[0].hasPrefix("OWN/images: expected a file, found none; "), "\(lacking)")
        XCTAssertEqual(lacking[1], lacking[2])
        XCTAssertTrue(lacking[1].hasSuffix(String(lacking[0].dropFirst(3))), "\(lacking)")
    }

    /// Ranks that would take part in different exchanges are told so instead of waiting for each other.
    func testUnlikeSharingIsToldOnAllRanks() throws {
        for key in ["data.broadcast=true", "data.sharedMemory=false"] {
            let found = try messages(ranks: 3, readers: [0, 1, 2]) { $0 == 1 ? [key] : [] }
            XCTAssertEqual(
                Set(found),
                ["data: format, sharedMemory and broadcast must be the same on all ranks; give all ranks the same one"])
        }
    }

    func testMemoryIsThatOfSamplesAndArenas() throws {
        let places = try directories(ranks: 3, readers: [0])
        let paths = places.map(\.path)
        let uses = try InProcessCommunicator.run(ranks: 3) { world in
            let experiment = try Experiment(
                try Configuration(yaml: Self.configuration, name: "x", overrides: ["optimizer={name: adam}"]),
                dataRoot: paths[world.rank], over: world)
            let use = try experiment.memory()
            try world.barrier()
            return (use, experiment.replica.network.layout.count)
        }
        withExtendedLifetime(places) {}
        for (use, count) in uses {
            XCTAssertEqual(use.ranksOfNode, 3)
            // Training and test images of 600 bytes, 50 labels of four, and the indices of 40 and 10 samples: whole lines.
            XCTAssertEqual(use.sharedSamples, 2 * 640 + 2 * 256 + 192 + 64)
            XCTAssertEqual(use.ownSamples, 0)
            XCTAssertEqual(use.parameters, 4 * count)
            XCTAssertEqual(use.optimizerState, 2 * 4 * count)
            XCTAssertEqual(use.average, 4 * count)
            XCTAssertEqual(use.kept, 4 * 4 * count)
            XCTAssertEqual(use.gradient, 4 * count)
            XCTAssertGreaterThan(use.activations, 3 * 12 * 4)
            XCTAssertEqual(use.perRank, (use.sharedSamples + 32 * count) / 3 + 4 * count + use.activations)
        }
    }
}

extension LoadedData {
    /// Bits of all samples and labels.
    fileprivate var bits: [UInt32] {
        [train, validation, test].compactMap(\.self).flatMap { dataset in
            let indices = Array(0..<dataset.count)
            var features = [Float](repeating: 0, count: dataset.count * dataset.featureCount)
            var labels = [Int32](repeating: 0, count: dataset.count)
            var featureSpan = features.mutableSpan
            var labelSpan = labels.mutableSpan
            indices.withUnsafeBufferPointer {
                dataset.copyBatch(Span(_unsafeElements: $0), into: &featureSpan, labels: &labelSpan)
            }
            return features.map(\.bitPattern) + labels.map { UInt32($0) }
        }
    }
}
