import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Activations that are computed again in the backward pass change no bit and take less memory.
final class RecomputationTests: XCTestCase {
    private struct Outcome: Equatable {
        var losses: [BatchLoss] = []
        var numbers: [[UInt32]] = []
        var sums = 0
        var byteCount = 0
        var repeats = 0
    }

    /// Two steps of four samples, the second with the running statistics and the masks that follow.
    private func outcome(_ specification: NetworkSpecification, recomputes: Bool) throws -> Outcome {
        Processor.setThreadCount(1)
        var options = Network.Options()
        options.recomputes = recomputes
        var outcome = Outcome()
        let network = try Network(
            specification, options: options, nominalBatch: 4, maximumBatch: 4, seed: 3,
            sumOverRanks: { _ in outcome.sums += 1 })
        let arenas = [AlignedBuffer(floats: network.layout.count), AlignedBuffer(floats: network.layout.count)]
        network.bind(parameters: arenas[0].floats, gradient: arenas[1].floats)
        try network.initializeParameters()
        let plan = try network.plan(batch: 4, mode: .training)
        let tokens = specification.tokenCount
        let columns = specification.columnEmbeddings.map {
            Dictionary(uniqueKeysWithValues: zip($0.positions, $0.levels))
        }
        for step in 0..<2 {
            for index in plan.input.indices {
                // Numbers of tokens, or of levels from 0 for none, where the network takes such.
                let count = tokens ?? columns?[index % specification.inputShape[0]].map { $0 + 1 }
                plan.input[index] =
                    count.map { Float((index * 7 + step) % $0) } ?? Float((index * 37 + step) % 101) / 101 - 0.5
            }
            for sample in 0..<4 { plan.labels[sample] = Int32(sample % plan.classes) }
            let position = BatchPosition(step: step, firstSample: 8)
            try plan.forward(position)
            outcome.numbers.append(plan.logits.map(\.bitPattern))
            outcome.losses.append(plan.loss(gradientScale: 0.25))
            try plan.backward(position)
            outcome.numbers.append(arenas[1].floats.map(\.bitPattern))
            outcome.numbers += network.exportStatistics().map { $0.values.map(\.bitPattern) }
        }
        outcome.byteCount = network.plannedByteCount
        outcome.repeats = plan.backwardLabels.count { $0.pass == .recomputation }
        withExtendedLifetime(arenas) {}
        return outcome
    }

    /// - Parameter largestShare: of the memory without.
    private func check(
        _ name: String, _ specification: NetworkSpecification, largestShare: Double = 1
    ) throws {
        var kept = try outcome(specification, recomputes: false)
        let again = try outcome(specification, recomputes: true)
        XCTAssertEqual(kept.repeats, 0, name)
        XCTAssertTrue(kept.losses.allSatisfy { $0.nonFiniteCount == 0 }, name)
        XCTAssertLessThanOrEqual(Double(again.byteCount), largestShare * Double(kept.byteCount), name)
        if largestShare < 1 { XCTAssertGreaterThan(again.repeats, 0, name) }
        (kept.byteCount, kept.repeats) = (again.byteCount, again.repeats)
        XCTAssertTrue(kept == again, "\(name): other bits, or \(again.sums) sums over ranks, \(kept.sums) expected")
    }

    func testDeepNetworksHaveTheSameBitsInLessMemory() throws {
        func preset(_ name: String, _ shape: [Int]) throws -> NetworkSpecification {
            let type = try XCTUnwrap(PresetRegistry.all.types.first { $0.name == name }, name)
            return try XCTUnwrap(type.init() as? any Architecture).network(inputShape: shape, classes: 4)
        }
        var wide = WideResidualNetwork()
        (wide.synchronized, wide.dropout) = (true, 0.3)
        let cases: [(String, NetworkSpecification, Double)] = [
            ("resnet20", try preset("resnet20", [3, 16, 16]), 0.8),
            // With AVX2 the transformed weights of 256 channels, which are there either way, are more than half of the memory.
            ("wrn16-4, synchronized, dropout", wide.network(inputShape: [3, 16, 16], classes: 4), 0.99),
            ("densenet121", try preset("densenet121", [3, 32, 32]), 0.99),
            ("vit-tiny", try preset("vit-tiny", [3, 32, 32]), 0.7),
            ("conv3d", try preset("conv3d", [1, 8, 8, 8]), 0.99),
        ]
        for (name, specification, share) in cases { try check(name, specification, largestShare: share) }
    }

    func testEveryLayerHasTheSameBits() throws {
        for layerCase in LayerCase.vectorsAndMaps + LayerCase.sequences + LayerCase.ranks + LayerCase.dilations
            + LayerCase.branches
            + LayerCase.upsamplings + LayerCase.squeezes + LayerCase.transposed
        {
            let network = NetworkSpecification(inputShape: layerCase.inputShape, layers: layerCase.layers)
            let takesNumbers = network.rowIndices != nil
            let front: [any LayerSpecification] = takesNumbers ? [] : [Residual([Tanh()])]
            try check(
                layerCase.name,
                NetworkSpecification(
                    inputShape: layerCase.inputShape, layers: front + layerCase.layers + [Dense(units: 3)]))
        }
    }
}
