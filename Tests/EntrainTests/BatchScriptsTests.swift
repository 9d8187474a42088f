import Foundation
import MPITestSupport
import XCTest

/// The scripts for batch systems, with the systems' commands played.
final class BatchScriptsTests: XCTestCase {
    private static let scripts = [
        "slurm.sbatch", "slurm-array-scaling.sbatch", "pbs.sh", "lsf.sh", "sge.sh", "flux.sh",
    ]
    private static let commands = [
        "sbatch", "srun", "scontrol", "qsub", "qstat", "qrerun", "bsub", "flux", "mpirun", "sleep",
    ]
    private var root: String { PlayedBatchSystem.root }
    private var program: String { PlayedBatchSystem.program }

    private func makeSystem() throws -> PlayedBatchSystem {
        let system = try PlayedBatchSystem(Self.commands)
        try FileManager.default.copyItem(atPath: EntrainCommand.digits, toPath: system.command.path("run.yaml"))
        return system
    }

    /// The directives of a script: a batch system reads them up to the first line that is no comment.
    private func directives(_ script: String, _ mark: String) throws -> [String] {
        try String(contentsOfFile: "\(root)/launch/\(script)", encoding: .utf8)
            .split(separator: "\n").prefix { $0.hasPrefix("#") }
            .filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
    }

    /// What a script asks for: room, a time limit, word ahead of it, and to be queued again.
    func testWhatTheHeadsAskFor() throws {
        XCTAssertEqual(
            try directives("slurm.sbatch", "#SBATCH "),
            [
                "--job-name=entrain", "--nodes=2", "--ntasks-per-node=32", "--cpus-per-task=1", "--time=04:00:00",
                "--signal=USR1@120", "--requeue", "--open-mode=append", "--output=entrain-%j.log",
            ])
        XCTAssertEqual(
            try directives("slurm-array-scaling.sbatch", "#SBATCH "),
            [
                "--job-name=entrain-scaling", "--array=0-6", "--nodes=2", "--ntasks-per-node=32", "--cpus-per-task=1",
                "--time=00:20:00", "--output=entrain-scaling-%A-%a.log",
            ])
        XCTAssertEqual(
            try directives("pbs.sh", "#PBS "),
            ["-N entrain", "-l select=2:ncpus=32:mpiprocs=32", "-l walltime=04:00:00", "-r y", "-j oe"])
        XCTAssertEqual(
            try directives("lsf.sh", "#BSUB "),
            [
                "-J entrain", "-n 64", "-R \"span[ptile=32]\"", "-W 04:00", "-wa USR1", "-wt 2", "-r", "-Q \"75\"",
                "-o entrain-%J.log",
            ])
        XCTAssertEqual(
            try directives("sge.sh", "#$ "),
            [
                "-N entrain", "-pe mpi 64", "-l s_rt=03:58:00", "-l h_rt=04:00:00", "-notify", "-r y", "-cwd", "-V",
                "-j y", "-S /bin/bash",
            ])
        XCTAssertEqual(
            try directives("flux.sh", "# flux: "),
            [
                "--job-name=entrain", "--nodes=2", "--nslots=64", "--time-limit=4h", "--signal=USR1@2m",
                "--output=entrain-{{id}}.log",
            ])
    }

    /// One line where the batch system is not; nothing is submitted for who asks for help.
    func testWithoutTheBatchSystem() throws {
        let system = try makeSystem()
        for (script, command) in [
            ("pbs.sh", "qsub"), ("sge.sh", "qsub"), ("lsf.sh", "bsub"), ("flux.sh", "flux"), ("slurm.sbatch", "sbatch"),
            ("slurm-array-scaling.sbatch", "sbatch"),
        ] {
            // The commands that the script itself needs, and no others.
            let folder = system.command.path("tools-\(script)")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for tool in ["bash", "dirname", "readlink", "base64", "tr", "sed", "basename", "swift", "env"] {
                guard let path = Launcher.find(tool) else { continue }
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(tool)", withDestinationPath: path.path)
            }
            let outcome = try system.submit(script, ["run.yaml"], ["PATH": folder])
            XCTAssertEqual(outcome.status, 1, "\(script): \(outcome.standardError)")
            XCTAssertEqual(
                outcome.standardError.split(separator: "\n").filter { $0.hasPrefix("error: ") },
                [
                    "error: no '\(command)' here, which submits the job: call this script where the batch system is, or load its module "
                        + "in launch/site.sh"
                ], script)
            XCTAssertFalse(outcome.standardError.contains("not found"), outcome.standardError)
            let help = try system.submit(script, ["--help"])
            XCTAssertEqual(help.status, 0, script)
            XCTAssertTrue(help.standardOutput.hasPrefix("usage: launch/\(script) "), help.standardOutput)
        }
        XCTAssertEqual(system.calls, [])
    }

    func testWhatWouldNotRunIsNotSubmitted() throws {
        let system = try makeSystem()
        let data = EntrainCommand.configuration("mnist-mlp.yaml")
        for script in Self.scripts {
            func refused(_ reason: String, _ arguments: [String], _ environment: [String: String] = [:]) throws {
                let outcome = try system.submit(script, arguments, environment)
                XCTAssertEqual(outcome.status, 1, "\(script): \(outcome.standardError)")
                XCTAssertTrue(outcome.standardError.contains(reason), "\(script): \(outcome.standardError)")
            }
            try refused("error: no configuration given; usage: launch/\(script) ", [])
            try refused("error: no configuration '\(system.command.folder)/none.yaml'", ["none.yaml"])
            try refused("error: no program '/none'", ["run.yaml"], ["ENTRAIN": "/none"])
            try refused("error: the job would not run; see above", [data, "--data=."])
            try refused("error: the job would not run; see above", ["run.yaml", "--set=training.batch=none"])
        }
        // A job of someone else's making, such as an interactive one.
        for (script, job) in [
            ("pbs.sh", ["PBS_JOBID": "7", "PBS_O_WORKDIR": root]), ("lsf.sh", ["LSB_JOBID": "7", "LS_SUBCWD": root]),
        ] {
            let outcome = try system.submit(script, ["run.yaml"], job)
            XCTAssertEqual(outcome.status, 1, outcome.standardError)
            XCTAssertTrue(outcome.standardError.contains("error: not submitted by this script"), outcome.standardError)
        }
        XCTAssertEqual(system.calls, [])
    }

    /// Paths of the command line and of the environment are those of where a script is called, not of where the job runs.
    func testASubmissionNamesWhatIsMeant() throws {
        let system = try makeSystem()
        let folder = system.command.folder
        let arguments = ["run.yaml", "--data=data", "--output", "out", "--set", "training.epochs=1"]
        let resolved = "\(folder)/run.yaml --data=\(folder)/data --output \(folder)/out --set training.epochs=1"
        for (script, call) in [
            ("slurm.sbatch", "sbatch \(root)/launch/slurm.sbatch \(resolved)"),
            ("sge.sh", "qsub \(root)/launch/sge.sh \(resolved)"),
            ("flux.sh", "flux batch \(root)/launch/flux.sh \(resolved)"),
            ("pbs.sh", "qsub -v ENTRAIN\\,ENTRAIN_ARGUMENTS\\,ENTRAIN_DATA \(root)/launch/pbs.sh"),
            ("lsf.sh", "bsub"),
        ] {
            let outcome = try system.submit(script, arguments, ["ENTRAIN_DATA": "above"])
            XCTAssertEqual(outcome.status, 0, "\(script): \(outcome.standardError)")
            XCTAssertEqual(system.calls.last, call)
        }
        XCTAssertEqual(system.handedOn["ENTRAIN_DATA"], "\(folder)/above")
        let submitted = try String(contentsOfFile: system.command.path("submitted"), encoding: .utf8)
        XCTAssertEqual(submitted, try String(contentsOfFile: "\(root)/launch/lsf.sh", encoding: .utf8))
    }

    /// Options before the configuration are the batch system's, also when the job submits itself again; a cluster's own file is
    /// read first.
    func testOptionsOfTheBatchSystem() throws {
        let system = try makeSystem()
        let folder = system.command.folder
        for (script, options, call) in [
            ("slurm.sbatch", ["-p", "short"], "sbatch -p short \(root)/launch/slurm.sbatch \(folder)/run.yaml"),
            (
                "slurm-array-scaling.sbatch", ["--array=0-2", "-Ab", "--"],
                "sbatch --array=0-2 -Ab \(root)/launch/slurm-array-scaling.sbatch \(folder)/run.yaml"
            ), ("sge.sh", ["-pe", "mpi", "8"], "qsub -pe mpi 8 \(root)/launch/sge.sh \(folder)/run.yaml"),
            ("flux.sh", ["-t", "1h"], "flux batch -t 1h \(root)/launch/flux.sh \(folder)/run.yaml"),
            ("lsf.sh", ["-q", "short"], "bsub -q short"),
            (
                "pbs.sh", ["-q", "short"],
                "qsub -v ENTRAIN\\,ENTRAIN_ARGUMENTS\\,ENTRAIN_OPTIONS -q short \(root)/launch/pbs.sh"
            ),
        ] {
            let outcome = try system.submit(script, options + ["run.yaml"])
            XCTAssertEqual(outcome.status, 0, "\(script): \(outcome.standardError)")
            XCTAssertEqual(system.calls.last, call)
        }
        try system.command.write("nodes", "node\nnode\n")
        let job = system.handedOn.merging([
            "PBS_JOBID": "7", "PBS_O_WORKDIR": root, "PBS_NODEFILE": system.command.path("nodes"),
            "STUB_TIME_LIMIT": "04:00:00",
        ]) { $1 }
        XCTAssertEqual(try system.runJob("pbs.sh", [], job).status, 75)
        XCTAssertTrue(system.calls.last?.hasSuffix(" -q short \(root)/launch/pbs.sh") == true, "\(system.calls)")

        let lost = try system.submit("slurm.sbatch", ["-p", "short"])
        XCTAssertEqual(lost.status, 1)
        XCTAssertTrue(
            lost.standardError.contains("error: no configuration behind '-p short', which goes to the batch system"),
            lost.standardError)

        try system.command.write("site.sh", "echo \"$unknown\"; false\n")
        let call = system.calls.count
        let sited = try system.submit("slurm.sbatch", ["run.yaml"], ["ENTRAIN_SITE": "site.sh"])
        XCTAssertEqual(sited.status, 0, sited.standardError)
        XCTAssertEqual(sited.standardOutput, "\n", "the file is sourced, once, without -u and -e")
        XCTAssertEqual(system.calls.count, call + 1)
        let missing = try system.submit("slurm.sbatch", ["run.yaml"], ["ENTRAIN_SITE": "none.sh"])
        XCTAssertEqual(missing.status, 1)
        XCTAssertTrue(missing.standardError.contains("/none.sh', which ENTRAIN_SITE names"), missing.standardError)
    }

    /// Unpacked from the tarball the scripts start the tarball's program.
    func testTheTarballsProgramIsFound() throws {
        let system = try makeSystem()
        let files = FileManager.default
        try files.createDirectory(atPath: system.command.path("entrain-0/bin"), withIntermediateDirectories: true)
        try files.copyItem(atPath: "\(root)/launch", toPath: system.command.path("entrain-0/launch"))
        let program = system.command.path("entrain-0/bin/entrain")
        try files.createSymbolicLink(atPath: program, withDestinationPath: PlayedBatchSystem.program)
        let script = system.command.path("entrain-0/launch/pbs.sh")
        let outcome = try system.run(script, ["run.yaml"], ["ENTRAIN": ""])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertEqual(system.handedOn["ENTRAIN"]?.hasSuffix("/entrain-0/bin/entrain"), true)
    }

    /// The command line of a training in a job, before its output.
    private func training(_ system: PlayedBatchSystem) -> String {
        "\(program) train \(system.command.folder)/run.yaml"
    }

    /// Two minutes before the limit the run is told to end, and a job is submitted that goes on in its directory. Told by
    /// others, as by `qdel`, or at its end, it is not to come again.
    func testPBS() throws {
        let system = try makeSystem()
        XCTAssertEqual(try system.submit("pbs.sh", ["run.yaml"]).status, 0)
        try String(repeating: "node\n", count: 64).write(
            toFile: system.command.path("nodes"), atomically: true, encoding: .utf8)
        let job = system.handedOn.merging([
            "PBS_JOBID": "7.server", "PBS_O_WORKDIR": root, "PBS_NODEFILE": system.command.path("nodes"),
        ]) { $1 }
        let limited = job.merging(["STUB_TIME_LIMIT": "04:00:00"]) { $1 }
        let mpirun =
            "mpirun -n 64 --bind-to core -x OMP_NUM_THREADS \(training(system)) --output \(root)/runs/run-7 --resume auto"

        let ended = try system.runJob("pbs.sh", [], limited)
        XCTAssertEqual(ended.status, 75, ended.standardError)
        XCTAssertTrue(ended.standardError.contains("submitted again: 8.server"), ended.standardError)
        XCTAssertEqual(system.calls.first, "qstat -f 7.server")
        XCTAssertEqual(Set(system.calls.dropFirst().dropLast()), [mpirun, "sleep 14280"])
        XCTAssertEqual(
            system.calls.last, "qsub -v ENTRAIN\\,ENTRAIN_ARGUMENTS\\,ENTRAIN_OUTPUT \(root)/launch/pbs.sh")
        XCTAssertEqual(system.handedOn["ENTRAIN_OUTPUT"], "\(root)/runs/run-7")

        let next = system.handedOn.merging(job) { own, _ in own }.merging(["PBS_JOBID": "8.server"]) { $1 }
        let told = try system.runJob("pbs.sh", [], next, signal: SIGTERM)
        XCTAssertEqual(told.status, 75, told.standardError)
        XCTAssertTrue(told.standardError.contains("qstat tells no time limit of 8.server"), told.standardError)
        XCTAssertEqual(system.calls, ["qstat -f 8.server", mpirun])

        for status in [0, 1] {
            let outcome = try system.runJob("pbs.sh", [], limited.merging(["STUB_STATUS": "\(status)"]) { $1 })
            XCTAssertEqual(Int(outcome.status), status, outcome.standardError)
            XCTAssertFalse(system.calls.contains { $0.hasPrefix("qsub") })
        }
    }

    /// The signal of `-wa` tells the run to end, and 75 is the status that `-Q` queues again.
    func testLSF() throws {
        let system = try makeSystem()
        // What a shell would take apart.
        let setting = "model.hidden=[64, 32]"
        XCTAssertEqual(try system.submit("lsf.sh", ["run.yaml", "--set", setting]).status, 0)
        let job = system.handedOn.merging(["LSB_JOBID": "7", "LS_SUBCWD": root, "LSB_DJOB_NUMPROC": "64"]) { $1 }
        let outcome = try system.runJob("lsf.sh", [], job, signal: SIGUSR1)
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
        XCTAssertEqual(
            system.calls,
            [
                "mpirun -n 64 --bind-to core -x OMP_NUM_THREADS \(training(system)) --set model.hidden=\\[64\\,\\ 32\\] "
                    + "--output \(root)/runs/run-7 --resume auto"
            ])
    }

    /// The signal of the soft limit tells the run to end, and 99 is what Grid Engine queues again.
    func testGridEngine() throws {
        let system = try makeSystem()
        let job = ["JOB_ID": "7", "SGE_O_WORKDIR": root, "NSLOTS": "64", "ENTRAIN_DATA": "/data"]
        let configuration = system.command.path("run.yaml")
        let outcome = try system.runJob("sge.sh", [configuration], job, signal: SIGUSR1)
        XCTAssertEqual(outcome.status, 99, outcome.standardError)
        XCTAssertEqual(
            system.calls,
            [
                "mpirun -n 64 --bind-to core -x OMP_NUM_THREADS -x ENTRAIN_DATA \(training(system)) "
                    + "--output \(root)/runs/run-7 --resume auto"
            ])
        let failed = try system.runJob("sge.sh", [configuration], job.merging(["STUB_STATUS": "3"]) { $1 })
        XCTAssertEqual(failed.status, 3, failed.standardError)
    }

    /// A signal to the script is handed on to the run, not to its client, and a job is submitted that goes on.
    func testFlux() throws {
        let system = try makeSystem()
        let configuration = system.command.path("run.yaml")
        let job = ["FLUX_ENCLOSING_ID": "f7", "ENTRAIN_ROOT": root]
        let outcome = try system.runJob("flux.sh", [configuration], job, signal: SIGUSR1)
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
        XCTAssertEqual(
            system.calls,
            [
                "flux resource list --no-header --states=free --format=\\{nnodes\\}\\ \\{ncores\\}",
                "flux submit --nodes=2 --ntasks=64 -o mpi=pmix \(training(system)) --output \(root)/runs/run-f7 "
                    + "--resume auto",
                "flux job attach f9", "flux job kill --signal=USR1 f9",
                "flux --parent batch \(root)/launch/flux.sh \(configuration)",
            ])
        // An instance that someone else has made, as flux alloc, is no job of this script.
        XCTAssertEqual(try system.submit("flux.sh", ["run.yaml"], ["FLUX_ENCLOSING_ID": "f7"]).status, 0)
        XCTAssertEqual(system.calls.last, "flux batch \(root)/launch/flux.sh \(configuration)")
    }

    /// Slurm sends its signal to the ranks; a run that was interrupted is queued again, and no other.
    func testSlurm() throws {
        let system = try makeSystem()
        let job = [
            "SLURM_JOB_ID": "7", "SLURM_SUBMIT_DIR": root, "SLURM_CPUS_PER_TASK": "3", "ENTRAIN_OUTPUT": "here",
        ]
        let folder = system.command.folder
        let srun =
            "srun --mpi=pmix --cpus-per-task=3 \(training(system)) --output \(folder)/here --resume auto"
        for (status, restarts, calls) in [
            (75, 2, [srun, "scontrol requeue 7"]), (0, 2, [srun]), (1, 0, [srun]), (1, 2, [srun, srun, srun]),
        ] {
            let outcome = try system.runJob(
                "slurm.sbatch", ["run.yaml"],
                job.merging(["STUB_STATUS": "\(status)", "ENTRAIN_RESTARTS": "\(restarts)"]) { $1 })
            XCTAssertEqual(Int(outcome.status), status, outcome.standardError)
            XCTAssertEqual(system.calls, calls)
        }
    }

    /// The i-th job of the array measures 2^i ranks, on as few nodes as hold them.
    func testSlurmArray() throws {
        let system = try makeSystem()
        let job = [
            "SLURM_JOB_ID": "9", "SLURM_ARRAY_JOB_ID": "7", "SLURM_SUBMIT_DIR": root, "SLURM_NTASKS": "64",
            "SLURM_NTASKS_PER_NODE": "32", "ENTRAIN_OUTPUT": "scaling", "ENTRAIN_BATCH_PER_RANK": "16",
            "STUB_STATUS": "0",
        ]
        let configuration = system.command.path("run.yaml")
        for (index, nodes, ranks) in [(0, 1, 1), (5, 1, 32), (6, 2, 64)] {
            let outcome = try system.runJob(
                "slurm-array-scaling.sbatch", ["run.yaml", "--windows", "2"],
                job.merging(["SLURM_ARRAY_TASK_ID": "\(index)"]) { $1 })
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            XCTAssertEqual(
                system.calls,
                [
                    "srun --mpi=pmix --nodes=\(nodes) --ntasks=\(ranks) --cpus-per-task=1 \(program) benchmark "
                        + "\(configuration) --set training.batch=\(16 * ranks) --windows 2"
                ])
            XCTAssertTrue(system.command.files(in: "scaling").contains("ranks-\(ranks).json"))
        }
        let tooMany = try system.runJob(
            "slurm-array-scaling.sbatch", ["run.yaml"], job.merging(["SLURM_ARRAY_TASK_ID": "7"]) { $1 })
        XCTAssertEqual(tooMany.status, 1)
        XCTAssertTrue(tooMany.standardError.contains("128 ranks, but the job has room for 64"), tooMany.standardError)
    }

    /// Medians, and speed-ups over the smallest number of ranks, in the order of ranks.
    func testTheArraysLinesAreJoined() throws {
        let system = try makeSystem()
        for (ranks, rates) in [(2, "[100,90.5,110]"), (4, "[190,1e2,160,200]"), (16, "[640]")] {
            try system.command.write("ranks-\(ranks).json", "{\"epochSeconds\":1.5,\"samplesPerSecond\":\(rates)}\n")
        }
        let outcome = try system.submit("scaling-table.sh", ["."])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertEqual(
            outcome.standardOutput,
            """
            | ranks | samples/s | speed-up | efficiency |
            |---|---|---|---|
            | 2 | 100 | 1.00 | 100.0 % |
            | 4 | 175 | 1.75 | 87.5 % |
            | 16 | 640 | 6.40 | 80.0 % |

            """)
        XCTAssertEqual(try system.submit("scaling-table.sh", ["bin"]).status, 1)
    }
}
