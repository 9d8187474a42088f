import DataParallel
import Foundation
import MPI
import Synchronization
import Training

/// Turns signals to this process into requests to all ranks: SIGTERM, SIGINT, SIGUSR1 and SIGHUP into an interruption, SIGUSR2
/// into a checkpoint. One at a time; ends with the object.
///
/// - A second SIGTERM or SIGINT acts as it does without the watch: it ends the process.
/// - SIGHUP, which the terminal's end sends, often more than once, is left alone where it is ignored, as under `nohup`.
/// - SIGUSR1 and SIGUSR2 stay ignored after the end: one that a batch system sends as the run ends by itself would turn
///   success into failure.
///
/// Handlers run on the ``SignalThread``. The thread that makes the watch, and those that it starts from then on, have signals
/// blocked; in a program that did not begin with `MPIRuntime.main` it must be the thread that computes, before oneDNN has
/// started threads of its own.
///
/// By handlers, not by Dispatch's signal sources: these read signals from a descriptor, and one that is ignored comes there
/// only where the thread that Linux would give it to happens to block it.
package final class SignalWatch: TrainingObserver {
    private var staysDeaf = false
    private let numbers: [Int32]
    private let maskBefore: SignalThread.Mask
    private let thread = pthread_self()

    package init() {
        maskBefore = SignalThread.keepSignalsOffThisThread()
        // Made before a handler can come to it.
        requested.store(0, ordering: .relaxed)
        let isHangUpIgnored =
            unsafeBitCast(signal(SIGHUP, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        numbers = [SIGTERM, SIGINT, SIGUSR1, SIGUSR2] + (isHangUpIgnored ? [] : [SIGHUP])
        for number in numbers { signal(number, note) }
    }

    deinit {
        for number in numbers {
            signal(number, staysDeaf || number == SIGUSR1 || number == SIGUSR2 ? SIG_IGN : SIG_DFL)
        }
        if pthread_equal(thread, pthread_self()) != 0 { SignalThread.restore(maskBefore) }
    }

    /// Leaves this process deaf to signals when the watch ends: a signal to all ranks reaches some of them later, when another's
    /// has ended the run already.
    package func stayDeaf() {
        staysDeaf = true
        for number in numbers { signal(number, SIG_IGN) }
    }

    package func requests(before step: UpcomingStep?) -> StepRequests { take() }

    /// What signals have asked for since the last call.
    package func take() -> StepRequests {
        StepRequests(rawValue: requested.exchange(0, ordering: .relaxed))
    }
}

/// What signals have asked for: a handler reaches nothing that it is not given by name.
private let requested = Atomic<UInt8>(0)

/// The handler; does only what signal-safety(7) allows.
private func note(_ number: Int32) {
    let request: StepRequests = number == SIGUSR2 ? .checkpoint : .interruption
    requested.bitwiseOr(request.rawValue, ordering: .relaxed)
    if number == SIGTERM || number == SIGINT { signal(number, SIG_DFL) }
}
