import DataParallel
import LearningRate
import Settings

extension Configuration {
    /// The schedule as the run begins, given the bounds where the configuration leaves them to a search.
    ///
    /// - Parameters:
    ///   - totalSteps: of the run: the horizon where none is given.
    ///   - layerCount: layers with parameters.
    func schedule(bounds: RateBounds?, stepsPerEpoch: Int, totalSteps: Int, layerCount: Int) -> RunningSchedule {
        let warmUpSteps = Int((learningRate.warmup * Double(stepsPerEpoch)).rounded())
        var run = ScheduleRun(
            stepsPerEpoch: stepsPerEpoch, horizon: max(1, totalSteps - warmUpSteps), bounds: bounds,
            layerCount: max(1, layerCount), warmUpSteps: warmUpSteps)
        if let horizon = learningRate.horizon { run.horizon = run.steps(horizon) }
        let schedule = learningRate.schedule.begun(run)
        return RunningSchedule(schedule, warmUpSteps: schedule.hasOwnWarmUp ? 0 : warmUpSteps)
    }

    /// True where a search for the bounds comes before training.
    package var searchesBounds: Bool { learningRate.schedule.needsBounds }

    /// True where the training goes back when mutual information falls.
    package var watchesInformation: Bool {
        switch training.watch {
        case .on: true
        case .off: false
        case .auto: searchesBounds && learningRate.search == .trials && !learningRate.schedule.mayRise
        }
    }

    /// The range test that the configuration describes.
    package var rangeTest: RangeTest {
        let settings = learningRate.rangeTest
        return RangeTest(
            steps: settings.steps, lowestRate: settings.from, highestRate: settings.to, safety: settings.safety)
    }

    /// How mutual information is measured: as the schedule asks, all of its parts alike.
    var informationSettings: InformationSettings { learningRate.schedule.measurement ?? InformationSettings() }

    /// How layers are measured, in all parts of the schedule alike that give them rates of their own; nil where none does.
    package var layerMeasurement: LayerwiseSettings? {
        learningRate.schedule.layerSettings
    }

    /// Throws where layers are to be measured by the bins of several targets.
    func checkTargets(_ count: Int) throws(ConfigurationError) {
        guard layerMeasurement != nil, count > 1 else { return }
        throw ConfigurationError(
            place: "configuration", keyPath: "learningRate.layers",
            problem: "expected one target where layers have rates of their own, found \(count)")
    }

    /// Throws where mutual information cannot be measured as asked for so many classes.
    func checkClasses(_ count: Int) throws(ConfigurationError) {
        let most = CycleStatistics.largestSoftClassCount
        guard informationSettings.predictions == .soft, count > most else { return }
        throw ConfigurationError(
            place: "configuration", keyPath: "learningRate.predictions",
            problem: "expected hard for more than \(most) classes, found soft for \(count)")
    }
}
