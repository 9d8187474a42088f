import DataParallel
import LearningRate

extension Trainer {
    /// How long to train, in what portions, and what steers the rate.
    public struct Plan: Sendable {
        public var epochs: Int
        /// Epochs between two looks at mutual information; rounded to whole steps, at least one.
        public var cycle: Double
        /// The most steps; nil for no limit but the epochs.
        public var maximumSteps: Int?
        /// The predictions that steer the rate.
        public var source: PredictionSource

        /// End of the training before its time; nil for none.
        public var stop: MutualInformationStop?

        /// End of the training when a metric no longer improves, and the choice of the best cycle's weights; nil for neither.
        public var earlyStop: EarlyStop?

        /// How it is measured what each layer says about the labels; nil not to.
        public var layers: LayerwiseSettings?

        /// Goes on behind a step with a loss or a gradient that is not finite, which is left out.
        public var leavesOutNonFiniteSteps = false
        /// Factor of all rates when the training goes back, in (0, 1), after a step with a loss or a gradient that
        /// is not finite; nil not to go back.
        public var rollBackFactor: Double?
        /// Has the training also go back, to its best window, where mutual information falls or nothing is learnt.
        public var watchesInformation = false
        /// Steps before which a training that is watched may know nothing, where they are more than the watch waits for.
        public var stepsOfPatience = 0
        /// When what a training that is not watched goes back to is kept in memory.
        public var keeping = Checkpointing()
        /// The most steps that are left out one after the other.
        static let mostLeftOut = 100

        public init(
            epochs: Int, cycle: Double = 1, maximumSteps: Int? = nil, source: PredictionSource = .train,
            stop: MutualInformationStop? = nil, layers: LayerwiseSettings? = nil
        ) {
            self.epochs = epochs
            self.cycle = cycle
            self.maximumSteps = maximumSteps
            self.source = source
            self.stop = stop
            self.layers = layers
        }

        /// Whole steps of a cycle that is so many epochs long, at least one.
        package static func stepsPerCycle(ofEpochs cycle: Double, perEpoch steps: Int) -> Int {
            max(1, Int((cycle * Double(steps)).rounded()))
        }

        package func totalSteps(perEpoch steps: Int) -> Int {
            min(epochs * steps, maximumSteps ?? .max)
        }
    }
}
