/// What a rank asks all ranks to do after a step: it goes along with the step's reduction, so that all ranks learn of it at
/// the same step.
public struct StepRequests: OptionSet, Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Keep what training has come to.
    public static let checkpoint = StepRequests(rawValue: 1)
    /// Keep it, and end.
    public static let interruption = StepRequests(rawValue: 2)
    /// End, since a sample could not be read.
    package static let failedRead = StepRequests(rawValue: 4)
}
