import Foundation
import Runs
import Synchronization
import TrainingTestSupport
import XCTest

final class DirectoryLockTests: XCTestCase {
    private var host: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private func assertHeld(_ path: String, line: UInt = #line) {
        XCTAssertThrowsError(try DirectoryLock(path), line: line) {
            XCTAssertEqual(
                "\($0)",
                "\(path): is in use by process \(getpid()) on this host, \(host); wait for its end, or give another directory "
                    + "with --output", line: line)
        }
    }

    func testADirectoryIsForOneProcessAtATime() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a/b")
        try withExtendedLifetime(DirectoryLock(making: path)) { assertHeld(path) }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: path), [])
        _ = try DirectoryLock(path)
    }

    /// The file that a process leaves which is killed says nothing: who it names may be another by now.
    func testWhatAKilledProcessLeavesHoldsNothing() throws {
        let directory = try TemporaryDirectory()
        try Data("\(getppid()) \(host) 1\n".utf8).write(to: URL(fileURLWithPath: directory.file("lock")))
        try withExtendedLifetime(DirectoryLock(directory.path)) { assertHeld(directory.path) }
    }

    func testADirectoryThatIsRemovedIsNoticed() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run")
        let lock = try DirectoryLock(making: path)
        XCTAssertTrue(lock.isInPlace)
        try FileManager.default.removeItem(atPath: path)
        XCTAssertFalse(lock.isInPlace)
        XCTAssertThrowsError(try lock.retake()) {
            XCTAssertEqual("\($0)", "\(path): cannot write to the directory: No such file or directory")
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        XCTAssertFalse(lock.isInPlace)
        try lock.retake()
        XCTAssertTrue(lock.isInPlace)
        assertHeld(path)
        // Where another has taken the new one, it is that one's.
        try FileManager.default.removeItem(atPath: path)
        let other = try DirectoryLock(making: path)
        XCTAssertThrowsError(try lock.retake())
        XCTAssertTrue(other.isInPlace)
    }

    /// Each of many that begin at once, and end at once, has it alone.
    func testManyAtATime() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        let inside = Atomic(0)
        let most = Atomic(0)
        let failures = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<50 {
                guard let lock = try? DirectoryLock(path, patience: 60) else {
                    failures.add(1, ordering: .relaxed)
                    continue
                }
                most.max(inside.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                inside.subtract(1, ordering: .relaxed)
                withExtendedLifetime(lock) {}
            }
        }
        XCTAssertEqual(failures.load(ordering: .relaxed), 0)
        XCTAssertEqual(most.load(ordering: .relaxed), 1)
        XCTAssertEqual(try directory.contents(), [])
    }

    func testAutomaticDirectoriesNeverCollide() throws {
        let directory = try TemporaryDirectory()
        let (date, parent) = (Date(), directory.file("runs"))
        let paths = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { _ in
            let run = try? RunDirectory.create(forConfiguration: "c.yaml", under: parent, date: date)
            paths.withLock { $0.append(run?.path ?? "none") }
        }
        let made = paths.withLock { $0 }
        XCTAssertEqual(Set(made).count, 40)
        XCTAssertFalse(made.contains("none"))
    }

    func testTemporaryFilesOfKilledWritersAreRemoved() throws {
        let directory = try TemporaryDirectory()
        for name in ["model.safetensors.4711.partial", "metrics.jsonl", "notes.partial", "a.b.partial"] {
            try Data().write(to: URL(fileURLWithPath: directory.file(name)))
        }
        OutputFile.removeLeftovers(in: directory.path)
        XCTAssertEqual(try directory.contents(), ["a.b.partial", "metrics.jsonl", "notes.partial"])
    }
}
