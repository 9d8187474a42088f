import Settings

/// Schedules one after the other, each for some time and each from its own step 0. The last one goes on beyond its length.
///
/// A cycle is shown to the part that holds the step after it, unless that is the part's first. Of the cycle in which a part
/// began it sees what came before too.
public struct Joined: Schedule {
    public static let name = "joined"

    public struct Part: Configurable, Equatable, Codable {
        /// Above 0; needed but for the last part, which goes on to the end.
        public var epochs: Double?
        /// Any but `joined`.
        public var schedule: any Schedule {
            get { coded.schedule }
            set { coded.schedule = newValue }
        }
        private var coded = CodedSchedule(MutualInformation())

        public init() {}

        public init(_ schedule: any Schedule, epochs: Double? = nil) {
            self.epochs = epochs
            coded = CodedSchedule(schedule)
        }

        public static let settings: [Setting<Self>] = [
            .init(
                "epochs", \.epochs, .epochs, unit: "epochs", "length of the part; not of the last", writesNull: false),
            .init(choice: "schedule", \.schedule, "schedule", among: Schedules.all, "schedule of the part"),
        ]
    }

    public var parts: [Part] = []
    public var run: ScheduleRun?

    public init() {}

    public init(_ parts: [Part]) { self.parts = parts }

    public static let settings: [Setting<Self>] = [
        .init(
            sections: "parts", \.parts, of: "schedules with their epochs",
            expected: "a list of schedules such as {epochs: 5, schedule: …}", "schedules, one after the other")
    ]

    public var needsBounds: Bool { parts.contains { $0.schedule.needsBounds } }
    public var mayRise: Bool { true }
    public var holdsRate: Bool { parts.last?.schedule.holdsRate == true }
    public var source: PredictionSource? { parts.lazy.compactMap(\.schedule.source).first }
    public var measurement: InformationSettings? { parts.lazy.compactMap(\.schedule.measurement).first }
    public var layerSettings: LayerwiseSettings? { parts.lazy.compactMap(\.schedule.layerSettings).first }
    public var nameOfPartUntilEnd: String? {
        parts.last.flatMap { $0.epochs == nil ? $0.schedule.nameOfPartUntilEnd : nil }
    }

    public mutating func begin(_ run: ScheduleRun) {
        self.run = run
        var left = run.horizon
        for index in parts.indices {
            let steps = parts[index].epochs.map(run.steps) ?? max(1, left)
            left -= steps
            var own = run
            own.horizon = steps
            own.warmUpSteps = 0
            parts[index].schedule.begin(own)
        }
    }

    public func rate(at step: Int) -> Double {
        let (index, start) = part(at: step)
        return parts[index].schedule.rate(at: step - start)
    }

    public func rates(at step: Int) -> LayerRates {
        let (index, start) = part(at: step)
        return parts[index].schedule.rates(at: step - start)
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let (index, start) = part(at: metrics.step)
        guard metrics.step > start else {
            let rate = rate(at: metrics.step)
            return RateDecision(before: rate, after: rate, reason: .beginning(part: index))
        }
        return parts[index].schedule.observe(metrics.since(start))
    }

    /// The part that holds a step, and the step at which it begins.
    private func part(at step: Int) -> (index: Int, start: Int) {
        var (index, start) = (0, 0)
        while index < parts.count - 1, let length = parts[index].schedule.run?.horizon, step - start >= length {
            start += length
            index += 1
        }
        return (index, start)
    }

    public var contradiction: Contradiction? {
        if parts.isEmpty { return Contradiction("parts", "expected at least one schedule, found none") }
        for (index, part) in parts.enumerated() {
            let path = "parts[\(index)]"
            if part.schedule is Joined { return Contradiction("\(path).schedule", "expected any schedule but joined") }
            if part.epochs == nil, index < parts.count - 1 {
                return Contradiction("\(path).epochs", "expected the length of every part but the last, found none")
            }
            if let source = part.schedule.source, source != self.source {
                return Contradiction("\(path).source", "expected the same in all parts that look at metrics, found two")
            }
            if let key = differenceOfMeasurement(part.schedule) {
                return Contradiction(
                    "\(path).\(key)", "expected the same in all parts of mutual-information, found two")
            }
        }
        return nil
    }

    /// The first key in which mutual information would be measured otherwise: a run measures it in one way.
    private func differenceOfMeasurement(_ schedule: any Schedule) -> String? {
        guard let own = schedule.measurement, let first = measurement else { return nil }
        if own.predictions != first.predictions { return "predictions" }
        if own.estimator != first.estimator { return "estimator" }
        return schedule.layerSettings != nil && schedule.layerSettings != layerSettings ? "layers" : nil
    }
}
