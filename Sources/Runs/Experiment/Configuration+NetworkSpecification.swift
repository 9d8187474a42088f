import Datasets
import NeuralNetwork
import Settings

extension Configuration {
    /// The network for samples of `sampleShape`, `[C, H, W]` or `[features]`, in `classCount` classes, or with as many real targets.
    ///
    /// - Parameter encoding: of a table, whose columns of many levels are embedded in front of the network; nil without.
    /// - Throws: `ConfigurationError` where the last layer doesn't have one unit a class, and where a layer or the preset
    ///   doesn't fit the samples.
    public func network(
        sampleShape: [Int], classCount: Int, encoding: TableEncoding? = nil
    ) throws(ConfigurationError) -> NetworkSpecification {
        if let misfit = model.misfit(
            sampleShape: sampleShape, classCount: classCount, noun: hasTargets ? "targets" : "classes")
        {
            throw error(misfit.keyPath, misfit.problem)
        }
        let columns = try columnEmbeddings(of: encoding)
        let network: NetworkSpecification
        let output: [Int]?
        do {
            network = model.architecture.network(
                inputShape: try columns?.outputShape(input: sampleShape) ?? sampleShape, classes: classCount)
            output = try network.outputShapes().last
        } catch {
            let (keyPath, problem) = model.misfit(error)
            throw self.error(keyPath, problem)
        }
        guard output == [classCount] else {
            throw error(
                model.layers.map { "model.layers[\($0.count - 1)]" } ?? "model.preset",
                "expected \(classCount) numbers for each sample as the result, found the shape \(output ?? [])")
        }
        return columns.map { network.behind($0, inputShape: sampleShape) } ?? network
    }

    /// An error at the place of a key in the file, where the network is still what stands there.
    func error(_ keyPath: String, _ problem: String) -> ConfigurationError {
        let root = origin.flatMap { $0.architecture.isEqual(model.architecture) ? $0.root : nil }
        return ConfigurationError(
            place: root?.place(of: components(ofKeyPath: keyPath)) ?? "configuration", keyPath: keyPath,
            problem: problem)
    }

    /// The network as far as it is known without reading data: 10 classes where only the data tell.
    ///
    /// - Parameter sampleShape: nil for what the configuration tells.
    /// - Returns: nil where the shape of a sample is known from the data alone.
    public func network(sampleShape: [Int]?) throws(ConfigurationError) -> NetworkSpecification? {
        guard let shape = sampleShape ?? data.source.sampleShape else { return nil }
        var classCount = data.source.classCount
        if let last = model.layers?.last?.unnamed as? Dense {
            classCount = classCount ?? last.units
        }
        if hasTargets { classCount = data.source.targetCount ?? (model.layers?.last?.unnamed as? Dense)?.units ?? 1 }
        return try network(sampleShape: shape, classCount: classCount ?? 10)
    }
}

extension Configuration.Model {
    /// What the data doesn't have that the model needs.
    fileprivate func misfit(sampleShape: [Int], classCount: Int, noun: String) -> (keyPath: String, problem: String)? {
        if let layers, let last = layers.last?.unnamed as? Dense, last.units != classCount {
            return (
                keyOfLastUnits(layers),
                "expected one unit for each of the \(classCount) \(noun) of the data, found \(last.units)"
            )
        }
        guard let preset, let smallestSide = type(of: architecture).smallestSide else { return nil }
        let dimensions = type(of: architecture).mapDimensions
        let maps = [1: "signals [C, L]", 2: "images [C, H, W]", 3: "volumes [C, D, H, W]"][dimensions]!
        if sampleShape.count != dimensions + 1 {
            let remedy = dimensions == 1 ? "; data.layout: NCL reads an array [N, C, L] so" : ""
            return ("model.preset", "\(preset) needs \(maps), the samples of the data are \(sampleShape)\(remedy)")
        }
        if sampleShape.dropFirst().contains(where: { $0 < smallestSide }) {
            let least = [String](repeating: "\(smallestSide)", count: dimensions).joined(separator: " × ")
            return (
                "model.preset",
                "\(preset) needs \(maps.prefix { $0 != " " }) of at least \(least), the samples of the data are "
                    + "\(sampleShape)"
            )
        }
        return nil
    }

    fileprivate func misfit(_ error: SpecificationError) -> (keyPath: String, problem: String) {
        preset.map { ("model.preset", "\($0): \(error)") } ?? ("model.layers\(error.key)", error.problem)
    }

    /// The key of the units of the last layer, which is dense.
    func keyOfLastUnits(_ layers: [any LayerSpecification]) -> String {
        "model.layers[\(layers.count - 1)]" + (layers.last is Named ? ".named.layer" : "") + ".dense.units"
    }
}
