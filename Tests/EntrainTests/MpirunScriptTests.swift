import Foundation
import MPITestSupport
import XCTest

/// `launch/mpirun.sh`: where ranks run and what of the environment they have.
final class MpirunScriptTests: XCTestCase {
    private var script: String { "\(PlayedBatchSystem.root)/launch/mpirun.sh" }

    /// The processors in a list of the kernel, such as "0-2,5".
    private func processors(_ list: Substring) -> Set<Int> {
        Set(
            list.split(separator: ",").flatMap { range -> ClosedRange<Int> in
                let ends = range.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
                return (ends.first ?? -1)...(ends.last ?? -1)
            })
    }

    /// As many ranks as there are cores, or four: each is bound to one core, of which the others have no part, and has one thread.
    func testEachRankHasACoreOfItsOwn() throws {
        let system = try PlayedBatchSystem([])
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the script starts Open MPI")
        let own = try system.run("/bin/bash", ["-c", "grep Cpus_allowed_list /proc/self/status"]).standardOutput
        var cores: Set<Set<Int>> = []
        for processor in processors(own.split(separator: "\t").last ?? "") {
            let siblings = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
            let text = try XCTUnwrap(try? String(contentsOfFile: siblings, encoding: .utf8))
            cores.insert(processors(text[...]))
        }
        try XCTSkipIf(cores.count < 2, "one core is not enough to tell")
        let ranks = min(cores.count, 4)
        let outcome = try system.run(
            script,
            [
                "-n", "\(ranks)", "--", "bash", "-c",
                "echo \"$OMP_NUM_THREADS $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)\"",
            ])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        try XCTSkipIf(outcome.standardError.contains("other jobs leave"), outcome.standardError)
        let lines = outcome.standardOutput.split(separator: "\n").map { $0.split(separator: " ") }
        XCTAssertEqual(lines.map(\.first), Array(repeating: "1", count: ranks), outcome.standardOutput)
        let bound = Set(lines.compactMap { $0.last.map(processors) })
        XCTAssertEqual(bound.count, ranks, "\(outcome.standardOutput): ranks share a core")
        XCTAssertTrue(bound.allSatisfy { own in cores.contains { own.isSubset(of: $0) } }, outcome.standardOutput)
    }

    /// More ranks than cores are not bound, and a number of threads that is asked for stays.
    func testMoreRanksThanCoresAreNotBound() throws {
        let system = try PlayedBatchSystem(["mpirun.openmpi"])
        let outcome = try system.run(
            script, ["-n", "100000", "--", "true"], ["STUB_STATUS": "7", "OMP_NUM_THREADS": "3"])
        XCTAssertEqual(outcome.status, 7, outcome.standardError)
        XCTAssertEqual(
            system.calls,
            ["mpirun.openmpi --quiet -n 100000 --oversubscribe --mca mpi_yield_when_idle 1 --bind-to none true"])

        // Version 5 has no --quiet.
        _ = try system.run(
            script, ["-n", "100000", "--", "true"],
            ["STUB_STATUS": "0", "OMP_NUM_THREADS": "3", "STUB_VERSION": "mpirun (Open MPI) 5.0.7"])
        XCTAssertEqual(
            system.calls.last,
            "mpirun.openmpi -n 100000 --map-by :OVERSUBSCRIBE --mca mpi_yield_when_idle 1 --bind-to none true")
    }

    /// Other hosts get the variables that steer a rank, with Open MPI and with MPICH, and with a launcher that does not call itself
    /// Open MPI.
    func testOtherHostsHaveTheVariables() throws {
        let system = try PlayedBatchSystem(["mpirun.openmpi", "mpirun.mpich", "mpirun"])
        let arguments = ["-n", "2", "--hosts", "a:1,b:1", "--", "true"]
        let folder = URL(fileURLWithPath: system.command.folder).resolvingSymlinksInPath().path
        let openMPI = "mpirun.openmpi --quiet -n 2 --host a:1\\,b:1 --bind-to core:overload-allowed -x OMP_NUM_THREADS"
        let mpich = "mpirun.mpich -n 2 -hosts a:1\\,b:1 -genv OMP_NUM_THREADS 1"
        for (library, data, call) in [
            ("openmpi", "", "\(openMPI) --wdir \(folder) true"),
            ("openmpi", "/data", "\(openMPI) --wdir \(folder) -x ENTRAIN_DATA true"),
            ("mpich", "", "\(mpich) true"),
            ("mpich", "/data", "\(mpich) -genv ENTRAIN_DATA /data true"),
            ("abi", "", "\(mpich.replacing("mpirun.mpich", with: "mpirun")) true"),
        ] {
            let version = library == "openmpi" ? "mpirun (Open MPI) 4.1.4" : "HYDRA build details:"
            let outcome = try system.run(
                script, arguments,
                ["STUB_STATUS": "0", "ENTRAIN_MPI": library, "ENTRAIN_DATA": data, "STUB_VERSION": version])
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            XCTAssertEqual(system.calls.last, call)
        }
    }

    // MARK: - Other jobs, masks and quotas

    /// Runs lines of bash behind `launch/cores.sh`, with locks of this test's own.
    private func cores(_ system: PlayedBatchSystem, _ script: String) throws -> [String] {
        let outcome = try system.run(
            "/bin/bash", ["-euc", "source '\(PlayedBatchSystem.root)/launch/cores.sh'\n\(script)"],
            ["ENTRAIN_CORES": system.command.path("cores")])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        return outcome.standardOutput.split(separator: "\n").map(String.init)
    }

    /// Jobs that start at the same time take unlike cores, and a core is free again when its job has ended.
    func testJobsTakeUnlikeCores() throws {
        let system = try PlayedBatchSystem([])
        let lines = try cores(
            system,
            """
            cores=(0 1,5 2 3 4)
            find_busy() { is_busy=([3]=1); }
            job() {
                if take_cores "$1"; then printf '%s\\n' "${taken[@]}"; else echo "free $free"; fi >"$STUB_FOLDER/took-$2"
                touch "$STUB_FOLDER/came-$2"
                until [[ -e $STUB_FOLDER/end ]]; do sleep 0.01; done
            }
            job 2 a & job 2 b & job 2 c &
            until [[ -e $STUB_FOLDER/came-a && -e $STUB_FOLDER/came-b && -e $STUB_FOLDER/came-c ]]; do sleep 0.01; done
            sort "$STUB_FOLDER"/took-*
            touch "$STUB_FOLDER/end"
            wait
            take_cores 4
            printf '%s\\n' "${taken[@]}"
            """)
        XCTAssertEqual(lines, ["0", "1,5", "2", "4", "free 0", "0", "1,5", "2", "4"])
    }

    /// What runs bound to one of several processors has that one.
    func testACoreOnWhichABoundProcessRunsIsTaken() throws {
        let system = try PlayedBatchSystem([])
        let lines = try cores(
            system,
            """
            find_cores
            processor=${allowed[0]}
            taskset --cpu-list "$processor" sh -c 'while :; do :; done' & other=$!
            trap 'kill "$other"' EXIT
            is_busy=()
            # It may have to wait for its processor first.
            until [[ -n ${is_busy[$processor]-} ]] || ((${#allowed[@]} == 1)); do find_busy; done
            echo "${#allowed[@]} taken"
            """)
        try XCTSkipIf(lines == ["1 taken"], "one processor is not enough to tell")
        XCTAssertTrue(lines.last?.hasSuffix(" taken") == true, "\(lines)")
    }

    /// The mask that the script is started with is kept.
    func testAJobStaysOnTheProcessorsItWasGiven() throws {
        let system = try PlayedBatchSystem([])
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the script starts Open MPI")
        let own = try system.run("/bin/bash", ["-c", "grep Cpus_allowed_list /proc/self/status"]).standardOutput
        let last = try XCTUnwrap(processors(own.split(separator: "\t").last ?? "").max())
        let outcome = try system.run(
            "/usr/bin/env",
            [
                "taskset", "--cpu-list", "\(last)", script, "-n", "1", "--", "bash", "-c",
                "sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status",
            ])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertEqual(outcome.standardOutput, "\(last)\n")
    }

    /// The least of the limits of all groups above, in both versions of control groups.
    func testQuotasOfControlGroups() throws {
        let system = try PlayedBatchSystem([])
        for (file, text) in [
            ("two/a/cpu.max", "350000 100000"), ("two/a/b/cpu.max", "max 100000"),
            ("one/cpu,cpuacct/a/cpu.cfs_quota_us", "50000"), ("one/cpu,cpuacct/a/cpu.cfs_period_us", "100000"),
            ("one/cpu,cpuacct/cpu.cfs_quota_us", "-1"), ("one/cpu,cpuacct/cpu.cfs_period_us", "100000"),
        ] {
            let path = system.command.path(file)
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try system.command.write(file, text + "\n")
        }
        for (tree, membership, expected) in [
            ("two", "0::/a/b\n", ["3"]), ("two", "0::/c\n", []), ("one", "3:cpuset:/a\n2:cpu,cpuacct:/a\n", ["1"]),
            ("one", "2:cpu,cpuacct:/\n", []), ("two/a", "0::/docker/7\n", ["3"]),
        ] {
            try system.command.write("membership", membership)
            XCTAssertEqual(
                try cores(system, "quota_cores \"$STUB_FOLDER/\(tree)\" \"$STUB_FOLDER/membership\""), expected,
                membership)
        }
    }

    // MARK: - Surroundings

    /// A service has no HOME; links lead to the script, one by way of another, from a folder whose name has a space.
    func testBareSurroundings() throws {
        let system = try PlayedBatchSystem(["mpirun.openmpi"])
        let files = FileManager.default
        try files.createDirectory(atPath: system.command.path("a folder"), withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: system.command.path("a folder/own"), withDestinationPath: script)
        try files.createSymbolicLink(atPath: system.command.path("run"), withDestinationPath: "a folder/own")
        for call in ["./run", "'a folder/own'", "'\(script)'"] {
            let outcome = try system.run(
                "/bin/bash", ["-c", "unset HOME; export CDPATH=.:/tmp; exec \(call) -n 1 -- true"], ["STUB_STATUS": "0"]
            )
            XCTAssertEqual(outcome.status, 0, "\(call): \(outcome.standardError)")
            XCTAssertEqual(outcome.standardOutput, "", "CDPATH makes cd print where it goes")
        }
    }

    /// A standard descriptor that is closed where the script is called: mpirun would have taken its number for something else.
    func testClosedDescriptors() throws {
        let system = try PlayedBatchSystem([])
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the script starts Open MPI")
        let train =
            "'\(script)' -n 1 '\(PlayedBatchSystem.program)' train '\(EntrainCommand.digits)' --set training.epochs=2 "
            + "--set output.plot=false --output"
        for (number, closed) in [">&- 2>&-", "<&- >&- 2>&-", ">&-", "2>&-"].enumerated() {
            let outcome = try system.run("/bin/bash", ["-c", "\(train) run-\(number) \(closed)"])
            XCTAssertEqual(outcome.status, 0, "\(closed): \(outcome.standardError)")
            XCTAssertTrue(
                system.command.files(in: "run-\(number)").contains("model.safetensors"),
                "\(closed): \(system.command.files(in: "run-\(number)"))")
        }
    }

    func testHelp() throws {
        let system = try PlayedBatchSystem([])
        for option in ["--help", "-h"] {
            let outcome = try system.run(script, [option])
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            XCTAssertTrue(outcome.standardOutput.contains("\n  launch/mpirun.sh -n P "), outcome.standardOutput)
            XCTAssertFalse(outcome.standardOutput.contains("set -euo"), outcome.standardOutput)
        }
    }

    /// Whatever the decimal mark is where the script is called.
    func testTheScalingTableHasPointsInAnyLocale() throws {
        let system = try PlayedBatchSystem([])
        try system.command.write("ranks-1.json", "{\"samplesPerSecond\":[2.25,2.75,2.5]}\n")
        try system.command.write("ranks-2.json", "{\"samplesPerSecond\":[4.75,4.95,4.85]}\n")
        let made = try system.run(
            "/bin/bash",
            ["-c", "mkdir l && localedef -i de_DE -f UTF-8 l/de_DE.UTF-8; LC_ALL=de_DE.UTF-8 locale decimal_point"],
            ["LOCPATH": system.command.path("l")])
        try XCTSkipIf(made.standardOutput != ",\n", "there is no locale with a comma")
        let table = try system.run(
            "\(PlayedBatchSystem.root)/launch/scaling-table.sh", ["."],
            ["LOCPATH": system.command.path("l"), "LC_ALL": "de_DE.UTF-8"])
        XCTAssertTrue(
            table.standardOutput.hasSuffix("| 1 | 2 | 1.00 | 100.0 % |\n| 2 | 5 | 1.94 | 97.0 % |\n"),
            table.standardOutput)
    }
}
