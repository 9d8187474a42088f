import MPI
import XCTest

/// MPI for a test bundle: initialized by the first test that asks, finalized when the bundle has finished, since a
/// launcher takes a rank that exits without it for one that failed.
public enum MPITestRuntime {
    private static let runtime = Result { () throws(MPIError) in
        let runtime = try MPIRuntime.initialize(requesting: .funneled)
        XCTestObservationCenter.shared.addTestObserver(Finalizer(runtime))
        return runtime
    }

    /// The runtime of this process: one rank under plain `swift test`, one of several under a launcher.
    public static func shared() throws -> MPIRuntime { try runtime.get() }

    private final class Finalizer: NSObject, XCTestObservation {
        let runtime: MPIRuntime

        init(_ runtime: MPIRuntime) {
            self.runtime = runtime
        }

        func testBundleDidFinish(_ testBundle: Bundle) {
            do {
                try runtime.finalize()
            } catch {
                fatalError("\(error)")
            }
        }
    }
}
