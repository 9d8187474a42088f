import Foundation
import LearningRate
import Training

/// The directory a run writes to, and what its files are called.
public struct RunDirectory: Equatable, Sendable {
    public let path: String

    init(path: String) {
        self.path = path
    }

    /// The resolved configuration.
    public var configuration: String { "\(path)/configuration.yaml" }
    /// What computes the passes of each layer on this processor, by layer and pass: JSON.
    public var primitives: String { "\(path)/primitives.json" }
    /// A line a cycle; see ``CycleMetrics``.
    public var metrics: String { "\(path)/metrics.jsonl" }
    /// The same as a table, with `output.csv`.
    public var metricsTable: String { "\(path)/metrics.csv" }
    /// What rank `rank` itself computed a cycle, with `output.everyRank`.
    public func metrics(ofRank rank: Int) -> String { "\(path)/metrics-\(rank).jsonl" }
    /// A row a step, with `output.stepsLog`.
    public var steps: String { "\(path)/steps.csv" }
    /// The final weights.
    public var model: String { "\(path)/model.safetensors" }
    /// What the run can be continued from.
    public var checkpoints: String { "\(path)/checkpoints" }
    /// The checkpoint after so many steps.
    func checkpoint(ofStep step: Int) -> String { "\(checkpoints)/\(Checkpoint.fileName(step: step))" }
    /// What a step that ended the run was made of: JSON.
    public var failure: String { "\(path)/failure.json" }
    public var plot: String { "\(path)/training.png" }
    public var rangeTest: String { "\(path)/range-test.csv" }
    public var rangeTestPlot: String { "\(path)/range-test.png" }
    /// A row for each trial of a rate.
    public var rateTrials: String { "\(path)/rate-trials.csv" }
    /// The choice of the search for the bounds of the rate: JSON.
    public var rateSearch: String { "\(path)/rate-search.json" }
}

extension RunDirectory {
    /// Makes a directory for a new run, with those above it. To be called by one rank.
    ///
    /// - Throws: when it cannot be made or written to, or already holds a run, which is never overwritten.
    public static func create(at path: String) throws(FileError) -> RunDirectory {
        try make(path)
        let run = RunDirectory(path: path)
        try run.checkHoldsNoRun()
        guard access(path, W_OK | X_OK) == 0 else { throw FileError(path: path, cannot: "write to the run directory") }
        return run
    }

    /// Makes a directory, with those above it, where there is none.
    static func make(_ path: String) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: path, problem: "cannot create the run directory: \(reason(for: error, making: path))")
        }
    }

    /// Files without a byte are what a full disk has left of a run.
    func checkHoldsNoRun() throws(FileError) {
        var name = [configuration, metrics, model, rangeTest, rateTrials].first(where: Self.holdsSomething)
        // A file in its place holds none; failures to write checkpoints are told when they are due.
        if name == nil, (try? Checkpoint.steps(in: checkpoints))?.isEmpty == false { name = checkpoints }
        guard let name else { return }
        throw FileError(
            path: path,
            problem:
                "already holds a run (\((name as NSString).lastPathComponent)); give another directory with --output or remove it"
        )
    }

    static func holdsSomething(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0
    }

    /// Makes a directory named after a configuration and the time of day, such as `runs/mnist-mlp-20261123-184501`; a
    /// number is added when that is taken. No two runs get the same one, on whatever hosts they start at once.
    ///
    /// - Parameter configuration: path of the configuration file; its name without extension is used.
    public static func create(
        forConfiguration configuration: String, under parent: String = "runs", date: Date = Date()
    ) throws(FileError) -> RunDirectory {
        let path = "\(parent)/\(name(forConfiguration: configuration, date: date))"
        try make(parent)
        var candidate = path
        var number = 2
        // One call looks and makes.
        while mkdir(candidate, 0o777) != 0 {
            guard errno == EEXIST else { throw FileError(path: candidate, cannot: "create the run directory") }
            candidate = "\(path)-\(number)"
            number += 1
        }
        return RunDirectory(path: candidate)
    }

    /// `mnist-mlp-20261123-184501` for `configs/mnist-mlp.yaml`, in local time.
    static func name(forConfiguration configuration: String, date: Date) -> String {
        let name = ((configuration as NSString).lastPathComponent as NSString).deletingPathExtension
        var seconds = time_t(date.timeIntervalSince1970)
        var local = tm()
        localtime_r(&seconds, &local)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y%m%d-%H%M%S", &local)
        return "\(name)-\(String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }

    /// The directory of a run that has been made before.
    public static func open(at path: String) throws(FileError) -> RunDirectory {
        let run = RunDirectory(path: path)
        guard FileManager.default.fileExists(atPath: run.configuration) else {
            throw FileError(path: path, problem: "expected a run directory, found no configuration.yaml in it")
        }
        return run
    }

    /// Foundation tells a file in the way of the directory itself, and of one above it by an error without a reason.
    private static func reason(for error: any Error, making path: String) -> String {
        var above = URL(fileURLWithPath: path)
        while above.path != "/" {
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: above.path, isDirectory: &isDirectory) {
                if isDirectory.boolValue { break }
                return above.path == URL(fileURLWithPath: path).path
                    ? "a file of that name is in the way" : "\(above.relativePath) is a file"
            }
            above.deleteLastPathComponent()
        }
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        return error.localizedDescription
    }
}

extension RunDirectory {
    /// Writes the resolved configuration, which repeats the run.
    public func write(_ configuration: Configuration) throws(FileError) {
        try OutputFile.replace(self.configuration) { file throws(FileError) in try file.write(configuration.yaml) }
    }

    /// Writes what computes the passes, by layer and pass.
    public func write(primitives: [String: [String: String]]) throws(FileError) {
        try write(json: primitives, to: self.primitives)
    }

    /// Writes what the search for the bounds of the rate chose.
    func write(_ search: RateSearchRecord) throws(FileError) {
        try write(json: search, to: rateSearch)
    }

    /// Writes what ended the run.
    func write(_ evidence: StepEvidence) throws(FileError) {
        try write(json: evidence, to: failure)
    }

    private func write(json value: some Encodable, to path: String) throws(FileError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("\(value) has no JSON") }
        try OutputFile.replace(path) { file throws(FileError) in
            try file.write(String(decoding: data, as: UTF8.self) + "\n")
        }
    }

    /// Writes the steps of a range test: the columns step, rate, loss and smoothedLoss.
    public func write(_ points: [RangeTestPoint]) throws(FileError) {
        try OutputFile.replace(rangeTest) { file throws(FileError) in
            var text = "step,rate,loss,smoothedLoss\n"
            for (step, point) in points.enumerated() {
                text += "\(step + 1),\(point.rate),\(point.loss),\(point.smoothedLoss)\n"
            }
            try file.write(text)
        }
    }

    /// Writes the trials of rates: the columns rate, loss, clipped at that of guessing, and mutualInformation, both in nats, on
    /// samples held out; empty where a number was not finite.
    func write(_ trials: [RateTrials.Trial]) throws(FileError) {
        try OutputFile.replace(rateTrials) { file throws(FileError) in
            var text = "rate,loss,mutualInformation\n"
            for trial in trials {
                let score = trial.score.map { "\($0.clippedLoss),\($0.mutualInformation)" } ?? ","
                text += "\(trial.rate),\(score)\n"
            }
            try file.write(text)
        }
    }
}
