import DataParallel

/// When rank 0 asks for a checkpoint.
package struct CheckpointPolicy {
    private let settings: Checkpointing
    /// Since the last one.
    private var clock = StopWatch()
    /// The step that was last asked about.
    private var step = 0
    /// Asked for while another was being written.
    private var isDue = false

    package init(_ settings: Checkpointing) {
        self.settings = settings
    }

    /// - Parameters:
    ///   - step: updates that there will be.
    ///   - endsRun: whether the run ends with the step.
    ///   - isBusy: whether a checkpoint is still being written; then this one waits for a later step.
    package mutating func asks(afterStep step: Int, endsCycle: Bool, endsRun: Bool = false, isBusy: Bool) -> Bool {
        // While a cycle is evaluated it is the same step.
        if step == self.step { return false }
        self.step = step
        if let steps = settings.steps, step % steps == 0 { isDue = true }
        if settings.cycle, endsCycle { isDue = true }
        if settings.minutes > 0, clock.lap() >= 60 * settings.minutes { isDue = true }
        if settings.end, endsRun { return true }
        guard isDue, !isBusy else { return false }
        isDue = false
        clock.restart()
        return true
    }
}
