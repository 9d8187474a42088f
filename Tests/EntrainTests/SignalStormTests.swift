import Foundation
import MPITestSupport
import XCTest

/// Signals to a run whose threads compute with a stack pointer that is none: handlers must not run on their stacks.
final class SignalStormTests: XCTestCase {
    /// Products of matrices of these sizes are those of oneDNN's own sgemm.
    private let experiment = """
        data: {format: synthetic, synthetic: {samples: 2000, testSamples: 200, shape: [1, 28, 28]}}
        model: {preset: mlp}
        training: {batch: 128, epochs: 20}
        learningRate: {bounds: {min: 0.001, max: 0.05}}
        output: {plot: false}

        """

    /// Signals with a handler, one after each other, and such that the system ignores: the weights are those of a run in peace.
    func testAStormOfSignalsChangesNothing() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        for (ranks, threads) in [(1, 1), (1, 2), (2, 1)] {
            let arguments = ["train", "run.yaml", "--set", "training.threads=\(threads)", "--output"]
            func weights(_ run: String) throws -> Data {
                try Data(contentsOf: URL(fileURLWithPath: command.path("\(run)/model.safetensors")))
            }
            let (calm, storm) = ("calm-\(ranks)-\(threads)", "storm-\(ranks)-\(threads)")
            try command.succeed(ranks: ranks, arguments + [calm])
            let process = command.process(ranks: ranks, arguments + [storm])
            let metrics = command.path("\(storm)/metrics.jsonl")
            let outcome = try Launcher.run(process, limit: 60) { launcher in
                DispatchQueue.global().async {
                    ResumeCommandTests.wait { FileManager.default.fileExists(atPath: metrics) }
                    let targets = ResumeCommandTests.children(of: launcher)
                    XCTAssertEqual(targets.count, ranks)
                    var sent = 0
                    while kill(launcher, 0) == 0 {
                        for target in targets { kill(target, [SIGUSR2, SIGCHLD, SIGUSR2, SIGWINCH][sent % 4]) }
                        sent += 1
                        usleep(1000)
                    }
                    XCTAssertGreaterThan(sent, 100)
                }
            }
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            XCTAssertEqual(try weights(storm), try weights(calm), "\(ranks) ranks of \(threads) threads")
        }
    }

    /// All threads but one have every signal blocked that another process can send without ending this one.
    func testOneThreadTakesSignals() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let process = command.process(
            ranks: 2,
            ["train", "run.yaml", "--output", "run"]
                + ["training.threads=2", "training.epochs=100000"].flatMap { ["--set", $0] })
        let metrics = command.path("run/metrics.jsonl")
        let outcome = try Launcher.run(process, limit: 60) { launcher in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { FileManager.default.fileExists(atPath: metrics) }
                for rank in ResumeCommandTests.children(of: launcher) {
                    let threads = Self.blockedSignals(of: rank)
                    // The main thread, oneDNN's second, the signals' own.
                    XCTAssertGreaterThanOrEqual(threads.count, 3)
                    for number in [
                        SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGALRM, SIGPROF, SIGTSTP, SIGIO,
                    ] {
                        let open = threads.filter { $0.value >> UInt64(number - 1) & 1 == 0 }
                        XCTAssertEqual(open.count, 1, "signal \(number): \(threads)")
                        XCTAssertNil(open[rank], "signal \(number) comes to the main thread")
                    }
                }
                ResumeCommandTests.send(SIGTERM, toChild: 0, of: launcher)
            }
        }
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
    }

    /// By thread.
    private static func blockedSignals(of process: Int32) -> [Int32: UInt64] {
        let tasks = "/proc/\(process)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        let pairs = threads.compactMap { thread -> (Int32, UInt64)? in
            let status = (try? String(contentsOfFile: "\(tasks)/\(thread)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
            guard let mask = line?.split(separator: "\t").last.flatMap({ UInt64($0, radix: 16) }) else { return nil }
            return (Int32(thread)!, mask)
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}
