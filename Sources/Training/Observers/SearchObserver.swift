/// Writes and tells what a search for the bounds of the rate has found.
final class SearchObserver: TrainingObserver {
    private let output: RunOutput

    init(_ output: RunOutput) {
        self.output = output
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
        if case .success = search.result { output.logger.notice("\(search)") }
    }
}
