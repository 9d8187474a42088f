/// The description of a synthetic set; its samples are those of ``SyntheticDataset``.
public struct SyntheticSet: Sendable, Equatable {
    /// [C, H, W] or [features].
    public var sampleShape: [Int]
    public var classCount: Int
    public var trainCount: Int
    public var testCount: Int
    /// Two classes are confused with probability Φ(−1/noise): never at 0, 2.3 % at 0.5, 16 % at 1.
    public var noise: Double
    public var seed: UInt64

    public init(
        sampleShape: [Int] = [1, 28, 28], classCount: Int = 10, trainCount: Int = 60_000, testCount: Int = 10_000,
        noise: Double = 0.4, seed: UInt64 = 0
    ) {
        self.sampleShape = sampleShape
        self.classCount = classCount
        self.trainCount = trainCount
        self.testCount = testCount
        self.noise = noise
        self.seed = seed
    }
}
