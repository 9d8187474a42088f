import Training

/// How the test accuracy of a run, or the mean of several, grew.
public struct LearningCurve: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public let epoch: Double
        /// Of training steps, the range test's before them included.
        public let seconds: Double
        public let accuracy: Double

        public init(epoch: Double, seconds: Double, accuracy: Double) {
            self.epoch = epoch
            self.seconds = seconds
            self.accuracy = accuracy
        }
    }

    /// In the order of the epochs.
    public let points: [Point]

    public init(_ points: [Point]) {
        self.points = points
    }

    init(_ result: TrialResult) {
        points = result.cycles.compactMap { cycle in
            cycle.test.map {
                Point(
                    epoch: cycle.epoch, seconds: result.rangeTestSeconds + cycle.seconds, accuracy: $0.accuracy)
            }
        }
    }

    /// Of curves with the same epochs; as long as the shortest.
    public init(meanOf curves: [LearningCurve]) {
        let length = curves.map(\.points.count).min() ?? 0
        points = (0..<length).map { index in
            func mean(_ value: (Point) -> Double) -> Double {
                curves.reduce(0) { $0 + value($1.points[index]) } / Double(curves.count)
            }
            return Point(epoch: mean(\.epoch), seconds: mean(\.seconds), accuracy: mean(\.accuracy))
        }
    }

    public var finalAccuracy: Double? { points.last?.accuracy }

    public var bestAccuracy: Double? { points.map(\.accuracy).max() }

    /// The first point whose accuracy is at least that; nil where there is none.
    public func reaching(_ accuracy: Double) -> Point? {
        points.first { $0.accuracy >= accuracy }
    }

    /// The area under the curve from the first point to the last, by trapezoids, over its length in epochs: a mean accuracy
    /// on the way. Nil of fewer than two points.
    public var area: Double? {
        guard let first = points.first, let last = points.last, last.epoch > first.epoch else { return nil }
        let sum = zip(points, points.dropFirst()).reduce(0.0) { sum, pair in
            sum + (pair.1.epoch - pair.0.epoch) * (pair.0.accuracy + pair.1.accuracy) / 2
        }
        return sum / (last.epoch - first.epoch)
    }
}
