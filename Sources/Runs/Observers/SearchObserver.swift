import Training

/// Tells now and then how far a search for the bounds of the rate is, and writes and tells what it has found.
final class SearchObserver: TrainingObserver {
    private let output: RunOutput
    private var pace = Pace(seconds: ProgressReporter.secondsBetweenLines)
    private let clock = StopWatch()

    init(_ output: RunOutput) {
        self.output = output
    }

    func searchStep(_ progress: SearchProgress) {
        if pace.isDue(at: clock.lap()) { output.logger.notice("\(progress)") }
    }

    func search(_ search: BoundsSearch) {
        let directory = output.directory
        switch search {
        case .rangeTest(let test):
            let points = RangeTestReport(test: test).points
            output.files?.put(directory.rangeTest) { () throws(FileError) in try directory.write(points) }
        case .trials(let trials):
            output.files?.put(directory.rateTrials) { () throws(FileError) in try directory.write(trials.trials) }
        }
        let record = RateSearchRecord(search)
        output.files?.put(directory.rateSearch) { () throws(FileError) in try directory.write(record) }
        if case .success = search.result { output.logger.notice("\(search)") }
    }
}
