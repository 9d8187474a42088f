import DataParallel
import Foundation
import Training
import XCTest

/// Signals to this very process: one that is not kept off would end the tests.
final class SignalWatchTests: XCTestCase {
    private let numbers = [SIGTERM, SIGINT, SIGUSR1, SIGUSR2]

    override func tearDown() {
        for number in numbers { signal(number, SIG_DFL) }
    }

    func testSignalsBecomeRequests() {
        let watch = SignalWatch()
        for (number, expected) in [
            (SIGUSR2, StepRequests.checkpoint), (SIGUSR1, .interruption), (SIGTERM, .interruption),
        ] {
            kill(getpid(), number)
            var found = StepRequests()
            for _ in 0..<500 where found.isEmpty {
                usleep(10_000)
                found = watch.take()
            }
            XCTAssertEqual(found, expected, "signal \(number)")
        }
    }

    /// A signal to all ranks reaches this one when another's has ended the run.
    func testASignalThatIsLateDoesNotEndTheProcess() {
        var watch: SignalWatch? = SignalWatch()
        watch?.stayDeaf()
        watch = nil
        for number in numbers { kill(getpid(), number) }
        // Nor does one that comes as a run ends by itself.
        watch = SignalWatch()
        watch = nil
        for number in [SIGUSR1, SIGUSR2] { kill(getpid(), number) }
        XCTAssertNil(watch)
    }
}
