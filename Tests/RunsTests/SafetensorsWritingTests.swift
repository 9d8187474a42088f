import Foundation
import Runs
import TrainingTestSupport
import XCTest

final class SafetensorsWritingTests: XCTestCase {
    private let small = SafetensorsFile(tensors: [.init(name: "x", shape: [1], values: [1])])
    private let large = SafetensorsFile(
        tensors: [.init(name: "x", shape: [1 << 18], values: [Float](repeating: 1, count: 1 << 18))])

    func testReplacesAnOlderFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("model.safetensors")
        try large.write(to: path)
        try small.write(to: path)
        XCTAssertEqual(try SafetensorsFile(path: path), small)
        XCTAssertEqual(try directory.contents(), ["model.safetensors"])
    }

    /// A limit on the size of files stands for the full disk: write fails in the middle of the values.
    func testAFailedWriteLeavesTheOldFileAndNothingElse() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("model.safetensors")
        try small.write(to: path)

        var limit = rlimit()
        XCTAssertEqual(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit), 0)
        let previousHandler = signal(SIGXFSZ, SIG_IGN)
        var lowered = limit
        lowered.rlim_cur = 1 << 17
        XCTAssertEqual(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &lowered), 0)
        let result = Result { try large.write(to: path) }
        XCTAssertEqual(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit), 0)
        signal(SIGXFSZ, previousHandler)

        XCTAssertThrowsError(try result.get()) { XCTAssertEqual("\($0)", "\(path): cannot write: File too large") }
        XCTAssertEqual(try SafetensorsFile(path: path), small)
        XCTAssertEqual(try directory.contents(), ["model.safetensors"])
    }

    func testADirectoryThatIsNotThereOrInTheWay() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.file("none/model.safetensors")
        XCTAssertThrowsError(try small.write(to: missing)) {
            XCTAssertEqual("\($0)", "\(missing): cannot create: No such file or directory")
        }
        let taken = directory.file("taken")
        try FileManager.default.createDirectory(atPath: taken + "/x", withIntermediateDirectories: true)
        XCTAssertThrowsError(try small.write(to: taken)) {
            XCTAssertEqual("\($0)", "\(taken): cannot replace: Is a directory")
        }
        XCTAssertEqual(try directory.contents(), ["taken"])
    }

    func testAReadOnlyDirectory() throws {
        try XCTSkipIf(geteuid() == 0, "root may write to read-only directories")
        let directory = try TemporaryDirectory()
        chmod(directory.path, 0o555)
        let path = directory.file("model.safetensors")
        XCTAssertThrowsError(try small.write(to: path)) {
            XCTAssertEqual("\($0)", "\(path): cannot create: Permission denied")
        }
        chmod(directory.path, 0o755)
        XCTAssertEqual(try directory.contents(), [])
    }

    /// Python's own safetensors reads what is written here, and the other way round.
    func testRoundTripWithPython() throws {
        try XCTSkipUnless(
            try Python.run("import numpy, safetensors.numpy").status == 0,
            "\(Python.name) cannot import numpy and safetensors; ENTRAIN_PYTHON may name an interpreter that can")

        let directory = try TemporaryDirectory()
        let (ours, theirs) = (directory.file("ours"), directory.file("theirs"))
        let file = SafetensorsFile(
            tensors: [
                .init(name: "layers.0.weight", shape: [2, 3], values: [1, 2, 3, 4, 5, 6.5]),
                .init(name: "steps", shape: [], values: .int64([12_345_678_901])),
                .init(name: "rate", shape: [1], values: .float64([0.1])),
                .init(name: "empty", shape: [0, 2], values: []),
            ], metadata: ["text": "\"ü\\\n"])
        try file.write(to: ours)
        let script = """
            import sys, numpy as np
            from safetensors import safe_open
            from safetensors.numpy import save_file
            with safe_open(sys.argv[1], framework="np") as f:
                assert f.metadata() == {"text": '"ü\\\\\\n'}, f.metadata()
                t = {k: f.get_tensor(k) for k in f.keys()}
            assert sorted(t) == ["empty", "layers.0.weight", "rate", "steps"], t
            assert t["layers.0.weight"].dtype == np.float32 and t["layers.0.weight"].tolist() == [[1, 2, 3], [4, 5, 6.5]], t
            assert t["steps"].dtype == np.int64 and t["steps"].shape == () and int(t["steps"]) == 12345678901, t
            assert t["rate"].dtype == np.float64 and t["rate"].tolist() == [0.1], t
            assert t["empty"].shape == (0, 2), t
            save_file(t, sys.argv[2], metadata={"text": '"ü\\\\\\n'})
            """
        let (status, output) = try Python.run(script, ours, theirs)
        XCTAssertEqual(status, 0, output)
        let read = try SafetensorsFile(path: theirs)
        XCTAssertEqual(read.metadata, file.metadata)
        XCTAssertEqual(read.tensors.sorted { $0.name < $1.name }, file.tensors.sorted { $0.name < $1.name })
    }
}
