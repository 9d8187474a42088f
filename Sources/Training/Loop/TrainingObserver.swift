import DataParallel

/// A listener that is told of a training and looks, shows or writes; it never steers.
///
/// All ranks call their observers at the same places, between two steps, so that observers which all ranks have may speak to each
/// other there. What one throws ends the training: an `AgreedError`, on all ranks alike. The order in which a trainer has its
/// observers is that in which they are told.
public protocol TrainingObserver: AnyObject {
    /// Requests of this rank. Not collective, and called once a step, and once a batch while a cycle is evaluated: it has to be
    /// quick.
    ///
    /// - Parameter step: that the request goes along with; nil while bounds are searched or a cycle is evaluated.
    func requests(before step: UpcomingStep?) -> StepRequests

    /// A step of the search for the bounds of the rate was done; it has to be quick.
    func searchStep(_ progress: SearchProgress)

    /// The search for the bounds of the rate is over, before there is a trainer.
    func search(_ search: BoundsSearch) throws

    /// The training begins, or goes on where ``Trainer/stepsDone`` is above 0.
    func begin(_ trainer: Trainer) throws

    /// A step was done.
    func step(_ step: StepRecord, of trainer: Trainer) throws

    /// A cycle has ended, and the rate of the next one is decided.
    func cycle(_ cycle: CycleRecord, of trainer: Trainer) throws

    /// A rank, or what the training is to go back to, asked for a checkpoint or an end: ``Trainer/state()`` and the parameters are
    /// those to go on from. After the last step of a cycle it comes behind ``cycle(_:of:)``, but before the look at a last
    /// cycle that the training's end cuts short: a longer training would not look there.
    func checkpoint(_ requests: StepRequests, of trainer: Trainer) throws

    /// The training went back.
    func rollBack(_ record: RollBackRecord, of trainer: Trainer) throws

    /// The training ends before its time by an error that all ranks have; ``Trainer/failure`` tells of numbers. What is thrown here
    /// is thrown in its place.
    func failure(of trainer: Trainer) throws

    /// The training has come to its end, or to an interruption. The parameters are those of the last step, also where those of the
    /// best cycle take their place afterwards.
    func end(_ trainer: Trainer) throws
}

extension TrainingObserver {
    public func requests(before step: UpcomingStep?) -> StepRequests { [] }
    public func searchStep(_ progress: SearchProgress) {}
    public func search(_ search: BoundsSearch) throws {}
    public func begin(_ trainer: Trainer) throws {}
    public func step(_ step: StepRecord, of trainer: Trainer) throws {}
    public func cycle(_ cycle: CycleRecord, of trainer: Trainer) throws {}
    public func checkpoint(_ requests: StepRequests, of trainer: Trainer) throws {}
    public func rollBack(_ record: RollBackRecord, of trainer: Trainer) throws {}
    public func failure(of trainer: Trainer) throws {}
    public func end(_ trainer: Trainer) throws {}
}

/// A step that is about to be done.
public struct UpcomingStep: Sendable {
    /// The steps that are done then.
    public let step: Int
    public let endsCycle: Bool
    /// True for the training's last one, unless metrics end it earlier.
    public let endsTraining: Bool
}
