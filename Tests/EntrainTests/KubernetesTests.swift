import Foundation
import MPITestSupport
import XCTest

/// The manifest for the MPI Operator of Kubernetes.
final class KubernetesTests: XCTestCase {
    private var manifest: String { "\(PlayedBatchSystem.root)/launch/kubernetes-mpijob.yaml" }

    private func validate(_ arguments: [String], in system: PlayedBatchSystem) throws -> Launcher.Outcome {
        let python = ProcessInfo.processInfo.environment["ENTRAIN_PYTHON"] ?? "python3"
        let found = try XCTUnwrap(python.contains("/") ? python : Launcher.find(python)?.path, "no \(python)")
        let modules = try system.run(found, ["-c", "import jsonschema, kubernetes_validate, yaml"])
        try XCTSkipIf(
            modules.status != 0, "\(found) has no schemas of Kubernetes; launch/setup.sh --test installs them")
        return try system.run(found, ["\(PlayedBatchSystem.root)/Tests/Kubernetes/validate.py"] + arguments)
    }

    func testTheManifestIsValid() throws {
        let outcome = try validate([manifest], in: PlayedBatchSystem([]))
        XCTAssertEqual(outcome.status, 0, outcome.standardOutput + outcome.standardError)
    }

    func testAManifestThatIsNotValidIsTold() throws {
        let system = try PlayedBatchSystem([])
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        for (part, wrong, reason) in [
            ("kubeflow.org/v2beta1\nkind", "kubeflow.org/v1\nkind", "'kubeflow.org/v2beta1' was expected"),
            ("slotsPerWorker: 8", "slots: 8", "'slots' was unexpected"),
            ("slotsPerWorker: 8", "slotsPerWorker: eight", "'eight' is not of type 'integer'"),
            ("cleanPodPolicy: Running", "cleanPodPolicy: Sometimes", "'Sometimes' is not one of"),
            ("restartPolicy: OnFailure", "restartPolicy: Always", "'Always' is not one of"),
            ("    Launcher:", "    launcher:", "'launcher' was unexpected"),
            ("replicas: 1\n", "replicas: 2\n", "1 was expected"),
            ("preStop:", "beforeStop:", "'beforeStop' was unexpected"),
            ("command: [mpirun]", "command: mpirun", "'mpirun' is not of type 'array'"),
            ("limits: {cpu: 8,", "limits: {cpu: [8],", "resources.limits.cpu"),
            ("\"16\"", "16", "16 is not of type 'string'"),
            ("\"16\"", "\"15\"", "mpirun starts 15 ranks, the workers have room for 16"),
        ] {
            let range = try XCTUnwrap(text.range(of: part), part)
            try system.command.write("job.yaml", text.replacingCharacters(in: range, with: wrong))
            let outcome = try validate([system.command.path("job.yaml")], in: system)
            XCTAssertEqual(outcome.status, 1, "\(wrong): \(outcome.standardError)")
            XCTAssertTrue(outcome.standardOutput.contains(reason), "\(wrong): \(outcome.standardOutput)")
        }
    }

    /// The hook before a pod is stopped tells mpirun to keep a checkpoint, and returns when mpirun has ended: SIGTERM follows.
    func testTheHookWaitsForTheCheckpoint() throws {
        let system = try PlayedBatchSystem(["mpirun"])
        let hook = try validate(["--hook", manifest], in: system)
        XCTAssertEqual(hook.status, 0, hook.standardError)
        // The hook signals by name, hence among processes of its own.
        let apart = ["--pid", "--fork", "--mount-proc", "--kill-child"]
        let probe = try system.run("/usr/bin/unshare", apart + ["true"])
        try XCTSkipIf(probe.status != 0, "cannot make a process namespace: \(probe.standardError)")
        let outcome = try system.run(
            "/usr/bin/unshare",
            apart + [
                "bash", "-c",
                """
                mpirun & job=$!
                until [[ -e $STUB_FOLDER/training ]]; do sleep 0.02; done
                "$@"
                [[ -z $(jobs -r) ]] || echo "mpirun goes on"
                wait "$job"
                """, "bash",
            ] + hook.standardOutput.split(separator: "\n").map(String.init))
        XCTAssertEqual(outcome.standardOutput, "")
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
    }
}
