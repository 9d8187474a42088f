/// An output of a network that is a real number by itself, and how it is counted.
public struct TargetOutput: Sendable {
    public let name: String
    public let binCount: Int
    /// Of the training targets, in their unit.
    public let standardDeviation: Double
    /// The bin of an output or of a standardized target, 0 ..< ``binCount``: what is counted in place of a class.
    public let bin: @Sendable (Float) -> Int32

    public init(
        name: String, binCount: Int, standardDeviation: Double = 1, bin: @escaping @Sendable (Float) -> Int32
    ) {
        self.name = name
        self.binCount = binCount
        self.standardDeviation = standardDeviation
        self.bin = bin
    }
}
