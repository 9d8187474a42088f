import Foundation
import Logging
import MPI
import Runs
import TrainingTestSupport
import XCTest

final class ChildProcessTests: XCTestCase {
    private func shell(
        _ script: String, input: [UInt8] = [], seconds: Double = 60, limit: Int = 1 << 26
    ) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            "/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin", "NAME": "value"], input: input,
            seconds: seconds, limit: limit)
    }

    /// Descriptors that are open after `body` and were not before. Other threads of the process, those of MPI, may open and
    /// close theirs meanwhile: what leaks one a repetition leaves as many as there are repetitions.
    private func opened(by body: () throws -> Void) throws -> [String] {
        func open() throws -> Set<String> {
            let directory = "/proc/self/fd"
            return Set(
                try FileManager.default.contentsOfDirectory(atPath: directory).compactMap { number in
                    // That of the listing is closed by now.
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(number)")).map {
                        "\(number) \($0)"
                    }
                })
        }
        let before = try open()
        try body()
        return try open().subtracting(before).sorted()
    }

    func testInputOutputAndEnds() throws {
        let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let copied = try shell("cat; echo $NAME >&2; exit 7", input: input)
        XCTAssertEqual(copied.end, .status(7))
        XCTAssertEqual(copied.output, input)
        XCTAssertEqual(copied.errors, Array("value\n".utf8))
        // One that reads nothing of what it is sent, and one that says more than is kept.
        XCTAssertEqual(try shell("exit 0", input: input).end, .status(0))
        XCTAssertEqual(try shell("head -c 1000000 /dev/zero", limit: 1000).output.count, 1000)
        XCTAssertEqual(try shell("kill -SEGV $$").end, .signal(SIGSEGV))
        XCTAssertThrowsError(try ChildProcess.run("/nowhere", environment: [:], seconds: 1)) {
            XCTAssertEqual("\($0)", "/nowhere: cannot start: No such file or directory")
        }
    }

    /// A child is not deaf to what this program ignores, and has none of its descriptors.
    func testSignalsAndDescriptorsAreNotHandedOn() throws {
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        XCTAssertEqual(try shell("kill -PIPE $$").end, .signal(SIGPIPE))
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        // Not in a pipeline, whose pipes the shell has open, and not as the last command, which takes the shell's place.
        XCTAssertEqual(try shell("ls /proc/$$/fd; :").output, Array("0\n1\n2\n".utf8))
    }

    func testOneThatHangsIsEndedWithWhatItHasStarted() throws {
        let hanging = try shell("sleep 1000 & echo $!; wait", seconds: 0.5)
        XCTAssertEqual(hanging.end, .tookTooLong)
        let child = try XCTUnwrap(
            Int32(String(decoding: hanging.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
        var isThere = true
        for _ in 0..<500 where isThere {
            let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            isThere = state.map { !$0.contains(") Z ") } ?? false
            if isThere { usleep(10_000) }
        }
        XCTAssertFalse(isThere)
    }

    func testNothingStaysOpen() throws {
        let repetitions = 20
        let bodies: [() throws -> Void] = [
            { _ = try self.shell("cat >&2; echo done", input: [1, 2, 3]) },
            { _ = try self.shell("sleep 1000", seconds: 0.01) },
            { _ = try? ChildProcess.run("/nowhere", environment: [:], seconds: 1) },
        ]
        for body in bodies {
            let opened = try opened { for _ in 0..<repetitions { try body() } }
            XCTAssertLessThan(opened.count, repetitions, "\(opened)")
        }
    }

    /// Plots, checkpoints and trainings leave no descriptor open, however many there are.
    func testARunLeavesNothingOpen() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        func train(_ name: String) throws {
            let configuration = try Configuration(
                yaml: """
                    data: {format: digits}
                    model: {preset: mlp, hidden: [8]}
                    training: {batch: 256, epochs: 2}
                    learningRate: {schedule: constant, rate: 0.1}
                    output: {stepsLog: true}
                    checkpoint: {cycle: true, best: true}
                    """, name: "digits")
            try InProcessCommunicator.run(ranks: 1) { communicator in
                let run = try TrainingRun(
                    configuration, file: "digits.yaml", dataRoot: nil, output: "\(path)/\(name)",
                    logger: Logger(label: "test"), over: communicator)
                try run.run(showsProgress: false)
            }
        }
        try train("first")
        let repetitions = 8
        let opened = try opened { for number in 1...repetitions { try train("\(number)") } }
        XCTAssertLessThan(opened.count, repetitions, "\(opened)")
    }
}
