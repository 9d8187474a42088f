import Training

/// How the test accuracy of a run, or the mean of several, grew.
public struct LearningCurve: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public let epoch: Double
        /// Seconds of training steps, of measuring layers, and of the search for the rate before them.
        public let seconds: Double
        /// Accuracy on the test set; R² of real targets.
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

    /// The curve of a run over these epochs, if it ended earlier. It ends with the accuracy of the weights that the run ended with,
    /// which are those of an earlier cycle where the best one was chosen. A run that failed stays at its last cycle; one that failed
    /// before the first is as good as guessing.
    init(_ result: TrialResult, over epochs: [Double]) {
        var own = result.cycles.compactMap { cycle in
            cycle.test.map {
                Point(
                    epoch: cycle.epoch, seconds: result.rangeTestSeconds + cycle.seconds, accuracy: $0.score)
            }
        }
        if result.failure == nil, let last = own.popLast(), let final = result.cycles.ofFinalWeights?.test?.score {
            own.append(Point(epoch: last.epoch, seconds: last.seconds, accuracy: final))
        }
        if own.isEmpty {
            points = (epochs.isEmpty ? [0] : epochs).map {
                Point(epoch: $0, seconds: result.rangeTestSeconds, accuracy: result.chance)
            }
        } else {
            points = LearningCurve(own).goingOn(over: epochs).points
        }
    }

    /// The mean of curves with the same epochs, as long as the longest: one that ended earlier stays as it was.
    public init(meanOf curves: [LearningCurve]) {
        let longest = curves.max { $0.points.count < $1.points.count }
        let epochs = longest?.points.map(\.epoch) ?? []
        let curves = curves.filter { !$0.points.isEmpty }.map { $0.goingOn(over: epochs) }
        points = epochs.indices.map { index in
            func mean(_ value: (Point) -> Double) -> Double {
                curves.reduce(0) { $0 + value($1.points[index]) } / Double(curves.count)
            }
            return Point(epoch: mean(\.epoch), seconds: mean(\.seconds), accuracy: mean(\.accuracy))
        }
    }

    /// With the accuracy and the seconds of its last point at those epochs that come after it.
    func goingOn(over epochs: [Double]) -> LearningCurve {
        guard let last = points.last else { return self }
        return LearningCurve(
            points
                + epochs.filter { $0 > last.epoch }.map {
                    Point(epoch: $0, seconds: last.seconds, accuracy: last.accuracy)
                })
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
