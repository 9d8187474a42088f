import NeuralNetwork
import Settings
import XCTest

/// Presets that are torchvision's networks: its names and shapes of tensors, and its logits for the same weights
/// (`Golden/torchvision_networks.py`).
final class TorchvisionTests: XCTestCase {
    private struct GoldenFile: Decodable {
        struct Network: Decodable {
            struct Tensor: Decodable, Hashable {
                let name: String
                let shape: [Int]
            }
            let network: String
            let parameterCount: Int
            let tensors: [Tensor]
        }
        struct Logits: Decodable {
            let network: String
            let batch, side, classes: Int
            let logits: [Double]
        }
        let networks: [Network]
        let cases: [Logits]
    }

    private func golden() throws -> GoldenFile {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/torchvision_networks.json")
        return try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: file))
    }

    private func preset(_ name: String) throws -> any Architecture {
        switch name {
        case "resnet18, stem cifar":
            var resnet = ImageResidualNetwork<18>()
            resnet.stem = .cifar
            return resnet
        case "vgg11-bn, hidden 64":
            var vgg = VGG11()
            vgg.hidden = 64
            return vgg
        default:
            let type = try XCTUnwrap(PresetRegistry.all.types.first { $0.name == name }, name)
            return try XCTUnwrap(type.init() as? any Architecture)
        }
    }

    // MARK: - Names and shapes

    func testTensorsHaveTorchvisionsNamesAndShapes() throws {
        for golden in try golden().networks {
            let network = try preset(golden.network).network(inputShape: [3, 224, 224], classes: 1000)
            XCTAssertEqual(try network.outputShapes().last, [1000], golden.network)
            var found: [GoldenFile.Network.Tensor] = []
            var count = 0
            try gather(network.layers, input: network.inputShape) { path, parameter in
                found.append(.init(name: LayerParameter.name(parameter.name, at: path), shape: parameter.shape))
                if !parameter.name.hasPrefix("running") { count += parameter.count }
            } statistics: { path, channels in
                for name in ["running_mean", "running_var"] {
                    found.append(.init(name: "\(path).\(name)", shape: [channels]))
                }
            }
            XCTAssertEqual(count, golden.parameterCount, golden.network)
            XCTAssertEqual(found.count, Set(found).count, golden.network)
            let (missing, unknown) = (
                Set(golden.tensors).subtracting(found), Set(found).subtracting(golden.tensors)
            )
            XCTAssertTrue(missing.isEmpty && unknown.isEmpty, "\(golden.network): \(missing), \(unknown)")
        }
    }

    private func gather(
        _ layers: [any LayerSpecification], input: [Int], prefix: String = "", names: String = "",
        _ add: (String, LayerParameter) -> Void, statistics: (String, Int) -> Void
    ) throws {
        var shape = input
        for (path, layer) in NetworkSpecification.listed(layers, prefix: prefix, names: names) {
            for parameter in layer.parameters(LayerPlace(path: path, input: shape)) { add(path, parameter) }
            if layer.batchStatistics != nil { statistics(path, shape[0]) }
            for (key, layers) in layer.inner {
                try gather(
                    layers, input: shape, prefix: "\(path).\(key).", names: "\(path).", add, statistics: statistics)
            }
            shape = try layer.outputShape(input: shape)
        }
    }

    // MARK: - Logits

    func testLogitsAreTorchvisionsForTheSameWeights() throws {
        let golden = try golden()
        Processor.setThreadCount(1)
        for example in golden.cases {
            let specification = try preset(example.network)
                .network(inputShape: [3, example.side, example.side], classes: example.classes)
            var options = Network.Options()
            options.convolution = .direct
            let network = try Network(
                specification, options: options, nominalBatch: example.batch, maximumBatch: example.batch, seed: 1)
            let arenas = [AlignedBuffer(floats: network.layout.count), AlignedBuffer(floats: network.layout.count)]
            network.bind(parameters: arenas[0].floats, gradient: arenas[1].floats)
            let order = try XCTUnwrap(golden.networks.first { example.network.hasPrefix($0.network) }).tensors
            let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1.name, $0) })
            func filled(_ name: String, _ shape: [Int]) throws -> Tensor {
                Cycle.tensor(name, shape, number: try XCTUnwrap(places[name], name))
            }
            try network.importParameters(network.layout.tensors.map { try filled($0.name, $0.shape) })
            try network.importStatistics(network.statisticShapes.map { try filled($0.name, [$0.count]) })
            let plan = try network.plan(batch: example.batch, mode: .inference)
            _ = plan.input.update(from: Cycle.values(plan.input.count))
            try plan.forward()
            let found = Array(plan.logits)
            XCTAssertLessThan(
                relativeError(found, example.logits), 1e-5, "\(example.network) of \(example.side) × \(example.side)")
            withExtendedLifetime(arenas) {}
        }
    }
}

/// Numbers that `Golden/torchvision_networks.py` knows too.
private enum Cycle {
    private static let table: [Double] = {
        var state: UInt32 = 1
        return (0..<4099).map { _ in
            state = 1_664_525 &* state &+ 1_013_904_223
            return Double(state) / 0x1p31 - 1
        }
    }()

    static func values(_ count: Int, first: Int = 0, offset: Double = 0, amplitude: Double = 1) -> [Float] {
        let period = table.map { Float(offset + amplitude * $0) }
        return [Float](unsafeUninitializedCapacity: count) { values, initialized in
            var (done, place) = (0, first % period.count)
            while done < count {
                let length = min(count - done, period.count - place)
                period.withUnsafeBufferPointer {
                    (values.baseAddress! + done).initialize(from: $0.baseAddress! + place, count: length)
                }
                (done, place) = (done + length, 0)
            }
            initialized = count
        }
    }

    static func tensor(_ name: String, _ shape: [Int], number: Int) -> Tensor {
        let role = name.split(separator: ".").last!
        let count = shape.reduce(1, *)
        let (offset, amplitude) =
            switch role {
            case "weight" where shape.count > 1: (0.0, 2 / Double(count / shape[0]).squareRoot())
            case "weight": (1.0, 0.2)
            case "running_var": (1.0, 0.4)
            case "layer_scale": (0.5, 0.3)
            default: (0.0, 0.1)
            }
        return Tensor(
            name: name, shape: shape,
            values: values(count, first: 31 * number, offset: offset, amplitude: amplitude))
    }
}
