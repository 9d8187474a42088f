import DataParallel
import Foundation
import Synchronization

/// Turns signals to this process into requests to all ranks: SIGTERM, SIGINT and SIGUSR1 into an interruption, SIGUSR2 into a
/// checkpoint. One at a time; ends with the object; a second SIGTERM or SIGINT then acts as it does without it. SIGUSR1 and
/// SIGUSR2 stay ignored: one that a batch system sends as the run ends by itself would turn success into failure.
///
/// By handlers, not by Dispatch's signal sources: these read signals from a descriptor, and one that is ignored comes there
/// only where the thread that Linux would give it to happens to block it.
package final class SignalWatch {
    private var staysDeaf = false
    private static let numbers = [SIGTERM, SIGINT, SIGUSR1, SIGUSR2]

    package init() {
        // Made before a handler can come to it.
        requested.store(0, ordering: .relaxed)
        for number in Self.numbers { signal(number, note) }
    }

    deinit {
        for number in Self.numbers {
            signal(number, staysDeaf || number == SIGUSR1 || number == SIGUSR2 ? SIG_IGN : SIG_DFL)
        }
    }

    /// Leaves this process deaf to signals when the watch ends: a signal to all ranks reaches some of them later, when another's
    /// has ended the run already.
    package func stayDeaf() {
        staysDeaf = true
        for number in Self.numbers { signal(number, SIG_IGN) }
    }

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
