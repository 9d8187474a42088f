import Datasets
import Foundation
import MPI
import NeuralNetwork
import Settings
import Training

/// Tensors of a file that a training begins with, in the place of those drawn at random.
struct InitialWeights {
    /// All of the network: those that the file lacks are as they were.
    let parameters, statistics: [Tensor]
    /// One line on what was taken, and what was not.
    let description: String

    /// - Parameters:
    ///   - path: of a safetensors file. Counts of batches, which PyTorch keeps with normalizations, are of no use.
    ///   - renaming: `OLD=NEW` for names, or their beginnings up to a full stop; the first that fits a name.
    ///   - network: at its initial weights. Those of its last layer stay where the file has none of their shapes, or has other
    ///     classes.
    ///   - data: what the network is to be trained on.
    /// - Throws: `FileError` where other tensors are missing, of another shape, or left over, or features are others;
    ///   `SafetensorsError`.
    init(readingFrom path: String, renaming rules: [String], for network: Network, on data: LoadedData) throws {
        let file = try SafetensorsFile(path: path)
        try Self.checkFeatures(of: file, path: path, against: data.meaning)
        var found: [String: Tensor] = [:]
        for tensor in file.tensors where !tensor.name.hasSuffix("num_batches_tracked") {
            guard case .float32(let values) = tensor.values, values.allSatisfy(\.isFinite) else {
                throw FileError(
                    path: path, problem: "expected \(tensor.name) as finite numbers of type F32, found others")
            }
            let name = Self.renamed(tensor.name, by: rules)
            if found.updateValue(Tensor(name: name, shape: tensor.shape, values: values), forKey: name) != nil {
                throw FileError(
                    path: path, problem: "expected one tensor to be called \(name), found two (model.rename)")
            }
        }
        if let rule = rules.first(where: { rule in !file.tensors.contains { Self.fits(rule, $0.name) } }) {
            throw FileError(
                path: path,
                problem:
                    "expected tensors that model.rename \(rule) fits, by their name or its beginning up to a full stop, found "
                    + "\(NameList(file.tensors.map(\.name)))")
        }
        let all = (try network.exportParameters(), network.exportStatistics())
        let head = "\(network.layout.layers.last ?? "")."
        func fits(_ tensor: Tensor) -> Bool { found[tensor.name]?.shape == tensor.shape }
        let classNames = try file.value([String].self, "entrain.classNames", path: path)
        let hasOtherClasses = classNames.map { $0 != data.meaning.classNames ?? $0 } ?? false
        let isHeadNew = hasOtherClasses || !all.0.filter { $0.name.hasPrefix(head) }.allSatisfy(fits)
        func stays(_ name: String) -> Bool { isHeadNew && name.hasPrefix(head) }
        let lacking = (all.0 + all.1).filter { !stays($0.name) && !fits($0) }
        let known = Set((all.0 + all.1).map(\.name))
        let unknown = found.keys.filter { !known.contains($0) && !stays($0) }.sorted()
        guard lacking.isEmpty, unknown.isEmpty else {
            let missing = lacking.map { tensor in
                "\(tensor.name) \(tensor.shape)" + (found[tensor.name].map { " (found \($0.shape))" } ?? "")
            }
            throw FileError(
                path: path,
                problem: "expected the tensors of the network; "
                    + (missing.isEmpty ? "" : "missing: \(NameList(missing)); ")
                    + (unknown.isEmpty ? "" : "of no layer: \(NameList(unknown)); ")
                    + "model.rename gives names that differ")
        }
        func taken(_ tensors: [Tensor]) -> [Tensor] { tensors.map { stays($0.name) ? $0 : found[$0.name] ?? $0 } }
        parameters = taken(all.0)
        statistics = taken(all.1)
        description =
            "begins with the weights of \(path)"
            + (isHeadNew
                ? ", but for the last layer, which begins anew: it has "
                    + (hasOtherClasses ? "other classes there" : "another size there") : "")
            + (try Self.noteOfStandardization(of: file, path: path, against: data))
    }

    /// Throws where weights of Entrain were trained on columns of other names, or in another order.
    private static func checkFeatures(of file: SafetensorsFile, path: String, against meaning: DataMeaning) throws {
        let columns = try file.value(TableColumns.self, "entrain.columns", path: path)
        let encoding = try file.value(TableEncoding.self, "entrain.encoding", path: path)
        if let own = meaning.encoding, let encoding, own.columns.count == encoding.columns.count,
            let column = own.columns.indices.first(where: {
                own.columns[$0].isEmbedded && own.columns[$0] != encoding.columns[$0]
            })
        {
            let title = meaning.columns.map { "the column \(NameList([$0.features[column]]))" } ?? "column \(column)"
            throw FileError(
                path: path,
                problem: "expected weights for the \(own.columns[column]) of \(title), found those for "
                    + "\(encoding.columns[column]); give data of the same levels")
        }
        guard let own = meaning.featureNames,
            let names = encoding?.featureNames(ofColumns: columns?.features) ?? columns?.features, names != own
        else { return }
        throw FileError(
            path: path,
            problem: "expected weights for the features \(NameList(own)) in this order, found those for "
                + "\(NameList(names)); bring the columns of the data into the order of the weights, and ignore others")
    }

    /// Where the samples come to the network otherwise than they did when the weights were trained.
    private static func noteOfStandardization(
        of file: SafetensorsFile, path: String, against data: LoadedData
    ) throws -> String {
        guard file.metadata["entrain.configuration"] != nil else { return "" }
        let other = try file.value(Standardization.self, "entrain.standardization", path: path)
        return other == data.standardization ? "" : "; samples are standardized by the new training samples"
    }

    private static func fits(_ rule: String, _ name: String) -> Bool {
        let old = rule.prefix { $0 != "=" }
        return name == old || name.hasPrefix("\(old).")
    }

    private static func renamed(_ name: String, by rules: [String]) -> String {
        for rule in rules.map({ $0.split(separator: "=").map(String.init) }) where rule.count == 2 {
            if name == rule[0] { return rule[1] }
            if name.hasPrefix("\(rule[0]).") { return rule[1] + name.dropFirst(rule[0].count) }
        }
        return name
    }
}

extension Configuration {
    /// Collective. Gives the replica the weights of `model.weights`.
    ///
    /// - Returns: what was taken; nil where there are none to take.
    /// - Throws: `AgreedError` of what the file lacks; `MPIError`.
    func beginWithWeights(
        _ replica: Replica, on data: LoadedData, dataRoot: String?, over communicator: any Communicator
    ) throws -> String? {
        guard let given = model.weights else { return nil }
        let weights = try communicator.agree {
            let path = Self.weights(given, dataRoot: dataRoot)
            return try InitialWeights(
                readingFrom: path, renaming: model.rename ?? [], for: replica.network, on: data)
        }
        try replica.begin(with: weights)
        return weights.description
    }

    /// A file, from where the program runs or else from the data root; that of a run where it is a directory.
    private static func weights(_ given: String, dataRoot: String?) -> String {
        let manager = FileManager.default
        var path = given
        if !given.hasPrefix("/"), !manager.fileExists(atPath: given), let dataRoot { path = "\(dataRoot)/\(given)" }
        var isDirectory: ObjCBool = false
        let isRun = manager.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
        return isRun ? RunDirectory(path: path).model : path
    }

    /// Throws where `model.freeze` does not suit the network, or `model.rename` has no names.
    func checkNames(of network: Network) throws(ConfigurationError) {
        func error(_ key: String, _ expected: String, _ found: String) -> ConfigurationError {
            ConfigurationError(
                place: "configuration", keyPath: "model.\(key)", problem: "expected \(expected), found \(found)")
        }
        do {
            try network.checkFrozen()
        } catch let mismatch {
            throw error("freeze", mismatch.expected, mismatch.found)
        }
        if let rule = model.rename?.first(where: { $0.split(separator: "=").count != 2 }) {
            throw error("rename", "OLD=NEW", rule)
        }
    }
}

extension Replica {
    /// Collective. Takes weights in the place of the initial ones; before the first step.
    fileprivate func begin(with weights: InitialWeights) throws {
        try network.importStatistics(weights.statistics)
        runningStatistics.setAll(to: Array(network.statisticValues))
        // All ranks have looked at the initial ones.
        try update.arenas.synchronize()
        if isFirstOfNode { try network.importParameters(weights.parameters) }
        try update.arenas.synchronize()
    }
}
