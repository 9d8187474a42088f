/// Seconds of the monotonic clock.
package struct StopWatch {
    private var start = ContinuousClock.now

    package init() {}

    package mutating func restart() {
        start = .now
    }

    package func lap() -> Double {
        (ContinuousClock.now - start) / .seconds(1)
    }

    package static func seconds(of body: () throws -> Void) rethrows -> Double {
        let watch = StopWatch()
        try body()
        return watch.lap()
    }
}

/// Seconds of the monotonic clock while it runs.
struct PausableWatch {
    private var earlier = 0.0
    /// Nil while it does not run.
    private var running: StopWatch?

    var seconds: Double { earlier + (running?.lap() ?? 0) }

    mutating func run() {
        if running == nil { running = StopWatch() }
    }

    mutating func pause() {
        earlier = seconds
        running = nil
    }

    /// Counts on from `seconds`, if it runs.
    mutating func reset(to seconds: Double) {
        earlier = seconds
        running?.restart()
    }
}
