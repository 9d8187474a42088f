import DataFilesTestSupport
import Datasets
import Foundation
import MPI
import Runs
import Training
import TrainingTestSupport
import XCTest

/// Files of images that ranks decode together, and those that are decoded while they are trained on.
final class StreamedImagesTests: XCTestCase {
    private static let configuration = """
        seed: 5
        data:
          format: images
          train: {directory: train}
          test: {directory: test}
          validation: 0.2
          images: {size: [6, 5], corrupt: skip}
        model: {preset: mlp, hidden: [8]}
        training: {batch: 6, epochs: 2}
        learningRate: {schedule: constant, rate: 0.05}
        """

    /// How ranks lie on nodes: the node of a rank.
    private let placements: [@Sendable (Int) -> Int] = [{ _ in 0 }, { $0 }, { $0 / 2 }]

    /// An image that differs from others in every pixel.
    private func image(_ number: Int) -> [UInt8] {
        let (width, height) = (5 + number % 4, 6 + number % 3)
        return png(
            (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* (number &+ 3) &+ 7 &* number) },
            width: width,
            height: height)
    }

    private func write(_ bytes: [UInt8], _ name: String, in directory: TemporaryDirectory) throws {
        let path = URL(fileURLWithPath: directory.file(name))
        try FileManager.default.createDirectory(
            at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: path)
    }

    /// Folders of three classes, and archives of the same images in the same order; two files of the folders are damaged.
    private func photos() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (folder, count) in [("train", 33), ("test", 13)] {
            var archived: [(name: String, bytes: [UInt8])] = []
            for number in 0..<count {
                let name = "\("abc".dropFirst(number * 3 / count).prefix(1))/\(100 + number).png"
                let bytes = image(number * (folder == "test" ? 7 : 1))
                try write(bytes, "\(folder)/\(name)", in: directory)
                archived += [(name, bytes), (name.replacing(".png", with: ".cls"), Array(name.utf8.prefix(1)))]
            }
            let half = archived.count / 4 * 2
            for (part, files) in [archived[..<half], archived[half...]].enumerated() {
                try write(tar(Array(files)), "\(folder)\(part).tar", in: directory)
            }
            for name in ["a/000.png", "b/1055.png"] {
                try write(Array(image(3).dropLast(30)), "\(folder)/\(name)", in: directory)
            }
        }
        return directory
    }

    private static let shards = [
        "data.train={shards: [train0.tar, train1.tar]}", "data.test={shards: [test0.tar, test1.tar]}",
    ]

    /// By the seed, of one source.
    private static let split = ["data.test=null", "data.split={testFraction: 0.3}"]

    private struct Loaded: Equatable, Sendable {
        var bits: [UInt32]
        var standardization: Standardization?
        var digests: [String: String]
        var notes: [String]
        var split: DataMeaning
    }

    private func load(
        _ path: String, ranks: Int, _ overrides: [String], placement: @escaping @Sendable (Int) -> Int = { _ in 0 }
    ) throws -> [Loaded] {
        try InProcessCommunicator.run(ranks: ranks) { world in
            let configuration = try Configuration(yaml: Self.configuration, name: "x", overrides: overrides)
            let node = try world.split(color: placement(world.rank), key: 0)!
            let data = try configuration.loadData(root: path, over: world, node: node)
            let samples = data.samples
            XCTAssertEqual(samples.train.readsFiles, overrides.contains("data.images.memory=stream"))
            let loaded = Loaded(
                bits: samples.bits, standardization: samples.standardization, digests: samples.digests,
                notes: Array(samples.notes.dropFirst()), split: samples.meaning)
            try world.barrier()
            try data.free()
            return loaded
        }
    }

    /// Whoever decodes a file, and whenever: samples, statistics, what was left out and what tells the set from others are the same.
    func testSamplesAreTheSameAtAnyNumberOfRanks() throws {
        let directory = try photos()
        let path = directory.path
        let kinds = [[], Self.shards]
        for kind in kinds {
            let expected = try load(path, ranks: 1, kind + ["data.images.memory=read"])[0]
            XCTAssertEqual(expected.notes.count, 2)
            XCTAssertEqual(expected.notes[0].contains("2 of 35 cannot be decoded"), kind.isEmpty, expected.notes[0])
            for memory in ["read", "stream", "auto"] {
                for ranks in 1...3 {
                    for (number, placement) in placements.enumerated() {
                        let found = try load(
                            path, ranks: ranks, kind + ["data.images.memory=\(memory)"], placement: placement)
                        for loaded in found {
                            XCTAssertEqual(loaded, expected, "\(memory), \(ranks) ranks, placement \(number), \(kind)")
                        }
                    }
                }
            }
        }
        // Archives have the images of the folders, without those that are damaged.
        let (folder, archives) = (try load(path, ranks: 2, [])[0], try load(path, ranks: 2, Self.shards)[0])
        XCTAssertEqual(folder.bits, archives.bits)
        withExtendedLifetime(directory) {}
    }

    /// The part of the first of three ranks has no image that can be decoded.
    func testARankWithoutAnImage() throws {
        let directory = try photos()
        let names = (0..<20).map { "train/a/0\(10 + $0).png" }
        for name in names { try write(Array(image(3).dropLast(30)), name, in: directory) }
        for overrides in [[], ["data.standardize=false", "data.test=null", "data.split={testFraction: 0.3}"]] {
            let expected = try load(directory.path, ranks: 1, overrides + ["data.images.memory=stream"])[0]
            XCTAssertTrue(expected.notes[0].contains("of 55 cannot be decoded"), expected.notes[0])
            for loaded in try load(directory.path, ranks: 3, overrides + ["data.images.memory=stream"]) {
                XCTAssertEqual(loaded, expected)
            }
        }
    }

    /// What lies before the place that a rank has come to in a compressed archive is read from its beginning again.
    func testACompressedArchiveOfTwoSets() throws {
        let directory = try photos()
        for part in 0..<2 {
            let archive = try Data(contentsOf: URL(filePath: directory.file("train\(part).tar")))
            try write(gzip(Array(archive)), "train\(part).tar.gz", in: directory)
        }
        func shards(_ ending: String) -> [String] {
            [
                "data.train={shards: [train0.tar\(ending), train1.tar\(ending)]}",
                "data.test={shards: [train1.tar\(ending)]}",
            ]
        }
        for ranks in 1...3 {
            let (plain, packed) = (
                try load(directory.path, ranks: ranks, shards("")),
                try load(directory.path, ranks: ranks, shards(".gz"))
            )
            XCTAssertEqual(packed.map(\.bits), plain.map(\.bits), "\(ranks) ranks")
        }
    }

    /// Memory of names and places goes when nobody looks them up any more.
    func testDataAreFreedWhileImagesAreReadAhead() throws {
        let directory = try photos()
        let path = directory.path
        try InProcessCommunicator.run(ranks: 2) { world in
            let configuration = try Configuration(
                yaml: Self.configuration, name: "x", overrides: ["data.images.memory=stream"])
            let data = try configuration.loadData(root: path, over: world, node: world)
            for set in [data.samples.train, data.samples.test] { set.expect(Array(0..<set.count).span) }
            try world.barrier()
            try data.free()
        }
        withExtendedLifetime(directory) {}
    }

    /// Weights that were trained one way know the images that were held out when they are evaluated the other way.
    func testImagesHeldOutAreKnownEitherWay() throws {
        let directory = try photos()
        for pair in [("read", "stream"), ("stream", "read"), ("stream", "stream")] {
            func configuration(_ memory: String) throws -> Configuration {
                let text = Self.configuration.replacing("  test: {directory: test}\n", with: "")
                return try Configuration(yaml: text, name: "x", overrides: ["data.images.memory=\(memory)"])
            }
            let trained = try configuration(pair.0).loadData(root: directory.path)
            let evaluated = try configuration(pair.1).loadData(
                root: directory.path, standardization: trained.standardization, meaning: trained.meaning)
            XCTAssertEqual(evaluated.evaluated?.choice, .heldOut, "\(pair)")
            XCTAssertEqual(evaluated.test.digest, trained.test.digest, "\(pair)")
        }
    }

    /// Losses of all steps, as bits, and the last parameters of an experiment.
    private func train(_ path: String, ranks: Int, _ overrides: [String]) throws -> [UInt64] {
        let found = try InProcessCommunicator.run(ranks: ranks) { world in
            let configuration = try Configuration(yaml: Self.configuration, name: "x", overrides: overrides)
            let experiment = try Experiment(configuration, dataRoot: path, over: world)
            var numbers: [UInt64] = []
            try experiment.train(observedBy: [
                ClosureObserver(
                    onStep: { numbers.append($0.loss.bitPattern) },
                    onCycle: { numbers.append(($0.test?.predictions.loss ?? 0).bitPattern) })
            ])
            numbers.append(experiment.replica.update.parameterHash)
            try world.barrier()
            try experiment.free()
            return numbers
        }
        XCTAssertEqual(Set(found).count, 1)
        return found[0]
    }

    func testTrainingIsThatOfSamplesInMemory() throws {
        let directory = try photos()
        let changes = [
            [], ["data.augmentation={crop: 1, flip: true, cutout: 2}"],
            ["data.augmentation={flip: true, mixup: {alpha: 0.4}, cutmix: {alpha: 1}}"],
        ]
        for change in changes {
            for ranks in 1...2 {
                let expected = try train(directory.path, ranks: ranks, change + ["data.images.memory=read"])
                XCTAssertEqual(expected.count, 2 * 5 + 2 + 1)
                for readers in [1, 3] {
                    let settings = ["data.images.memory=stream", "data.images.readers=\(readers)"]
                    let found = try train(directory.path, ranks: ranks, change + settings)
                    XCTAssertEqual(found, expected, "\(ranks) ranks, \(readers) threads, \(change)")
                }
            }
            let pieces = ["training.microBatch=2"]
            XCTAssertEqual(
                try train(directory.path, ranks: 2, change + pieces + ["data.images.memory=stream"]),
                try train(directory.path, ranks: 2, change + pieces))
        }
    }

    /// A training on two ranks whose files are changed when it has looked at them; the messages of the ranks.
    private func messages(
        _ directory: TemporaryDirectory, _ overrides: [String], _ change: @escaping @Sendable () throws -> Void
    ) throws -> [String] {
        let path = directory.path
        let settings = overrides + ["data.images.memory=stream"]
        return try InProcessCommunicator.run(ranks: 2) { world in
            let configuration = try Configuration(yaml: Self.configuration, name: "x", overrides: settings)
            let experiment = try Experiment(configuration, dataRoot: path, over: world)
            try world.agree { if world.rank == 0 { try change() } }
            do {
                try experiment.train()
                return ""
            } catch let error as AgreedError {
                return error.message.replacing(path + "/", with: "")
            }
        }
    }

    func testFilesThatChangeAreNamedOnAllRanks() throws {
        var directory = try photos()
        var file = directory.file("train/b/115.png")
        XCTAssertEqual(
            try messages(directory, []) { [file] in try FileManager.default.removeItem(atPath: file) },
            Array(
                repeating:
                    "train/b/115.png: expected the file that was there when the images were listed, found none; leave the "
                    + "files as they are while they are in use, and start again", count: 2))
        directory = try photos()
        file = directory.file("train/b/115.png")
        let damaged = Data(image(15).dropLast(30))
        XCTAssertEqual(
            try messages(directory, []) { [file] in try damaged.write(to: URL(fileURLWithPath: file)) },
            Array(
                repeating:
                    "train/b/115.png: expected the image that could be decoded at the beginning, found the end of the file in "
                    + "it; leave the files as they are while they are in use, and start again", count: 2))
        // Found by an evaluation.
        directory = try photos()
        file = directory.file("test/b/107.png")
        XCTAssertEqual(
            try messages(directory, []) { [file] in try FileManager.default.removeItem(atPath: file) }.map {
                $0.prefix(16)
            }, ["test/b/107.png: ", "test/b/107.png: "])
        directory = try photos()
        file = directory.file("train1.tar")
        let found = try messages(directory, Self.shards) { [file] in
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
            try handle.truncate(atOffset: 2048)
        }
        XCTAssertTrue(found[0].hasPrefix("train1.tar: expected "), found[0])
        XCTAssertTrue(found[0].contains("as when it was listed, found 2048"), found[0])
        XCTAssertEqual(found[0], found[1])
    }

    /// Without statistics of their own, files are looked at only when they are trained on.
    func testDamagedFilesAreNamedWithoutALookBefore() throws {
        let directory = try photos()
        let settings = ["data.images.corrupt=refuse", "data.standardize=false", "data.images.memory=stream"]
        for ranks in 1...2 {
            let path = directory.path
            let found = try InProcessCommunicator.run(ranks: ranks) { world in
                let configuration = try Configuration(yaml: Self.configuration, name: "x", overrides: settings)
                do {
                    let experiment = try Experiment(configuration, dataRoot: path, over: world)
                    try experiment.train()
                    return ""
                } catch let error as AgreedError {
                    return error.message.replacing(path + "/", with: "")
                }
            }
            for message in found {
                XCTAssertTrue(message.hasPrefix("t"), message)
                XCTAssertTrue(
                    message.hasSuffix(
                        "000.png: expected an intact PNG image, found the end of the file in it; replace or remove it, or set "
                            + "data.images.corrupt to skip")
                        || message.contains("/b/1055.png: expected an intact PNG image"), message)
            }
        }
    }

    func testWhatCannotBeStreamedIsRefused() throws {
        let directory = try photos()
        try write(gzip(tar([("1.png", image(1)), ("1.cls", [0x61])])), "z.tar.gz", in: directory)
        let settings = [
            "data.train={shards: [z.tar.gz]}", "data.test={shards: [z.tar.gz]}", "data.images.memory=stream",
        ]
        let path = directory.path
        XCTAssertThrowsError(
            try Configuration(yaml: Self.configuration, name: "x", overrides: settings).loadData(root: path)
        ) {
            XCTAssertEqual(
                "\($0)".replacing(path + "/", with: ""),
                "z.tar.gz: expected an archive that is not compressed (data.images.memory: stream), found a compressed one, of which no "
                    + "part can be read by itself; decompress it, or set data.images.memory to read")
        }
        XCTAssertThrowsError(
            try Configuration(
                yaml: Self.configuration, name: "x", overrides: ["data.images.memory=stream", "data.broadcast=true"])
        ) { XCTAssertTrue("\($0)".contains("nodes without the files cannot stream them"), "\($0)") }
    }

    /// Ranks that share no memory have a copy each, and the machine all of them.
    func testCopiesOfRanksWithoutSharedMemoryAreCounted() throws {
        let directory = try photos()
        let path = directory.path
        for (sharedMemory, place) in [(true, "memory a node;"), (false, "memory a rank (3 ranks on this machine);")] {
            let notes = try InProcessCommunicator.run(ranks: 3) { world in
                let configuration = try Configuration(
                    yaml: Self.configuration, name: "x", overrides: ["data.sharedMemory=\(sharedMemory)"])
                let data = try configuration.loadData(root: path, over: world)
                let notes = data.samples.notes
                try world.barrier()
                try data.free()
                return notes
            }
            for notes in notes { XCTAssertTrue(notes[0].contains(place), notes[0]) }
        }
    }

    /// The memory of a rank is that of the samples announced, whatever the number of samples.
    func testMemoryIsThatOfWhatIsAnnounced() throws {
        let directory = try photos()
        let path = directory.path
        let uses = try InProcessCommunicator.run(ranks: 2) { world in
            let experiment = try Experiment(
                try Configuration(
                    yaml: Self.configuration, name: "x", overrides: ["data.images.memory=stream"]), dataRoot: path,
                over: world)
            let use = try experiment.memory()
            try world.barrier()
            return use
        }
        // Evaluations take 128 samples of 90 bytes at a time, here of two sets of files.
        XCTAssertEqual(uses.map(\.ownSamples), [2 * 128 * 90, 2 * 128 * 90])
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
            dataset.copyBatch(indices.span, into: &featureSpan, labels: &labelSpan)
            return features.map(\.bitPattern) + labels.map { UInt32($0) }
        }
    }
}
