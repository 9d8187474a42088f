import Foundation
import Runs
import Settings

extension Comparison {
    /// Reads a comparison from a YAML file:
    ///
    /// ```yaml
    /// base: ../mnist-mlp.yaml          # a configuration, or the file of one, relative to this file
    /// seeds: [1, 2, 3]                 # default 1 to 6, the fewest of which a difference can be told with p < 0.05
    /// reference: MI decay              # default: the first variation
    /// target: 0.98                     # test accuracy; default: the median of what the variations reach
    /// dataSets:                        # default: that of the base, named after this file
    ///   - name: MNIST
    ///     set: {data.train.images: …}
    /// tune:                            # default: nothing is tuned
    ///   key: learningRate.rate
    ///   values: [0.001, 0.01, 0.1]
    ///   seeds: [101, 102, 103]         # the default
    ///   validation: 0.1                # default 0.1
    /// variations:                      # or the file of a list under that key, relative to this file
    ///   - name: MI decay               # the reference is not tuned
    ///   - name: Adam
    ///     set: {optimizer.name: adam, learningRate: {schedule: constant}}
    ///     tune: false                  # or a key and values of its own; default: as above
    /// ```
    ///
    /// `set` puts values at key paths; what it puts there takes the place of all that was there.
    ///
    /// - Parameter overrides: settings of the form `key.path=value` of the base, any but its `seed`.
    /// - Throws: an error of one line where the file or any run's configuration is wrong.
    public static func load(path: String, overrides: [String] = []) throws(ConfigurationError) -> Comparison {
        var root = try ConfigurationNode.document(yaml: Configuration.text(ofFile: path), name: path)
        let (file, directory) = (path as NSString, FilePlace.directory(of: path))
        try root.fetchVariations(directory: directory)
        let comparison = try Comparison(
            reading: SectionReader(root: root),
            name: (file.lastPathComponent as NSString).deletingPathExtension,
            directory: directory, overrides: overrides)
        // Every run is known to be valid before the first one starts.
        _ = try comparison.tuningTrials()
        for index in 0..<(comparison.variations.compactMap(\.grid?.values.count).max() ?? 1) {
            _ = try comparison.trials { _, variation in min(index, variation.grid!.values.count - 1) }
        }
        return comparison
    }

    private init(
        reading reader: SectionReader, name: String, directory: String, overrides: [String]
    ) throws(ConfigurationError) {
        var base = try reader.base(directory: directory)
        let seed = base.entries?.first { $0.key == "seed" }
        for override in overrides {
            try base.apply(override: override)
            guard base.entries?.first(where: { $0.key == "seed" })?.value.place == seed?.value.place else {
                throw ConfigurationError(
                    place: "--set \(override)", keyPath: "seed",
                    problem:
                        "expected in seeds of the comparison, found for its base: each run has its seed from that list"
                )
            }
        }
        let notes = seed.flatMap { $0.value.isNull ? nil : $0.place }.map {
            "\($0): seed: not used: each run has its seed from seeds of the comparison"
        }
        let seeds = try reader.seeds() ?? [1, 2, 3, 4, 5, 6]
        let target = try reader.double("target", .above(0, through: 1))
        let dataSets = try reader.list("dataSets", expected: "data sets such as {name: …, set: {…}}") {
            reader throws(ConfigurationError) in
            DataSet(name: try reader.name(), settings: try reader.settings())
        }
        let tune = try reader.section("tune", TuneSection.init(reading:))
        let reference = try reader.string("reference", expected: "the name of a variation")
        var isFirst = true
        let variations = try reader.required(
            "variations",
            reader.list("variations", expected: "variations such as {name: …, set: {…}}") {
                reader throws(ConfigurationError) in
                let name = try reader.name()
                let isReference = reference.map { $0 == name } ?? isFirst
                isFirst = false
                return Variation(
                    name: name, settings: try reader.settings(), grid: try reader.grid(isReference ? nil : tune?.grid))
            }, expected: "a list of variations such as - {name: Adam, set: {optimizer.name: adam}}")
        try reader.checkForUnknownKeys()

        func fail(_ key: String, _ problem: String) throws(ConfigurationError) -> Never {
            throw ConfigurationError(
                place: reader.value(key)?.place ?? reader.node.place, keyPath: key, problem: problem)
        }
        func distinct(_ key: String, _ names: [String]) throws(ConfigurationError) {
            let files = names.map(Trial.fileName(for:))
            for (index, file) in files.enumerated() where files[..<index].contains(file) {
                try fail(key, "expected names that differ in letters and digits, found \(names[index]) again")
            }
        }
        if variations.isEmpty { try fail("variations", "expected at least one variation, found none") }
        if let reference, !variations.contains(where: { $0.name == reference }) {
            try fail("reference", "expected the name of a variation, found \(reference.debugDescription)")
        }
        try distinct("variations", variations.map(\.name))
        try distinct("dataSets", (dataSets ?? []).map(\.name))
        let tuningSeeds = tune?.seeds ?? TuneSection.standardSeeds
        if variations.contains(where: { $0.grid != nil }), let seed = tuningSeeds.first(where: seeds.contains) {
            try fail("tune", "expected seeds that are none of those compared, found \(seed)")
        }
        let isTuned = variations.contains { $0.grid != nil }
        self.init(
            name: name, reference: reference ?? variations[0].name, seeds: seeds, targetAccuracy: target,
            dataSets: dataSets.flatMap { $0.isEmpty ? nil : $0 } ?? [DataSet(name: name, settings: [])],
            variations: variations,
            tuning: isTuned
                ? Tuning(seeds: tuningSeeds, validation: tune?.validation ?? TuneSection.standardValidation) : nil,
            notes: notes.map { [$0] } ?? [], base: base)
    }
}

extension ConfigurationNode {
    /// Puts the list that a file has under `variations` in the place of the file's path.
    fileprivate mutating func fetchVariations(directory: String) throws(ConfigurationError) {
        guard case .mapping(var entries) = content, let index = entries.firstIndex(where: { $0.key == "variations" }),
            case .scalar(let file, _) = entries[index].value.content, !entries[index].value.isNull
        else { return }
        let path = Comparison.path(of: file, in: directory)
        let reader = SectionReader(
            root: try ConfigurationNode.document(yaml: Configuration.text(ofFile: path), name: path))
        let list = try reader.required(
            "variations", reader.value("variations"), expected: "a list of variations")
        try reader.checkForUnknownKeys()
        entries[index].value = list
        content = .mapping(entries)
    }
}

extension Comparison {
    /// - Parameter directory: what relative paths start from; empty for where the program runs.
    fileprivate static func path(of file: String, in directory: String) -> String {
        file.hasPrefix("/") || directory.isEmpty ? file : "\(directory)/\(file)"
    }
}

/// Section `tune` of the whole comparison.
private struct TuneSection {
    static let standardSeeds: [UInt64] = [101, 102, 103]
    static let standardValidation = 0.1

    let grid: Comparison.Grid?
    let seeds: [UInt64]
    let validation: Double

    init(reading reader: SectionReader) throws(ConfigurationError) {
        grid = try Comparison.Grid(reading: reader)
        seeds = try reader.seeds() ?? Self.standardSeeds
        validation = try reader.double("validation", .between(0, 1)) ?? Self.standardValidation
    }
}

extension Comparison.Grid {
    /// Keys `key` and `values`, both or neither.
    fileprivate init?(reading reader: SectionReader) throws(ConfigurationError) {
        let key = try reader.string("key", expected: "a key path such as learningRate.rate")
        let values = try reader.elements("values", expected: "a list of values")
        if key == nil, values == nil { return nil }
        path = components(
            ofKeyPath: try reader.required("key", key, expected: "a key path such as learningRate.rate"))
        self.values = try reader.required("values", values, expected: "a list of values to try")
        guard !self.values.isEmpty else {
            throw ConfigurationError(
                place: reader.value("values")!.place, keyPath: reader.path(of: "values"),
                problem: "expected at least one value, found none")
        }
    }
}

extension SectionReader {
    fileprivate func base(directory: String) throws(ConfigurationError) -> ConfigurationNode {
        let expected = "a configuration, or the path of its file"
        let node = try required("base", value("base"), expected: expected)
        switch node.content {
        case .mapping: return node
        case .sequence: throw mismatch("base", expected: expected, found: node)
        case .scalar(let file, _):
            let path = Comparison.path(of: file, in: directory)
            return try ConfigurationNode.document(yaml: Configuration.text(ofFile: path), name: path)
        }
    }

    fileprivate func seeds() throws(ConfigurationError) -> [UInt64]? {
        let expected = "a list of different integers from 0 on"
        guard let nodes = try elements("seeds", expected: expected) else { return nil }
        var seeds: [UInt64] = []
        for (index, node) in nodes.enumerated() {
            guard let seed = node.plainText.flatMap({ UInt64($0) }), !seeds.contains(seed) else {
                throw mismatch("seeds[\(index)]", expected: expected, found: node)
            }
            seeds.append(seed)
        }
        guard !seeds.isEmpty else { throw mismatch("seeds", expected: expected, found: value("seeds")!) }
        return seeds
    }

    fileprivate func name() throws(ConfigurationError) -> String {
        let expected = "a name"
        return try required("name", string("name", expected: expected), expected: expected)
    }

    fileprivate func settings() throws(ConfigurationError) -> [Comparison.Setting] {
        guard let node = value("set") else { return [] }
        guard let entries = node.entries else { throw mismatch("set", expected: "keys with values", found: node) }
        return entries.map { Comparison.Setting(path: components(ofKeyPath: $0.key), value: $0.value) }
    }

    /// Key `tune` of a variation.
    fileprivate func grid(_ common: Comparison.Grid?) throws(ConfigurationError) -> Comparison.Grid? {
        guard let node = value("tune") else { return common }
        if node.plainText == "false" { return nil }
        guard node.entries != nil else {
            throw mismatch("tune", expected: "false or {key: …, values: […]}", found: node)
        }
        return try section("tune") { reader throws(ConfigurationError) in
            try reader.required("key", Comparison.Grid(reading: reader), expected: "a key path and values to try")
        }
    }
}
