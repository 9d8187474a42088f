import Entrain
import Foundation

/// Halves the rate after some epochs, again and again, without steps: η(t) = rate · 2^(−t / every), t in epochs.
struct Halving: RatedSchedule {
    static let name = "halving"

    var rate = Rate.auto
    var every = 10.0
    var run: ScheduleRun?

    static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("every", \.every, .epochs, unit: "epochs", "time to half of the rate"),
    ]

    func rate(at step: Int) -> Double {
        begun.rate(rate) * exp2(-Double(step) / Double(begun.stepsPerEpoch) / every)
    }
}
