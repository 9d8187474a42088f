import Settings

/// Section `checkpoint`: when a run keeps what it can be continued from. It also does so when it is told to end.
public struct Checkpointing: Configurable, Equatable {
    public var steps: Int?
    public var minutes = 10.0
    public var cycle = false
    public var end = true
    public var keep = 2
    public var best = false

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init(
            "steps", \.steps, .atLeast(1), unit: "steps", "time from one checkpoint to the next; null: not by steps"
        ),
        .init("minutes", \.minutes, .atLeast(0), unit: "minutes", "the same in minutes; 0: not by time"),
        .init("cycle", \.cycle, "keep one at the end of each cycle"),
        .init("end", \.end, "keep one at the end of the run, from which it can go on for longer"),
        .init("keep", \.keep, .atLeast(1), "number of the newest ones that stay"),
        .init(
            "best", \.best,
            "keep that of the cycle with the highest accuracy, or R² of a regression, too, as checkpoints/best: on the validation set, or "
                + "without one of the training predictions"),
    ]
}
