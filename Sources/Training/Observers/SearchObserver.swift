import Logging

/// Writes and tells what a search for the bounds of the rate has found.
final class SearchObserver: TrainingObserver {
    private let directory: RunDirectory
    /// Of rank 0.
    private let files: RunFiles?
    private let logger: Logger

    init(directory: RunDirectory, files: RunFiles?, logger: Logger) {
        self.directory = directory
        self.files = files
        self.logger = logger
    }

    func search(_ search: BoundsSearch) {
        let directory = directory
        switch search {
        case .rangeTest(let test):
            let points = RangeTestReport(test: test).points
            files?.put(directory.rangeTest) { () throws(FileError) in try directory.write(points) }
        case .trials(let trials):
            files?.put(directory.rateTrials) { () throws(FileError) in try directory.write(trials.trials) }
        }
        if case .success = search.result { logger.notice("\(search)") }
    }
}
