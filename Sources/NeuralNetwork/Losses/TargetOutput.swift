/// An output of a network that is a real number, or the logit of a label, by itself, and how it is counted.
public struct TargetOutput: Sendable {
    public let name: String
    public let binCount: Int
    /// Standard deviation of the training targets, in their unit.
    public let standardDeviation: Double
    /// True for the logit of a label.
    public let isLabel: Bool
    /// The bin of an output, 0 ..< ``binCount``: what is counted in place of a class.
    public let bin: @Sendable (Float) -> Int32
    /// The bin of a standardized target.
    public let binOfTarget: @Sendable (Float) -> Int32

    public init(
        name: String, binCount: Int, standardDeviation: Double = 1, bin: @escaping @Sendable (Float) -> Int32
    ) {
        self.name = name
        self.binCount = binCount
        self.standardDeviation = standardDeviation
        isLabel = false
        self.bin = bin
        binOfTarget = bin
    }

    /// A label, 0 or 1, which is predicted where its probability is a half or more.
    public init(label name: String) {
        self.name = name
        binCount = 2
        standardDeviation = 1
        isLabel = true
        bin = { $0 >= 0 ? 1 : 0 }
        binOfTarget = { $0 >= 0.5 ? 1 : 0 }
    }
}
