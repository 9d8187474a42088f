import DataParallel

/// Requests of ranks to a training, until all of them have acted on them: a step or a cycle that fails in between loses nothing.
struct PendingRequests {
    /// To be sent with the next step: what this rank asked for, and what was agreed on and not acted on yet.
    private(set) var open: StepRequests = []
    /// Requests that all ranks are to act on next; the same on all.
    private(set) var agreed: StepRequests = []

    mutating func add(_ requests: StepRequests) {
        open.formUnion(requests)
    }

    /// Takes what any rank had open at a step.
    mutating func agree(on requests: StepRequests) {
        agreed.formUnion(requests)
        open.formUnion(requests)
    }

    /// To be called when all ranks have acted on what was agreed.
    mutating func settle() {
        open.subtract(agreed)
        agreed = []
    }

    /// Leaves what was agreed to the next step, when the training goes back or begins again.
    mutating func putOff() {
        agreed = []
    }
}
