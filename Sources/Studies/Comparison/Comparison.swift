import Runs
import Settings

/// A study of one experiment in variations: each variation on each data set with each seed.
///
/// Read from YAML with ``Comparison/load(path:overrides:)``; that every run's configuration is valid is known then.
public struct Comparison: Sendable {
    /// The file's name without extension.
    public let name: String
    /// The name of the variation that the others are held against.
    public let reference: String
    public let seeds: [UInt64]
    /// The test accuracy whose epochs and seconds are reported, in (0, 1]; nil for the median of what the variations reach.
    public let targetAccuracy: Double?
    public let dataSets: [DataSet]
    /// In the order in which they are reported.
    public let variations: [Variation]
    /// How values are chosen for variations that are tuned; nil where none is.
    public let tuning: Tuning?

    /// Settings of the base that no run has, a line each.
    public let notes: [String]

    /// What every run has in common.
    let base: ConfigurationNode

    /// A value put in its place in the base configuration.
    struct Setting: Sendable {
        /// Keys and positions that lead to the place.
        let path: [String]
        let value: ConfigurationNode
    }

    public struct DataSet: Sendable {
        public let name: String
        let settings: [Setting]
    }

    public struct Variation: Sendable {
        public let name: String
        let settings: [Setting]
        /// What is tried for it; nil for what is not tuned.
        let grid: Grid?
    }

    /// The values of a key of which the best is taken.
    struct Grid: Sendable {
        let path: [String]
        let values: [ConfigurationNode]
    }

    /// Each value is tried with each seed in a run as long as those that are compared; the one with the highest mean accuracy
    /// on samples held out of the training set wins, a run that failed counting as a guess. The test set has no part in it.
    public struct Tuning: Sendable {
        /// None of those compared.
        public let seeds: [UInt64]
        /// The share of the training set held out, in (0, 1).
        public let validation: Double
    }
}

extension Comparison {
    /// The runs that values are chosen by.
    func tuningTrials() throws(ConfigurationError) -> [Trial] {
        guard let tuning else { return [] }
        var trials: [Trial] = []
        for dataSet in dataSets {
            for variation in variations {
                for index in (variation.grid?.values ?? []).indices {
                    for seed in tuning.seeds {
                        var configuration = try configuration(dataSet, variation, value: index, seed: seed)
                        configuration.data.validation = tuning.validation
                        try configuration.validate()
                        trials.append(
                            Trial(
                                dataSet: dataSet.name, variation: variation.name, purpose: .tuning(value: index),
                                seed: seed, configuration: configuration))
                    }
                }
            }
        }
        return trials
    }

    /// The runs that are compared: seed by seed, so that a study that is stopped has all variations of some seeds.
    ///
    /// - Parameter value: which value of its grid a variation has; asked for those that are tuned.
    func trials(value: (DataSet, Variation) -> Int) throws(ConfigurationError) -> [Trial] {
        var trials: [Trial] = []
        for dataSet in dataSets {
            for seed in seeds {
                for variation in variations {
                    let index = variation.grid == nil ? nil : value(dataSet, variation)
                    trials.append(
                        Trial(
                            dataSet: dataSet.name, variation: variation.name, purpose: .comparison, seed: seed,
                            configuration: try configuration(dataSet, variation, value: index, seed: seed)))
                }
            }
        }
        return trials
    }

    /// - Parameter value: which one of the variation's grid; nil where it has none.
    private func configuration(
        _ dataSet: DataSet, _ variation: Variation, value: Int?, seed: UInt64
    ) throws(ConfigurationError) -> Configuration {
        var root = base
        for setting in dataSet.settings + variation.settings where setting.path == ["seed"] {
            throw ConfigurationError(
                place: setting.value.place, keyPath: "seed",
                problem: "expected in seeds of the comparison, found in a set")
        }
        if let grid = variation.grid, grid.path == ["seed"] {
            throw ConfigurationError(
                place: grid.values.first?.place ?? base.place, keyPath: "seed",
                problem: "expected in seeds of the comparison or of tune, found as the key that is tuned")
        }
        for setting in dataSet.settings + variation.settings {
            try root.replace(at: setting.path[...], by: setting.value)
        }
        if let grid = variation.grid, let value {
            try root.replace(at: grid.path[...], by: grid.values[value])
        }
        var configuration = try Configuration(root)
        if let key = configuration.keyOfMissingFile {
            throw ConfigurationError(
                place: root.place(of: components(ofKeyPath: key)), keyPath: key,
                problem:
                    "expected null or false in a comparison, which keeps results alone and has no such file to write; "
                    + "found another value")
        }
        configuration.seed = seed
        // What is seen of a run in a comparison is its metrics.
        configuration.output.plot = false
        return configuration
    }
}

extension Configuration {
    /// The first key that asks for files which a comparison does not write; nil where there is none. Checkpoints in memory are
    /// what a run goes back to with `nonFinite: roll-back`.
    fileprivate var keyOfMissingFile: String? {
        if output.stepsLog { return "output.stepsLog" }
        if output.csv { return "output.csv" }
        if output.everyRank { return "output.everyRank" }
        if output.tensorboard { return "output.tensorboard" }
        if checkpoint.best { return "checkpoint.best" }
        if training.nonFinite == .rollBack { return nil }
        if checkpoint.cycle { return "checkpoint.cycle" }
        return checkpoint.steps == nil ? nil : "checkpoint.steps"
    }
}
