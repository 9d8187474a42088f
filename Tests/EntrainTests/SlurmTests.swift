import Foundation
import MPITestSupport
import XCTest

/// The batch script on a Slurm cluster of two nodes, which the test makes on this machine.
final class SlurmTests: XCTestCase {
    private static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Slurm/\(name)")
            .standardizedFileURL.path
    }

    private func process(_ arguments: [String], in command: EntrainCommand) -> Process {
        let process = command.process(ranks: nil, [])
        process.executableURL = URL(fileURLWithPath: Self.script("slurm-cluster.sh"))
        process.arguments = arguments
        return process
    }

    /// By `sbatch` on 2 nodes × 2 tasks; `scancel --signal` makes it keep a checkpoint, and it is queued again and comes to the
    /// weights of a run by `srun --mpi=pmix`.
    func testAJobIsQueuedAgainAndGoesOn() throws {
        let command = try EntrainCommand()
        let probe = try Launcher.run(process(["sinfo"], in: command), limit: 60)
        try XCTSkipIf(probe.status != 0, "cannot start a Slurm cluster: \(probe.standardError)")
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "srun starts Open MPI")
        try command.write(
            "run.yaml",
            """
            data: {format: digits}
            model: {layers: [{convolution: {channels: 8, kernel: 3}}, batchNormalization, relu, flatten, {dropout: {rate: 0.2}}, {dense: {units: 10}}]}
            training: {batch: 32, epochs: 30}
            output: {plot: false, stepsLog: true}

            """)
        let entrain = Launcher.processAlone("entrain", []).executableURL!.path
        let outcome = try Launcher.run(
            process(
                [Self.script("requeue.sh"), entrain, command.path("run.yaml"), command.folder], in: command), limit: 240
        )
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        let lines = outcome.standardOutput.split(separator: "\n").map(String.init)
        let log = (try? String(contentsOfFile: command.path("job.txt"), encoding: .utf8)) ?? "no output of the job"
        guard lines.count == 5 else { return XCTFail("\(lines) \(outcome.standardError) \(log)") }
        XCTAssertEqual(Array(lines[..<3]), ["whole: 0", "job: COMPLETED", "restarts: 1"], log)
        XCTAssertEqual(lines[3].prefix(64), lines[4].prefix(64))
        XCTAssertTrue(log.contains("interrupted after step ") && log.contains("queued again"), log)
        let ranks = log.components(separatedBy: " parameters; ").dropFirst().map { $0.prefix { $0 != ";" } }
        XCTAssertEqual(ranks, ["4 ranks", "4 ranks"], log)
        XCTAssertTrue(log.contains("continuing after step "), log)
    }

    /// An array of jobs, each on another number of ranks.
    func testAnArrayMeasuresNumbersOfRanks() throws {
        let command = try EntrainCommand()
        let probe = try Launcher.run(process(["true"], in: command), limit: 60)
        try XCTSkipIf(probe.status != 0, "cannot start a Slurm cluster: \(probe.standardError)")
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "srun starts Open MPI")
        let entrain = Launcher.processAlone("entrain", []).executableURL!.path
        let outcome = try Launcher.run(
            process(
                [Self.script("scaling-array.sh"), entrain, EntrainCommand.digits, command.folder], in: command),
            limit: 120)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertEqual(outcome.standardOutput, "1: 1\n2: 1\n4: 1\n", outcome.standardError)
    }

    /// Outside of a job the script looks before it submits.
    func testWhatWouldNotRunIsNotSubmitted() throws {
        let command = try EntrainCommand()
        let script = EntrainCommand.configuration("../launch/slurm.sbatch")
        func refused(_ arguments: [String], _ environment: [String: String] = [:]) throws -> String {
            let process = command.process(ranks: nil, [])
            process.executableURL = URL(fileURLWithPath: script)
            process.arguments = arguments
            process.environment?["ENTRAIN"] = Launcher.processAlone("entrain", []).executableURL!.path
            process.environment?["SLURM_JOB_ID"] = nil
            process.environment?.merge(environment) { $1 }
            let outcome = try Launcher.run(process, limit: 30)
            XCTAssertEqual(outcome.status, 1, outcome.standardError)
            return outcome.standardError
        }
        XCTAssertTrue(try refused([]).contains("error: no configuration given"))
        let none = command.path("none.yaml")
        XCTAssertTrue(try refused(["none.yaml"]).contains("error: no configuration '\(none)'"))
        XCTAssertTrue(try refused([EntrainCommand.digits], ["ENTRAIN": "/none"]).contains("error: no program '/none'"))
        let missing = try refused([EntrainCommand.configuration("mnist-mlp.yaml"), "--data", command.folder])
        XCTAssertTrue(missing.contains("train-images") && missing.contains("the job would not run; see above"), missing)
    }

    /// What the scripts for other batch systems share: the run is told to end before the time limit, or with the script.
    func testARunIsToldToEndBeforeTheLimit() throws {
        let command = try EntrainCommand()
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the scripts start Open MPI")
        let launch = EntrainCommand.configuration("../launch")
        let metrics = command.path("told/metrics.jsonl")
        for (seconds, output) in [(3, "limit"), (0, "told")] {
            let process = command.process(ranks: nil, [])
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.environment?["ENTRAIN"] = Launcher.processAlone("entrain", []).executableURL!.path
            process.arguments = [
                "-c",
                "source \(launch)/environment.sh; source \(launch)/batch.sh; run_until \(seconds) 2 \"$@\"; exit $status",
                "bash",
                EntrainCommand.digits, "--output", output, "--set", "training.epochs=1000000", "--set",
                "output.plot=false",
            ]
            let outcome = try Launcher.run(process, limit: 60) { script in
                guard seconds == 0 else { return }
                DispatchQueue.global().async {
                    for _ in 0..<3000 {
                        if let text = try? String(contentsOfFile: metrics, encoding: .utf8), !text.isEmpty { break }
                        usleep(10_000)
                    }
                    kill(script, SIGTERM)
                }
            }
            XCTAssertEqual(outcome.status, 75, outcome.standardError)
            XCTAssertTrue(outcome.standardError.contains("interrupted after step "), outcome.standardError)
            XCTAssertEqual(command.files(in: "\(output)/checkpoints").filter { !$0.contains("/") }.count, 1)
        }
    }
}
