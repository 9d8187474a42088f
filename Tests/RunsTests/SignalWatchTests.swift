import DataParallel
import Foundation
import MPI
import Runs
import XCTest

/// Signals to this very process: one that is not kept off would end the tests.
final class SignalWatchTests: XCTestCase {
    private let numbers = [SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP]

    override func tearDown() {
        for number in numbers { signal(number, SIG_DFL) }
    }

    func testSignalsBecomeRequests() {
        let watch = SignalWatch()
        for (number, expected) in [
            (SIGUSR2, StepRequests.checkpoint), (SIGUSR1, .interruption), (SIGTERM, .interruption),
            (SIGHUP, .interruption), (SIGHUP, .interruption),
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

    /// `nohup` starts a program with SIGHUP ignored.
    func testAnIgnoredHangUpStaysIgnored() {
        signal(SIGHUP, SIG_IGN)
        let watch = SignalWatch()
        kill(getpid(), SIGHUP)
        kill(getpid(), SIGUSR2)
        var found = StepRequests()
        for _ in 0..<500 where found.isEmpty {
            usleep(10_000)
            found = watch.take()
        }
        XCTAssertEqual(found, .checkpoint)
    }

    /// Handlers run elsewhere as long as there is a watch; what is started meanwhile has the signals as they were.
    func testSignalsAreKeptOffTheThreadButNotOffWhatItStarts() throws {
        func startedProcess() throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "grep SigBlk /proc/self/status"]
            let output = Pipe()
            process.standardOutput = output
            try SignalThread.startingProcess { try process.run() }
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text
        }
        func isBlocked(_ number: Int32) -> Bool {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            return sigismember(&mask, number) == 1
        }
        let before = isBlocked(SIGTERM)
        var watch: SignalWatch? = SignalWatch()
        for number in numbers + [SIGCHLD, SIGALRM, SIGTSTP] { XCTAssertTrue(isBlocked(number), "signal \(number)") }
        for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL] { XCTAssertFalse(isBlocked(number), "signal \(number)") }
        XCTAssertEqual(try startedProcess(), "SigBlk:\t0000000000000000\n")
        XCTAssertTrue(isBlocked(SIGTERM), "the mask is that of before a process was started")
        watch = nil
        XCTAssertEqual(isBlocked(SIGTERM), before)
        XCTAssertNil(watch)
    }
}
