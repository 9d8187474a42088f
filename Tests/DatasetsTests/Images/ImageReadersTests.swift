import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Threads that read images ahead, and what decides where samples are.
final class ImageReadersTests: XCTestCase {
    private typealias DefaultAttributes = @convention(c) (UnsafeMutablePointer<pthread_attr_t>) -> CInt

    /// Runs `body` while the system starts no thread: each would have a larger stack than there are addresses.
    private func withoutNewThreads(_ body: () -> Void) throws {
        let names = ["pthread_getattr_default_np", "pthread_setattr_default_np"]
        let symbols = names.compactMap { dlsym(dlopen(nil, RTLD_NOW), $0) }
        try XCTSkipIf(symbols.count < 2, "this C library has no default for the stacks of threads")
        let (get, set) = (
            unsafeBitCast(symbols[0], to: DefaultAttributes.self), unsafeBitCast(symbols[1], to: DefaultAttributes.self)
        )
        var (usual, impossible) = (pthread_attr_t(), pthread_attr_t())
        XCTAssertEqual(get(&usual), 0)
        pthread_attr_init(&impossible)
        pthread_attr_setstacksize(&impossible, 1 << 48)
        XCTAssertEqual(set(&impossible), 0)
        defer { XCTAssertEqual(set(&usual), 0) }
        body()
    }

    func testReadersThatCannotBeStartedAreNotWaitedFor() throws {
        let folder = try TemporaryFolder()
        for (name, first) in [("a/1.png", 10), ("a/2.png", 20), ("b/1.png", 30)] {
            let parent = URL(fileURLWithPath: folder.path + "/" + name).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try folder.write(name, png((0..<18).map { UInt8(first + $0) }, width: 3, height: 2))
        }
        func load(_ memory: ImageMemory) throws -> LoadedData {
            var form = ImageForm(height: 2, width: 3)
            form.memory = memory
            return try ImageFiles(train: .init(directory: folder.path), test: .fraction(0.3), form: form)
                .load(root: folder.path, options: LoadOptions(standardization: .off, seed: 1))
        }
        let train = try load(.stream).train
        XCTAssertTrue(train.readsFiles)
        let indices = Array(0..<train.count)
        try withoutNewThreads { train.expect(indices.span) }
        XCTAssertEqual(batch(train, indices).features, batch(try load(.read).train, indices).features)
        XCTAssertNil(train.readFailure)
        // Waits for the readers that there are.
        train.endReading()
    }

    func testCopiesOfRanksCount() {
        for (copies, streams) in [(1, false), (2, false), (3, true), (64, true)] {
            XCTAssertEqual(ImageMemory.auto.streams(100, copies: copies, memory: 400), streams, "\(copies)")
            XCTAssertTrue(ImageMemory.stream.streams(1, copies: copies, memory: 400))
            XCTAssertFalse(ImageMemory.read.streams(1 << 40, copies: copies, memory: 400))
        }
    }
}
