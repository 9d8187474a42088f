import Foundation
import MPITestSupport
import XCTest

/// Signals to `launch/mpirun.sh`, with Open MPI.
final class LauncherSignalsTests: XCTestCase {
    /// The script with a program on two ranks, in the command's folder.
    private func process(
        _ command: EntrainCommand, _ program: [String], options: [String] = [], through: [String] = []
    ) throws -> Process {
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the script starts Open MPI")
        let process = command.process(ranks: nil, [])
        let script = [EntrainCommand.configuration("../launch/mpirun.sh"), "-n", "2"]
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = through + script + options + ["--"] + program
        return process
    }

    /// Ranks that leave a file each once they run, and run until they are ended.
    private func ranks(_ command: EntrainCommand, ignoring signals: String = "") throws -> [String] {
        try command.write(
            "rank.sh",
            "trap '' \(signals)\ntouch ready-$OMPI_COMM_WORLD_RANK\nexec sleep 1000\n")
        return ["bash", "rank.sh"]
    }

    private static func waitForRanks(in folder: String) {
        ResumeCommandTests.wait {
            [0, 1].allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/ready-\($0)") }
        }
    }

    /// The state of each process that works in the folder: the script's, mpirun's and the ranks'.
    private static func states(in folder: String) -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { Int32($0) != nil }.compactMap { process in
            let directory = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
            guard let directory, directory == folder,
                let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            else { return nil }
            let line = status.split(separator: "\n").first { $0.hasPrefix("State:") }
            return line?.split(separator: "\t").last.map { String($0.prefix(1)) }
        }
    }

    /// What heeds no signal is ended by force after the time that is told, mpirun and its ranks.
    func testWhatDoesNotHeedIsEndedByForce() throws {
        let command = try EntrainCommand()
        let folder = URL(fileURLWithPath: command.folder).resolvingSymlinksInPath().path
        let stubborn = try ranks(command, ignoring: "TERM INT HUP USR1 USR2 TSTP")
        let outcome = try Launcher.run(try process(command, stubborn, options: ["--grace", "1"]), limit: 60) { script in
            DispatchQueue.global().async {
                Self.waitForRanks(in: folder)
                kill(script, SIGTERM)
            }
        }
        XCTAssertNotEqual(outcome.status, 0)
        XCTAssertTrue(
            outcome.standardError.contains(
                "'bash' is asked to keep a checkpoint and end; it is ended by force in 1 s, or at a second Ctrl-C or SIGTERM\n"
                    + "'bash' has not ended; ending it by force\n"), outcome.standardError)
        XCTAssertEqual(Self.states(in: folder), [])
    }

    /// Without its mpirun a job has ended: its ranks are not left alone.
    func testRanksThatHaveLostTheirLauncherAreEnded() throws {
        let command = try EntrainCommand()
        let folder = URL(fileURLWithPath: command.folder).resolvingSymlinksInPath().path
        let stubborn = try ranks(command, ignoring: "HUP USR1")
        let outcome = try Launcher.run(try process(command, stubborn), limit: 60) { script in
            DispatchQueue.global().async {
                Self.waitForRanks(in: folder)
                // mpirun ends its ranks on any signal that it can catch.
                ResumeCommandTests.send(SIGKILL, toChild: 0, of: script)
            }
        }
        XCTAssertEqual(outcome.status, 137, outcome.standardError)
        XCTAssertEqual(Self.states(in: folder), [])
    }

    /// Ctrl-Z stops all of a job, and it goes on with `fg`.
    func testAJobIsSuspendedAsAWhole() throws {
        let command = try EntrainCommand()
        let folder = URL(fileURLWithPath: command.folder).resolvingSymlinksInPath().path
        let outcome = try Launcher.run(try process(command, try ranks(command)), limit: 60) { script in
            DispatchQueue.global().async {
                Self.waitForRanks(in: folder)
                kill(script, SIGTSTP)
                ResumeCommandTests.wait { Self.states(in: folder).allSatisfy { $0 == "T" } }
                // The script, mpirun and the ranks; now and then a rank has just begun to sleep, in a process more.
                let count = Self.states(in: folder).count
                XCTAssertGreaterThanOrEqual(count, 4)
                XCTAssertEqual(Self.states(in: folder), Array(repeating: "T", count: count))
                kill(script, SIGCONT)
                ResumeCommandTests.wait { !Self.states(in: folder).contains("T") }
                XCTAssertEqual(Self.states(in: folder).count, count)
                kill(script, SIGTERM)
            }
        }
        // USR1, which these ranks do not heed but end by.
        XCTAssertEqual(outcome.status, 138, outcome.standardError)
        XCTAssertEqual(Self.states(in: folder), [])
    }

    /// The end of the terminal lets training keep a checkpoint, but under `nohup` costs nothing.
    func testTheEndOfTheTerminal() throws {
        let command = try EntrainCommand()
        let folder = URL(fileURLWithPath: command.folder).resolvingSymlinksInPath().path
        try command.write(
            "run.yaml",
            "data: {format: digits}\nmodel: {preset: mlp}\ntraining: {epochs: 1000000}\noutput: {plot: false, stepsLog: true}\n"
        )
        let entrain = Launcher.processAlone("entrain", []).executableURL!.path
        @Sendable func steps(_ run: String) -> Int {
            ResumeCommandTests.lastStep(in: "\(folder)/\(run)/steps.csv") ?? 0
        }
        for (run, through) in [("plain", []), ("kept", ["nohup"])] {
            let program = [entrain, "train", "run.yaml", "--output", run]
            let outcome = try Launcher.run(try process(command, program, through: through), limit: 60) { script in
                DispatchQueue.global().async {
                    ResumeCommandTests.wait { steps(run) > 50 }
                    // More than once, as a shell and the kernel do.
                    for _ in 0..<3 { kill(script, SIGHUP) }
                    if run == "kept" {
                        let done = steps(run)
                        ResumeCommandTests.wait { steps(run) > done + 100 }
                        XCTAssertGreaterThan(steps(run), done + 100)
                        kill(script, SIGTERM)
                    }
                }
            }
            XCTAssertEqual(outcome.status, 75, outcome.standardError)
            XCTAssertTrue(outcome.standardError.contains("interrupted after step"), outcome.standardError)
            XCTAssertFalse(command.files(in: "\(run)/checkpoints").isEmpty)
        }
        XCTAssertEqual(Self.states(in: folder), [])
    }
}
