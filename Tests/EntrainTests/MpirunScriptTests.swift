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
        XCTAssertEqual(system.calls, ["mpirun.openmpi --quiet -n 100000 --oversubscribe --bind-to none true"])
    }

    /// Other hosts get the variables that steer a rank, with Open MPI and with MPICH.
    func testOtherHostsHaveTheVariables() throws {
        let system = try PlayedBatchSystem(["mpirun.openmpi", "mpirun.mpich"])
        let arguments = ["-n", "2", "--hosts", "a:1,b:1", "--", "true"]
        let folder = URL(fileURLWithPath: system.command.folder).resolvingSymlinksInPath().path
        let openMPI = "mpirun.openmpi --quiet -n 2 --host a:1\\,b:1 --bind-to core:overload-allowed -x OMP_NUM_THREADS"
        let mpich = "mpirun.mpich -n 2 -hosts a:1\\,b:1 -genv OMP_NUM_THREADS 1"
        for (library, data, call) in [
            ("openmpi", "", "\(openMPI) --wdir \(folder) true"),
            ("openmpi", "/data", "\(openMPI) --wdir \(folder) -x ENTRAIN_DATA true"),
            ("mpich", "", "\(mpich) true"),
            ("mpich", "/data", "\(mpich) -genv ENTRAIN_DATA /data true"),
        ] {
            let outcome = try system.run(
                script, arguments, ["STUB_STATUS": "0", "ENTRAIN_MPI": library, "ENTRAIN_DATA": data])
            XCTAssertEqual(outcome.status, 0, outcome.standardError)
            XCTAssertEqual(system.calls.last, call)
        }
    }
}
