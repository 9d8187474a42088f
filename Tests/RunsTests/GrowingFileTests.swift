import Foundation
import Runs
import TrainingTestSupport
import XCTest

final class GrowingFileTests: XCTestCase {
    private func rows(_ numbers: ClosedRange<Int>) -> String { numbers.map { "\($0),of some length\n" }.joined() }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// A limit for the size of files acts as a disk that is full, in the middle of a row.
    func testRowsThatCannotBeWrittenAreWrittenLaterInOrder() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("rows")
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        var low = limit
        low.rlim_cur = 1001
        let file = GrowingFile(path, header: "number,text\n")
        var failures = 0
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &low)
        for number in 1...100 {
            file.append(rows(number...number))
            do { try file.flush() } catch {
                failures += 1
                XCTAssertEqual("\(error)", "\(path): cannot write: File too large")
                XCTAssertTrue(error.isLackOfRoom)
            }
        }
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        XCTAssertGreaterThan(failures, 10)
        let whole = "number,text\n" + rows(1...100)
        let early = try text(path)
        XCTAssertTrue(whole.hasPrefix(early) && early.hasSuffix("\n") && early.utf8.count > 900, early)
        try file.flush()
        XCTAssertEqual(try text(path), whole)
    }

    func testAFileThatWasRemovedIsMadeAgain() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run/rows")
        let file = GrowingFile(path, header: "number,text\n")
        file.append(rows(1...1))
        XCTAssertThrowsError(try file.flush()) {
            XCTAssertEqual("\($0)", "\(path): cannot create: No such file or directory")
        }
        let run = directory.file("run")
        for last in 2...4 {
            try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
            file.append(rows(last...last))
            try file.flush()
            XCTAssertEqual(try text(path), "number,text\n" + rows(1...last))
            try FileManager.default.removeItem(atPath: run)
        }
        // Another file in its place is gone on with.
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
        try Data("number,text\nother\n".utf8).write(to: URL(fileURLWithPath: path))
        file.append(rows(5...5))
        try file.flush()
        XCTAssertEqual(try text(path), "number,text\nother\n" + rows(5...5))
    }

    func testCutsWhatIsInTheFileAndWhatWaits() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("rows")
        func keep(_ last: Int) -> (ArraySlice<UInt8>) -> Bool {
            { row in
                Int(String(decoding: row.prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self)).map { $0 <= last } ?? false
            }
        }
        for last in [0, 3, 7, 10] {
            try Data(("number,text\n" + rows(1...5) + "6,of so").utf8).write(to: URL(fileURLWithPath: path))
            let file = GrowingFile(path, header: "number,text\n")
            try file.cut(keeping: keep(5))
            for number in 6...8 { file.append(rows(number...number)) }
            try file.cut(keeping: keep(last))
            file.append(rows(99...99))
            try file.flush()
            XCTAssertEqual(
                try text(path),
                "number,text\n" + (1...8).filter { $0 <= last }.map { rows($0...$0) }.joined() + rows(99...99))
        }
    }
}
