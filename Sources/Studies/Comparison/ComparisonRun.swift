import Datasets
import LearningRate
import MPI
import Runs
import Training

/// `entrain compare`: runs what a comparison lacks, groups of ranks side by side, and reports.
public final class ComparisonRun {
    public let comparison: Comparison
    private let store: TrialStore
    /// Lock of the first rank: keeps the directory for this job.
    private var lock: DirectoryLock?
    private let dataRoot: String?
    private let world: any Communicator
    private let group: any Communicator
    private let report: (String) -> Void
    /// Results of this group that are not on the disk yet.
    private var unwritten: [(trial: Trial, result: TrialResult)] = []
    private var loaded: [(key: DataKey, data: SharedData, digests: [String: String]?)] = []
    /// Warnings about data that have been told.
    private var warned: Set<String> = []
    private let version: String
    /// Asked for before the first run of this group, as the working directory may change meanwhile.
    private lazy var provenance = Provenance(version: version, library: world.library)

    /// Collective.
    ///
    /// - Parameters:
    ///   - output: the directory of results and report; what it holds of this comparison is not run again.
    ///   - ranksPerRun: ranks of a group, which runs one trial at a time; divides the number of ranks.
    ///   - version: of this program, kept with each result.
    ///   - report: takes a line of progress; called on the first rank of each group.
    /// - Throws: `AgreedError` where the ranks cannot be split evenly, the directory cannot be made, or data are missing.
    public init(
        _ comparison: Comparison, dataRoot: String?, output: String, ranksPerRun: Int, version: String,
        over world: any Communicator, report: @escaping (String) -> Void
    ) throws {
        guard ranksPerRun >= 1, world.size % ranksPerRun == 0 else {
            throw AgreedError(everywhere: ComparisonError.unevenGroups(ranks: world.size, ranksPerRun: ranksPerRun))
        }
        self.comparison = comparison
        self.dataRoot = dataRoot
        self.version = version
        self.world = world
        self.report = report
        store = TrialStore(directory: output)
        group = try world.split(color: world.rank / ranksPerRun, key: world.rank)!
        // Files that are missing are told once, before anything is written or run.
        for trial in try world.agree({ try comparison.trials { _, _ in 0 } }) where trial.seed == comparison.seeds[0] {
            // What belongs to one seed each group has for itself: they are at different seeds at a time.
            let ranks: any Communicator = trial.configuration.data.dependsOnSeed ? group : world
            let data = Result { try loadData(for: trial.configuration, over: ranks) }
            _ = try world.agree { try data.get() }
        }
        lock = try world.agree {
            guard world.rank == 0 else { return nil }
            let lock = try DirectoryLock(making: output, patience: DirectoryLock.patienceOfResumption)
            try store.prepare()
            return lock
        }
    }

    /// Collective. Runs the trials that have no result.
    ///
    /// - Returns: the report, on all ranks.
    public func run() throws -> ComparisonReport {
        let tuningTrials = try world.agree { try comparison.tuningTrials() }
        try run(tuningTrials)
        let tuning = try tuningOutcomes(of: tuningTrials)
        let trials = try world.agree {
            try comparison.trials { dataSet, variation in
                tuning.first { $0.dataSet == dataSet.name && $0.variation == variation.name }?.chosen ?? 0
            }
        }
        try run(trials)
        return try world.agree {
            if world.rank == 0 { try store.removeClaims() }
            return ComparisonReport(comparison, results: try results(of: trials), tuning: tuning)
        }
    }

    /// Collective. Returns when all trials have results.
    private func run(_ trials: [Trial]) throws {
        try checkData(of: trials)
        let clock = ContinuousClock.now
        let missing = trials.count { !store.hasResult(of: $0) }
        try world.barrier()
        for trial in trials {
            let claims = try group.agree { group.rank == 0 ? try store.claim(trial) : false }
            guard try group.broadcast(claims ? 1 : 0, root: 0) == 1 else { continue }
            let result = try run(trial)
            try group.agree {
                guard group.rank == 0 else { return }
                writeResults([(trial, result)])
                let left = trials.count { !store.hasResult(of: $0) }
                let seconds = (ContinuousClock.now - clock) / .seconds(1)
                let expected = seconds / Double(max(missing - left, 1)) * Double(left)
                report(
                    "[\(trials.count - left)/\(trials.count)] \(trial.title): \(result.outcome)"
                        + (left > 0 ? "; about \(NumberText.duration(expected)) left" : ""))
            }
        }
        // For the last time.
        try world.agree {
            writeResults([])
            if let first = unwritten.first { try store.write(first.result, of: first.trial) }
        }
    }

    /// Writes results, those first that could not be written before. A full disk ends nothing while others are to be run.
    private func writeResults(_ results: [(trial: Trial, result: TrialResult)]) {
        let isFirst = unwritten.isEmpty
        unwritten = (unwritten + results).filter { trial, result in
            do {
                try store.write(result, of: trial)
                return false
            } catch {
                if isFirst {
                    report("warning: \(error); the result is kept in memory and tried again after the next run")
                }
                return true
            }
        }
    }

    /// Collective over the group.
    private func run(_ trial: Trial) throws -> TrialResult {
        let configuration = trial.configuration
        var provenance = group.rank == 0 ? self.provenance : nil
        provenance?.date = Provenance.today
        let data = try loadData(for: configuration, over: group)
        let experiment = try Experiment(configuration, dataRoot: dataRoot, data: data, over: group)
        try experiment.review { warning in
            if warned.insert("\(warning)").inserted { report("warning: \(warning)") }
        }
        var failure: String?
        let record = TrialObserver()
        let warnings = WarningObserver(tellsCycles: false) { [group, report] warning in
            if group.rank == 0 { report("warning: \(trial.title): \(warning)") }
        }
        do {
            try experiment.train(observedBy: [record, warnings])
        } catch let error as AgreedError {
            // A rate at which the numbers overflow is a finding, not a reason to end the comparison.
            guard let cause = record.failure ?? warnings.failure else { throw error }
            failure = "\(cause)"
        }
        // A regression that knows nothing has R² 0, whatever its bins.
        let classCount = experiment.data.train.targetScale == nil ? experiment.replica.classCount : nil
        try experiment.replica.free()
        let sets = try digests(for: configuration, over: group)
        return TrialResult(
            configuration: configuration.yaml, ranks: group.size, rangeTestSeconds: record.searchSeconds,
            cycles: record.cycles,
            failure: failure, host: world.hostName, highestRate: record.highestRate, classCount: classCount,
            provenance: provenance, sets: sets)
    }

    /// Collective. What was found for each tuned variation on each data set.
    private func tuningOutcomes(of trials: [Trial]) throws -> [TuningOutcome] {
        try world.agree {
            let results = try self.results(of: trials)
            return comparison.dataSets.flatMap { dataSet in
                comparison.variations.compactMap { variation in
                    variation.grid.map { grid in
                        TuningOutcome(
                            dataSet: dataSet.name, variation: variation.name, grid: grid,
                            results: results.filter {
                                $0.0.dataSet == dataSet.name && $0.0.variation == variation.name
                            })
                    }
                }
            }
        }
    }

    private func results(of trials: [Trial]) throws -> [(Trial, TrialResult)] {
        try trials.map { trial in
            guard let result = try store.result(of: trial) else { throw ComparisonError.lostResult(trial.title) }
            return (trial, result)
        }
    }

    /// What loaded data depend on.
    private struct DataKey: Equatable {
        let data: Configuration.Data
        let task: DataTask
        let seed: UInt64?

        init(_ configuration: Configuration) {
            data = configuration.data
            task = configuration.task.ofData
            seed = data.dependsOnSeed ? configuration.seed : nil
        }
    }

    /// Collective over `ranks`.
    private func loadData(for configuration: Configuration, over ranks: any Communicator) throws -> SharedData {
        let key = DataKey(configuration)
        if let known = loaded.first(where: { $0.key == key }) { return known.data }
        // What belongs to one seed is not asked for again once the seed is done.
        for (key, data, _) in loaded where key.seed != nil { try data.free() }
        loaded.removeAll { $0.key.seed != nil }
        let data = try configuration.loadData(root: dataRoot, over: ranks)
        loaded.append((key, data, nil))
        return data
    }

    /// Collective over `ranks`. Digests of data that have just been loaded; nil where the configuration alone determines them.
    ///
    /// - Throws: `AgreedError` of a `DatasetError` of a file that could not be read; `MPIError`.
    private func digests(
        for configuration: Configuration, over ranks: any Communicator
    ) throws -> [String: String]? {
        let key = DataKey(configuration)
        guard configuration.data.source.hasFiles, let place = loaded.firstIndex(where: { $0.key == key }) else {
            return nil
        }
        // A group that has run a trial has them, others may not.
        let known = loaded[place].digests
        let areKnown = try ranks.allReduce(known == nil ? 0 : 1, .min) == 1
        if areKnown, let known { return known }
        let digests = try loaded[place].data.samples.digests(over: ranks)
        loaded[place].digests = digests
        return digests
    }

    /// Collective. Ends where a result that is there is of other data than would be trained on now: their means would say nothing.
    private func checkData(of trials: [Trial]) throws {
        // One rank looks: file systems show a file to some hosts earlier than to others.
        var present = world.rank == 0 ? trials.map { store.hasResult(of: $0) ? UInt8(1) : 0 } : []
        try world.broadcast(resizing: &present, root: 0)
        var untold: [String] = []
        for (trial, isPresent) in zip(trials, present) where isPresent == 1 && trial.configuration.data.source.hasFiles
        {
            let ranks: any Communicator = trial.configuration.data.dependsOnSeed ? group : world
            _ = try loadData(for: trial.configuration, over: ranks)
            let read = Result { try digests(for: trial.configuration, over: ranks) }
            let found = try world.agree { try read.get() }
            try world.agree {
                guard world.rank == 0, let result = try store.result(of: trial) else { return }
                guard let kept = result.sets else {
                    untold.append(store.path(of: trial))
                    return
                }
                if let change = LoadedData.difference(of: found ?? [:], from: kept) {
                    throw ComparisonError.otherData(
                        result: store.path(of: trial), set: change.set, kept: change.kept, found: change.found)
                }
            }
        }
        if let first = untold.first {
            let others = untold.count == 1 ? "" : ", nor do \(untold.count - 1) others"
            report(
                "warning: \(first): the result does not tell of what data it is\(others); taken as of the present data")
        }
    }
}

extension TrialResult {
    fileprivate var outcome: String {
        if let failure { return failure }
        let seconds = rangeTestSeconds + (cycles.last?.seconds ?? 0)
        return
            "\(NumberText.percent(cycles.ofFinalWeights?.test?.score)) of the test set, \(NumberText.duration(seconds))"
    }
}

/// What keeps a comparison from being run.
public enum ComparisonError: Error, CustomStringConvertible, Equatable {
    case unevenGroups(ranks: Int, ranksPerRun: Int)
    case lostResult(String)
    /// - Parameters:
    ///   - result: the file of a result.
    ///   - kept: the digest of the set that it is of.
    case otherData(result: String, set: String, kept: String, found: String)
    /// - Parameters:
    ///   - dataSets: on which no run came to its end, and what the first one ended with.
    case nothingTrained(dataSets: [String], reason: String)

    public var description: String {
        switch self {
        case .unevenGroups(let ranks, let ranksPerRun):
            "--ranks-per-run: expected a divisor of the \(ranks) \(ranks == 1 ? "rank" : "ranks"), found \(ranksPerRun)"
        case .otherData(let result, let set, let kept, let found):
            "\(result): is the result of another \(set), \(kept); expected that of the data now, \(found); give the same files, remove "
                + "the results, or give another directory with --output"
        case .nothingTrained(let dataSets, let reason):
            "all runs on \(NameList(dataSets)) failed, the first one: \(reason); there is nothing to compare"
        case .lostResult(let trial): "the result of a trial has gone (\(trial)); start again to run what is missing"
        }
    }
}
